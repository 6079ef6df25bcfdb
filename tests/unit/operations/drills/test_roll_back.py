"""The way back, and what must hold before a drill begins."""

from pathlib import Path
from typing import Any

import pytest

from contract.roles import Role
from handlers.writer.item import ClosingKind, Writer
from operations.drills.events import FaultChange, StepChange
from operations.drills.preflight import outputs_of, require_steady_state
from operations.drills.roll_back import roll_back
from operations.drills.scenario_steps import DrillTakeOver, Inject
from operations.drills.selecting import of_kind
from operations.errors import OperationError, UsageError
from operations.site import Site
from tests.unit.operations.drills.logs import attempt, dns
from tests.unit.operations.drills.stage import Stage, stage
from tests.unit.operations.drills.world import FakeAws, FakeTable, site, writer

STANDBY = Role.STANDBY
STEADY = writer()

PROGRAM = """
import pathlib, sys
said = ' '.join(sys.argv[1:]).partition(' --since')[0]
with open('said', 'a') as file:
    print(said, file=file)
if pathlib.Path('deaf').exists():
    print('dr: no', file=sys.stderr)
    sys.exit(1)
pathlib.Path('done ' + said).touch()
"""
"""Notes what it is asked for; commands that are done leave a file, so that the table below knows."""


class Commanded(FakeTable):
    """A replica whose writer is what commands have made of it."""

    def __init__(self, directory: Path, first: Writer, **after: Writer) -> None:
        super().__init__(writer=first)
        self._directory, self._after = directory, after
        self.reads = 0

    def get_item(self, **asked: Any) -> dict[str, Any]:
        self.reads += 1
        for command, made in self._after.items():
            if (self._directory / f"done {command.replace('_', ' ')} --yes").exists():
                self.items["writer"] = made.item()
        return super().get_item(**asked)


@pytest.fixture
def on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    (tmp_path / "operations.py").write_text(PROGRAM)
    monkeypatch.setattr("operations.drills.commands.ROOT", tmp_path)
    on = stage(tmp_path, writer=STEADY)
    on.watch.note(dns(1e6))  # the primary serves, and will
    on.watch.note(attempt(1e6, "a"))
    return on


def rolled_back(on: Stage, table: FakeTable) -> list[str]:
    aws: Any = FakeAws({("dynamodb", "us-east-2"): table})
    roll_back(on.performer, site(), aws, on.clock)
    steps = of_kind(on.log.events, StepChange)
    return [f"{each.says}: {each.state}" for each in steps if each.state != "begun"][-3:]


def commands(directory: Path) -> list[str]:
    said = directory / "said"
    return said.read_text().splitlines() if said.exists() else []


class TestRollBack:
    """Everything is put back, whatever happened."""

    def test_faults_are_healed(self, on: Stage, tmp_path: Path) -> None:
        on.performer.perform(Inject(do="inject", id="loss", fault="region-down", values={}))
        assert rolled_back(on, FakeTable(writer=STEADY)) == [
            "heal every fault: done",
            "return the writer to the primary: done",
            "wait until the primary serves again: done",
        ]
        assert on.injected == []
        assert not of_kind(on.log.events, FaultChange)[-1].active
        assert commands(tmp_path) == []

    def test_a_standby_that_serves_is_left_by_a_failback(self, on: Stage, tmp_path: Path) -> None:
        on.performer.perform(DrillTakeOver(do="take-over", region=STANDBY))
        rolled_back(on, Commanded(tmp_path, writer(STANDBY), failback=STEADY))
        assert commands(tmp_path) == ["failback --yes"]
        assert not of_kind(on.log.events, FaultChange)[-1].active

    def test_what_was_switched_off_or_held_is_switched_on_first(self, on: Stage, tmp_path: Path) -> None:
        held = writer(STANDBY, ClosingKind.HELD, automatic=False)
        started = writer(STANDBY, automatic=False, epoch=6)
        table = Commanded(tmp_path, held, start=started, automatic_on=writer(STANDBY, epoch=7), failback=STEADY)
        rolled_back(on, table)
        assert commands(tmp_path) == ["start --yes", "automatic on --yes", "failback --yes"]

    def test_tickers_get_the_time_to_open_what_is_closing(self, on: Stage, tmp_path: Path) -> None:
        class Ticking(FakeTable):
            def get_item(self, **asked: Any) -> dict[str, Any]:
                closing = on.clock.passed < 30
                self.items["writer"] = (writer(kind=ClosingKind.PLANNED) if closing else STEADY).item()
                return super().get_item(**asked)

        assert rolled_back(on, Ticking())[1] == "return the writer to the primary: done"
        assert commands(tmp_path) == []

    def test_failed_failback_is_retried_and_reported(self, on: Stage, tmp_path: Path) -> None:
        (tmp_path / "deaf").touch()
        assert rolled_back(on, FakeTable(writer=writer(STANDBY)))[1] == "return the writer to the primary: failed"
        assert commands(tmp_path)[:2] == ["failback --yes", "failback --yes"]
        failed = [each.detail for each in of_kind(on.log.events, StepChange) if each.state == "failed"]
        assert failed == ["exit status 1: dr: no"]

    def test_unreadable_writer_is_waited_for_and_reported(self, on: Stage) -> None:
        aws: Any = FakeAws({})
        roll_back(on.performer, site(), aws, on.clock)
        failed = [each.detail for each in of_kind(on.log.events, StepChange) if each.state == "failed"]
        assert "the control table must answer in one region" in failed[0]
        assert on.clock.passed >= 90

    def test_it_goes_on_when_a_part_of_it_fails(self, on: Stage) -> None:
        on.performer.perform(Inject(do="inject", id="loss", fault="stubborn", values={}))
        done = rolled_back(on, FakeTable(writer=STEADY))
        assert done[:2] == ["heal every fault: failed", "return the writer to the primary: done"]


class TestBefore:
    """What must hold when a drill begins."""

    @staticmethod
    def require(found: Writer | None, on: Site | None = None) -> None:
        aws: Any = FakeAws({("dynamodb", "us-east-2"): FakeTable(writer=found)})
        require_steady_state(on or site(), aws)

    def test_the_steady_state(self) -> None:
        self.require(STEADY)

    @pytest.mark.parametrize(
        ("found", "said"),
        [
            (None, "there is no writer item"),
            (writer(STANDBY), "the owner is us-east-2: ticker opened us-east-2 at noon"),
            (writer(kind=ClosingKind.HELD), "no region is open: ticker stopped both regions at noon"),
            (writer(automatic=False), "unattended takeovers are switched off"),
        ],
    )
    def test_anything_else_is_refused(self, found: Writer | None, said: str) -> None:
        with pytest.raises(UsageError, match=f"a drill begins with us-east-1 serving, but {said}"):
            self.require(found)

    def test_a_domain(self) -> None:
        with pytest.raises(UsageError, match="must have a domain"):
            self.require(STEADY, site().model_copy(update={"failover_endpoint_url": None}))

    def test_a_writer_that_can_be_read(self) -> None:
        aws: Any = FakeAws({})
        with pytest.raises(OperationError, match="us-east-2: no connection; us-east-1: no connection"):
            require_steady_state(site(), aws)

    def test_commands_get_the_same_site(self) -> None:
        assert Site.from_outputs(outputs_of(site())) == site()
