"""Commands that move traffic decide on what is, not on what was before somebody took their time."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import typer

from contract.deadlines import SETTLE_SECONDS
from contract.roles import Role
from handlers.tickers.memory import TickerMemory
from handlers.writer.changes import Author, close_planned, hold, set_automatic, take_over
from handlers.writer.item import ClosingKind
from operations.cli import app as command_line
from operations.cli.exit_status import DONE, FAILED, INTERRUPTED, REFUSED, UNVERIFIED
from operations.execution.journal import Journal, JournalError, Journals, Planned, Record
from operations.plans.failback import COMPARISON_SECONDS
from operations.reconcile.reconciliation import Scope
from operations.topology.loss_estimate import LossEstimate
from operations.topology.model import TickerState, Topology
from operations.topology.readings import Known
from tests.unit.operations.cli.sessions import opened
from tests.unit.operations.execution.world_controls import WorldControls
from tests.unit.operations.execution.worlds import InterruptionError, World
from tests.unit.operations.plans.topologies import AT, open_in, with_region, without

BOB = Author(by="bob", reason="drill", at=AT)
SENTENCE = "two regions may store payments, and I break the glass in us-east-2"


class Operator:
    """Runs commands on a world, in which something may happen whenever the topology is about to be read again."""

    def __init__(self, patch: pytest.MonkeyPatch, journals: Path) -> None:
        self.world = World(detection=3)
        self.world.sleep(20)
        self.journals = journals
        self.reads = 0
        self.estimates: list[tuple[Role, Role]] = []
        """From where to where each loss was estimated."""
        self.compared: list[Scope] = []
        self.same = True
        self.typed = "dev"
        self._later: Iterator[Any] = iter(())
        opened(patch, clock=self.world)
        patch.setattr("operations.execution.journal.os.fsync", lambda _: None)
        patch.setattr("operations.cli.traffic_run.read_topology", self._read)
        patch.setattr("operations.cli.traffic_run.estimate_loss", self._estimate)
        patch.setattr("operations.cli.traffic_run.LiveControls", lambda by, **_: WorldControls(self.world, by))
        patch.setattr("operations.cli.traffic.reconciled", self._compare)
        patch.setattr("typer.prompt", lambda *_, **__: self.typed)

    def run(
        self,
        *arguments: str,
        before: Callable[[Topology], Topology] = lambda seen: seen,
        happening: Sequence[Callable[[Topology], Topology]] = (),
    ) -> int:
        """Run a command; `before` changes what is seen first, `happening` what is seen later."""
        self._later = iter((before, *happening))
        return command_line.main([*arguments, "--journals", str(self.journals)])

    def changed_by_bob(self, _: Topology) -> Topology:
        """Have a colleague change the writer."""
        self.world.set(self.world.writer, set_automatic(self.world.writer, BOB, automatic=False))
        return self.world.topology()

    @property
    def plans(self) -> list[Planned]:
        """All plans that were written down."""
        written = [record for journal in Journals(self.journals, "dev").latest_first() for record in journal.records()]
        return [record for record in written if isinstance(record, Planned)]

    def _read(self, *_: object, **__: object) -> Topology:
        self.reads += 1
        seen: Topology = next(self._later, lambda seen: seen)(self.world.topology())
        return seen

    def _estimate(self, *_: object, source: Role, destination: Role, **__: object) -> LossEstimate:
        self.estimates.append((source, destination))
        return self.world.loss(source)

    def _compare(self, *_: object, scope: Scope, **__: object) -> Known[bool]:
        self.compared.append(scope)
        return Known(value=self.same)


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Operator:
    return Operator(monkeypatch, tmp_path)


def ill(seen: Topology) -> Topology:
    return with_region(seen, Role.STANDBY, health=Known(value=False))


def test_nothing_has_changed_while_the_name_was_typed(operator: Operator) -> None:
    assert operator.run("switchover") == DONE
    assert operator.reads == 3  # before, again, after
    assert operator.world.serving() is Role.STANDBY


def test_where_nobody_was_asked_nothing_is_read_again(operator: Operator) -> None:
    assert operator.run("switchover", "--yes") == DONE
    assert operator.reads == 2


@pytest.mark.parametrize(
    ("command", "route"),
    [
        (["switchover"], (Role.PRIMARY, Role.STANDBY)),
        (["failover", "--to", "us-east-2"], (Role.PRIMARY, Role.STANDBY)),
    ],
)
def test_loss_is_shown_before_anything_is_asked(
    operator: Operator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
    route: tuple[Role, Role],
) -> None:
    shown = []

    def asked(*_: object, **__: object) -> str:
        shown.append(capsys.readouterr().out)
        return "no"

    monkeypatch.setattr("typer.prompt", asked)
    assert operator.run(*command) == REFUSED
    assert "Loss: 1 acknowledged payment of us-east-1, the oldest 0 s old, not yet in us-east-2" in shown[0]
    assert operator.estimates == [route]


def test_precondition_is_gone_when_the_name_is_typed(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    assert operator.run("switchover", happening=[ill]) == REFUSED
    assert "us-east-2 must be fit: it is unhealthy" in capsys.readouterr().out
    assert (operator.world.touches, operator.plans) == (0, [])


def test_somebody_else_acts_while_the_name_is_typed(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    assert operator.run("failover", happening=[operator.changed_by_bob]) == REFUSED
    assert (
        "the plan must be the one that was shown: bob switched automatic takeover off, us-east-1 stays open"
        in capsys.readouterr().out
    )
    assert operator.plans == []


def test_lost_race_is_one_line_and_a_failure(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = operator.world.topology()
    operator.world.set(operator.world.writer, hold(operator.world.writer, BOB))
    assert operator.run("failover", "--yes", happening=[]) == REFUSED
    monkeypatch.setattr("operations.cli.traffic_run.read_topology", lambda *_, **__: before)
    assert operator.run("failover", "--yes") == FAILED
    said = (
        "overtaken: bob stopped both regions at 2026-01-31 12:00:03 UTC (epoch 8: drill): nothing was changed by this"
    )
    assert said in capsys.readouterr().out


def test_undone_switchover_is_a_failure(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    operator.world.slow = {f"primary-{second}": 60.0 for second in range(21, 40)}
    assert operator.run("switchover", "--yes") == FAILED
    assert "; undone: tests opened us-east-1 at" in capsys.readouterr().out
    assert operator.world.serving() is Role.PRIMARY


def test_dry_run_changes_nothing(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    assert operator.run("switchover", "--dry-run", "-o", "json") == DONE
    said = json.loads(capsys.readouterr().out)
    assert (said["outcome"], said["plan"]["before"]["epoch"]) == ("planned", 7)
    assert said["loss"]["missing"]["value"]["count"] == 1
    assert (operator.world.touches, operator.plans) == (0, [])


def test_region_that_is_neither_is_refused(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    assert operator.run("failover", "--to", "us-west-2") == REFUSED
    assert capsys.readouterr().err == "dr: --to must be us-east-1 or us-east-2, got us-west-2\n"


def test_interrupted_switchover_is_taken_back(operator: Operator) -> None:
    operator.world.interrupt_at = 12
    with pytest.raises(InterruptionError):
        operator.run("switchover", "--yes")
    operator.world.interrupt_at = None
    assert operator.world.writer.kind is ClosingKind.PLANNED
    assert operator.run("switchover", "--roll-back", "--yes") == DONE
    assert operator.world.serving() is Role.PRIMARY


def test_stop_and_start(operator: Operator) -> None:
    assert operator.run("stop", "--yes", "--reason", "bad data") == DONE
    assert operator.world.writer.kind is ClosingKind.HELD
    assert operator.run("start", "--yes") == DONE
    assert operator.world.serving() is Role.PRIMARY


def test_repeated_failover_says_who_did_it_when(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    assert operator.run("failover", "--to", "us-east-2", "--yes") == DONE
    touches = operator.world.touches
    capsys.readouterr()
    assert operator.run("failover", "--to", "us-east-2", "--yes") == DONE
    shown = capsys.readouterr().out.splitlines()
    assert shown[0].startswith("dev: us-east-2 takes payments since ")
    assert shown[-1].startswith("Already done: tests opened us-east-2 at ")
    assert (operator.world.touches, len(operator.plans)) == (touches, 1)


def test_first_payment_that_nobody_made_is_unverified(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    operator.world.pays = False
    assert operator.run("failover", "--yes") == UNVERIFIED
    shown = capsys.readouterr().out
    assert (
        "unverified: the writer is changed, but this was not seen: see a first payment stored in us-east-2; "
        "pay as payers do, or by `dr failover --to us-east-2 --pay`, which changes nothing any more"
    ) in shown
    assert "False" not in shown


def test_move_ends_with_who_takes_payments_and_for_how_long_nobody_could_pay(
    operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert operator.run("switchover", "--yes") == DONE
    shown = capsys.readouterr().out
    assert shown.splitlines()[0].startswith("dev: us-east-1 takes payments since ")
    assert "Note: nobody can pay for about 10 s, at most 20 s, until us-east-2 is open" in shown
    assert "Nobody could pay for 9." in shown
    done = shown.index("Done: switchover.")
    assert "us-east-2 takes payments since " in shown[done:]
    assert "True" not in shown
    (closed,) = operator.world.closed_for()
    assert f"Nobody could pay for {closed:.0f}." in shown


def test_full_disk_in_a_closing_is_undone_and_shown(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written = Journal.append

    def append(journal: Journal, record: Record) -> None:
        if operator.world.writer.kind is ClosingKind.PLANNED:
            raise JournalError("the journal must be writable: No space left on device")
        written(journal, record)

    monkeypatch.setattr(Journal, "append", append)
    assert operator.run("switchover", "--yes") == FAILED
    shown = capsys.readouterr().out
    assert "failed: the journal must be writable: No space left on device; undone: tests opened us-east-1" in shown
    assert "--resume" not in shown
    assert "us-east-1 takes payments since " in shown[shown.index("failed: ") :]
    assert operator.world.serving() is Role.PRIMARY


def test_outage_before_the_closing_is_counted(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    def lost(seen: Topology) -> Topology:
        memory = TickerMemory(run="r", fit=True, fit_for=3600, lag=0.5, peer_count=9, peer_age=40)
        seen = without(seen, Role.PRIMARY)
        return with_region(seen, Role.STANDBY, ticker=Known(TickerState(memory, age=0)))

    operator.world.lost = {Role.PRIMARY}
    assert operator.run("failover", "--to", "us-east-2", "--pay", "--yes", "-o", "json", before=lost) == DONE
    said = json.loads(capsys.readouterr().out)
    assert 8 <= said["closedSeconds"] < 10
    assert 48 <= said["refusedSeconds"] < 52


@pytest.mark.parametrize("command", [["switchover", "--to", "us-east-1"], ["failover", "--to", "us-east-1"], ["start"]])
def test_repeated_with_pay_it_pays_and_changes_nothing(operator: Operator, command: list[str]) -> None:
    before = operator.world.writer
    assert operator.run(*command, "--pay", "--yes") == DONE
    assert operator.world.writer == before
    (planned,) = operator.plans
    assert [step.kind for step in planned.plan.steps] == ["await-writer", "await-dns", "await-payment"]


def test_unhealthy_region_is_not_done_already(operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
    def primary_ill(seen: Topology) -> Topology:
        return with_region(seen, Role.PRIMARY, health=Known(value=False))

    assert operator.run("failover", "--to", "us-east-1", "--yes", before=primary_ill) == REFUSED
    assert "`dr failover --to us-east-2` leaves it" in capsys.readouterr().out


def test_ctrl_c_while_the_name_is_asked_for_changes_nothing(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> str:
        aborted = typer.Abort()
        aborted.__context__ = KeyboardInterrupt()  # as typer's own prompt leaves it
        raise aborted

    monkeypatch.setattr("typer.prompt", interrupted)
    assert operator.run("failover") == INTERRUPTED
    assert capsys.readouterr().err == "dr: cancelled, nothing was changed\n"
    assert (operator.world.touches, operator.plans) == (0, [])


def test_prompt_says_who_takes_payments_now(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def prompt(question: str, **_: object) -> str:
        asked.append(question)
        return "no"

    monkeypatch.setattr("typer.prompt", prompt)
    assert operator.run("failover") == REFUSED
    assert asked[0].startswith("dev: us-east-1 takes payments since ")
    assert asked[0].endswith("\nType dev to go on (Ctrl-C changes nothing)")


def test_failover_that_gives_up_a_planned_closing_offers_the_way_out(
    operator: Operator, capsys: pytest.CaptureFixture[str]
) -> None:
    operator.world.set(operator.world.writer, close_planned(operator.world.writer, "us-east-2", BOB))
    assert operator.run("failover", "--dry-run") == DONE
    assert (
        "Warning: this gives up a planned closing, which `dr start` undoes without loss: bob" in capsys.readouterr().out
    )


def test_closing_that_settled_while_the_name_was_typed_is_not_waited_for_again(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert operator.run("stop", "--yes") == DONE

    def prompt(*_: object, **__: object) -> str:
        operator.world.sleep(SETTLE_SECONDS)
        return "dev"

    monkeypatch.setattr("typer.prompt", prompt)
    began = operator.world.now
    assert operator.run("start") == DONE
    opened_at = operator.world.history[-1][0]
    assert opened_at < began + SETTLE_SECONDS + 1


def test_roles_are_as_good_as_regions(operator: Operator) -> None:
    assert operator.run("failover", "--to", "standby", "--dry-run") == DONE
    assert operator.estimates == [(Role.PRIMARY, Role.STANDBY)]


def test_start_shows_what_a_takeover_left_behind(operator: Operator) -> None:
    operator.world.set(operator.world.writer, take_over(operator.world.writer, "us-east-2", BOB))
    assert operator.run("start", "--dry-run") == DONE
    assert operator.estimates == [(Role.PRIMARY, Role.STANDBY)]


@pytest.mark.parametrize(("switch", "on"), [("on", True), ("off", False)])
def test_automatic_takeover_is_switched(operator: Operator, switch: str, on: bool) -> None:  # noqa: FBT001
    assert operator.run("automatic", switch, "--yes") == DONE
    assert (operator.world.writer.automatic, operator.world.writer.epoch) == (on, 8)


class TestBreakGlass:
    """It wants a typed sentence, which `--yes` does not answer."""

    def test_quorum_forbids_it(self, operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
        operator.typed = SENTENCE
        assert operator.run("break-glass", "--region", "us-east-2", "--yes") == REFUSED
        assert "no reachable region may have a quorum" in capsys.readouterr().out

    @pytest.mark.parametrize(("typed", "status"), [("dev", REFUSED), (SENTENCE, DONE)])
    def test_sentence_must_be_typed(self, operator: Operator, typed: str, status: int) -> None:
        operator.world.writer = open_in(Role.STANDBY)  # what `/writer` says once the glass is broken
        operator.world.history = [(0.0, operator.world.writer)]
        operator.world.lost, operator.world.cut_off = {Role.PRIMARY}, {Role.STANDBY}
        operator.typed = typed
        assert operator.run("break-glass", "--region", "us-east-2", "--yes") == status
        assert len(operator.plans) == (1 if status == DONE else 0)
        assert operator.estimates == []  # the region remembers that it owns the writer: nothing is left behind

    def test_loss_is_shown_where_the_other_region_stored_last(self, operator: Operator) -> None:
        operator.world.lost, operator.world.cut_off = {Role.PRIMARY}, {Role.STANDBY}
        assert operator.run("break-glass", "--region", "us-east-2", "--dry-run") == DONE
        assert operator.estimates == [(Role.PRIMARY, Role.STANDBY)]

    def test_pay_option_makes_a_payment(self, operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
        operator.world.lost, operator.world.cut_off = {Role.PRIMARY}, {Role.STANDBY}
        assert operator.run("break-glass", "--region", "us-east-2", "--pay", "--dry-run", "-o", "json") == DONE
        assert json.loads(capsys.readouterr().out)["plan"]["steps"][-1]["pays"] is True


class TestFailback:
    """It compares the replicas first, which takes long."""

    @pytest.fixture(autouse=True)
    def _taken_over(self, operator: Operator) -> None:
        assert operator.run("switchover", "--yes") == DONE
        operator.world.sleep(10)
        operator.reads = 0

    def test_it_compares_once(self, operator: Operator) -> None:
        assert operator.run("failback") == DONE
        assert (operator.compared, operator.reads) == ([Scope()], 4)
        assert operator.world.serving() is Role.PRIMARY

    @pytest.mark.parametrize(("seconds", "times"), [(COMPARISON_SECONDS - 1, 1), (COMPARISON_SECONDS + 1, 2)])
    def test_slow_answer_makes_it_compare_again(
        self, operator: Operator, monkeypatch: pytest.MonkeyPatch, seconds: float, times: int
    ) -> None:
        def answered_late(*_: object, **__: object) -> str:
            operator.world.sleep(seconds)
            return "dev"

        monkeypatch.setattr("typer.prompt", answered_late)
        assert operator.run("failback") == DONE
        assert operator.compared == [Scope()] * times

    @pytest.mark.parametrize(("ahead", "times"), [(COMPARISON_SECONDS + 1, 2), (-1.0, 2), (0.0, 1)])
    def test_machine_that_slept_or_was_set_back_makes_it_compare_again(
        self, operator: Operator, monkeypatch: pytest.MonkeyPatch, ahead: float, times: int
    ) -> None:
        def answered(*_: object, **__: object) -> str:
            operator.world.wall_ahead += ahead
            return "dev"

        monkeypatch.setattr("typer.prompt", answered)
        assert operator.run("failback") == DONE
        assert operator.compared == [Scope()] * times

    def test_long_comparison_counts_from_its_end(self, operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
        def compared(*_: object, scope: Scope, **__: object) -> Known[bool]:
            operator.world.sleep(COMPARISON_SECONDS + 1)
            operator.compared.append(scope)
            return Known(value=True)

        monkeypatch.setattr("operations.cli.traffic.reconciled", compared)
        assert operator.run("failback") == DONE
        assert operator.compared == [Scope()]

    def test_difference_that_appears_while_the_name_is_typed_is_seen(
        self, operator: Operator, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def answered_late(*_: object, **__: object) -> str:
            operator.world.sleep(COMPARISON_SECONDS + 1)
            operator.same = False
            return "dev"

        monkeypatch.setattr("typer.prompt", answered_late)
        assert operator.run("failback") == REFUSED
        assert operator.world.serving() is Role.STANDBY

    def test_comparison_begins_an_hour_before_since(self, operator: Operator) -> None:
        assert operator.run("failback", "--since", "2026-01-31", "--exports", "s3://bucket/prefix") == DONE
        assert operator.compared == [Scope(since="2026-01-30T23:00:00.000Z", exports="s3://bucket/prefix")]

    def test_period_in_the_future_is_refused_before_anything_is_compared(
        self, operator: Operator, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert operator.run("failback", "--since", "2999-01-01", "--yes") == REFUSED
        assert operator.compared == []
        assert "--since must be in the past, in UTC" in capsys.readouterr().err

    def test_destination_falls_ill_while_they_are_compared(self, operator: Operator) -> None:
        touches = operator.world.touches

        def primary_ill(seen: Topology) -> Topology:
            return with_region(seen, Role.PRIMARY, health=Known(value=False))

        assert operator.run("failback", "--yes", happening=[primary_ill]) == REFUSED
        assert (operator.world.touches, len(operator.plans)) == (touches, 1)

    def test_nothing_is_compared_while_something_else_stands_in_the_way(
        self, operator: Operator, capsys: pytest.CaptureFixture[str]
    ) -> None:
        operator.world.slow = {"0": 600.0}
        assert operator.run("failback", "--yes") == REFUSED
        assert operator.compared == []
        assert "not compared before the others are met" in capsys.readouterr().out
