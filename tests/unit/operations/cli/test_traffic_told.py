"""What commands that move traffic tell before and after: once, what is new since, the loss, and for how long."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from contract.deadlines import SETTLE_SECONDS
from contract.roles import Role
from handlers.runtime import timestamp
from handlers.writer.item import ClosingKind
from operations.cli.exit_status import DONE, REFUSED
from operations.cli.traffic_news import nobody_since
from operations.execution.journal import Intended, Journals, Planned
from operations.plans.plan import Plan, Purpose
from operations.topology.model import Alarm, AlarmState, Topology
from operations.topology.readings import Known
from operations.verdict.judge import judge
from tests.unit.operations.cli.test_traffic import SENTENCE, Operator, ill
from tests.unit.operations.execution.worlds import InterruptionError
from tests.unit.operations.plans.topologies import closing, open_in, topology, with_region

SINCE = "Since you were asked: "


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Operator:
    return Operator(monkeypatch, tmp_path)


def ringing(seen: Topology) -> Topology:
    return with_region(seen, Role.STANDBY, alarms=Known((Alarm("lag", AlarmState.ALARM, "", actions_enabled=True),)))


class TestSinceAsked:
    """What is read again is shown only where it differs."""

    def test_nothing_is_shown_twice(self, operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
        operator.world.pays = False
        operator.run("switchover")
        before = capsys.readouterr().out.partition("closed")[0]
        assert before.count("takes payments since") == 1
        assert before.count("Loss: ") == 1
        assert SINCE not in before.replace(f"{SINCE}1 ack", "").replace(f"{SINCE}every payment", "")

    def test_new_warning_is_refused(self, operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
        assert operator.run("switchover", happening=[ringing]) == REFUSED
        shown = capsys.readouterr().out
        assert f"\n{SINCE}in ALARM: lag\n" in shown
        assert "  it has changed since you were asked: in ALARM: lag; begin again to see what it is now\n" in shown
        assert (operator.world.touches, operator.plans) == (0, [])

    def test_new_warning_is_shown_with_yes(self, operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
        operator.world.writer = open_in(Role.STANDBY)
        operator.world.history = [(0.0, operator.world.writer)]
        operator.world.lost, operator.world.cut_off = {Role.PRIMARY}, {Role.STANDBY}
        operator.typed = SENTENCE
        assert operator.run("break-glass", "--region", "us-east-2", "--yes", happening=[ringing]) == DONE
        assert "Warning: in ALARM: lag" in capsys.readouterr().out

    def test_other_owner_is_one_line_before_the_refusal(
        self, operator: Operator, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert operator.run("failover", happening=[operator.changed_by_bob]) == REFUSED
        shown = capsys.readouterr().out
        since, refused = shown.index(f"{SINCE}dev: us-east-1 takes payments"), shown.index("Refused: ")
        assert since < refused
        assert "pinned: automatic takeover is OFF" in shown[since:refused]

    def test_what_was_read_last_is_acted_on(self, operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
        assert operator.run("failover", "-o", "json", before=ringing) == DONE
        told = json.loads(capsys.readouterr().out)
        assert told["before"]["regions"]["standby"]["alarms"]["value"] == []
        assert "in ALARM: lag" not in told["plan"]["warnings"]
        assert "in ALARM: lag" not in operator.plans[0].plan.warnings

    def test_refusal_says_what_is_new(self, operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
        assert operator.run("switchover", happening=[ill]) == REFUSED
        assert SINCE in capsys.readouterr().out


class TestTakenUpAgain:
    """A plan that goes on tells what is lost, and how long it lasts from now on."""

    @pytest.fixture(autouse=True)
    def _interrupted(self, operator: Operator) -> None:
        operator.world.interrupt_at = 12
        with pytest.raises(InterruptionError):
            operator.run("switchover", "--yes")
        operator.world.interrupt_at = None
        operator.estimates.clear()

    def test_loss_is_shown(self, operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
        assert operator.world.writer.kind is ClosingKind.PLANNED
        assert operator.run("switchover", "--resume", "--yes") == DONE
        shown = capsys.readouterr().out
        assert operator.estimates == [(Role.PRIMARY, Role.STANDBY)]
        assert shown.index("Loss: ") < shown.index("Plan: ")
        assert "s more, at most" in shown
        assert "Nobody could pay for " in shown

    def test_way_back_loses_nothing(self, operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
        assert operator.run("switchover", "--roll-back", "--yes") == DONE
        shown = capsys.readouterr().out
        assert "Note: payments are taken again as soon as us-east-1 is open, within seconds" in shown
        assert "Note: nothing is lost" in shown
        assert "Nobody could pay for " in shown


class TestMeasured:
    """Each move ends with the time in which nobody could pay."""

    def test_failover(self, operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
        assert operator.run("failover", "--yes") == DONE
        assert f"Nobody could pay for {SETTLE_SECONDS}." in capsys.readouterr().out

    def test_failback(self, operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
        assert operator.run("switchover", "--yes") == DONE
        operator.world.sleep(10)
        capsys.readouterr()
        assert operator.run("failback", "--yes") == DONE
        assert "Nobody could pay for 9." in capsys.readouterr().out

    def test_stop_and_start(self, operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
        assert operator.run("stop", "--yes") == DONE
        stopped = capsys.readouterr().out
        assert "Note: no region takes payments until `dr start`" in stopped
        assert "NOBODY takes payments since " in stopped[stopped.index("Done: stop.") :]
        assert operator.run("start", "--yes") == DONE
        assert "Nobody could pay for " in capsys.readouterr().out

    def test_break_glass(self, operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
        operator.world.writer = open_in(Role.STANDBY)
        operator.world.history = [(0.0, operator.world.writer)]
        operator.world.lost, operator.world.cut_off = {Role.PRIMARY}, {Role.STANDBY}
        operator.typed = SENTENCE
        assert operator.run("break-glass", "--region", "us-east-2") == DONE
        shown = capsys.readouterr().out
        assert "Note: payments are taken again within seconds of the broken glass" in shown
        assert "s after the glass was broken; it is not known since when nobody could pay." in shown


@pytest.mark.parametrize("ahead", [40.0, -40.0, 1.0])
def test_outage_is_measured_by_this_machines_clock_as_the_journal_is(ahead: float, tmp_path: Path) -> None:
    began = 1_769_860_800.0
    held = topology(writer=closing(ClosingKind.HELD, at=timestamp(began)), read_at=began + 60)
    found = replace(held, machine_ahead=Known(ahead))
    expected = began + (ahead if abs(ahead) > 2 else 0)
    assert nobody_since(found, judge(found), Journals(tmp_path, "dev")) == expected


BEGAN = 1_769_860_800.0
"""By the site's clock."""


def own_stop(directory: Path, *, machine_ahead: float | None) -> Journals:
    """Return journals with a stop that this machine made, when its clock was 600 s ahead."""
    journals = Journals(directory, "dev")
    journal = journals.create("1")
    plan = Plan(purpose=Purpose.STOP, environment="dev", steps=(), before=open_in())
    at = BEGAN + 600
    journal.append(Planned(at=at, plan=plan, by="me", reason="", time_scale=1, machine_ahead=machine_ahead))
    journal.append(Intended(at=at, step=0, writer=closing(ClosingKind.HELD, at=timestamp(at))))
    return journals


@pytest.mark.parametrize(
    ("machine_ahead", "now_ahead", "expected"),
    [(600.0, 600.5, BEGAN + 600), (600.0, 0.0, BEGAN), (None, 600.0, "unknown")],
    ids=["wrong as it was", "set since", "not noted"],
)
def test_own_stop_bears_this_machines_time(
    tmp_path: Path, machine_ahead: float | None, now_ahead: float, expected: float | str
) -> None:
    held = topology(writer=closing(ClosingKind.HELD, at=timestamp(BEGAN + 600)), read_at=BEGAN + 60)
    found = replace(held, machine_ahead=Known(now_ahead))
    assert nobody_since(found, judge(found), own_stop(tmp_path, machine_ahead=machine_ahead)) == expected


def test_stop_of_a_colleague_after_the_reading_began_nobody_knows_when(tmp_path: Path) -> None:
    found = topology(writer=closing(ClosingKind.HELD, at=timestamp(BEGAN + 600)), read_at=BEGAN + 60)
    assert nobody_since(found, judge(found), Journals(tmp_path, "dev")) == "unknown"
