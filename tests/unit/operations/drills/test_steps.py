"""Steps: what they record, and how they fail."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from operations.drills.begin import outputs_of, require_peace
from operations.drills.commands import Commands
from operations.drills.conditions import Watch
from operations.drills.events import Attempt, FaultChange, ReplicaCheck, StepChange
from operations.drills.faults import FaultError
from operations.drills.judging import Judge
from operations.drills.ledger import Ledger
from operations.drills.log import EventLog
from operations.drills.roll_back import roll_back
from operations.drills.scenario import Check, Command, Heal, Inject, Settle, Until, Wait
from operations.drills.selecting import of_kind
from operations.drills.steps import DrillStepError, Performer
from operations.errors import OperationError, UsageError
from operations.site import Role, Site
from tests.unit.operations.drills.logs import attempt, dns
from tests.unit.operations.drills.trails import found, write_trail
from tests.unit.operations.drills.world import Clock, FakeAws, FakeTable, site


@dataclass
class Stage:
    """Everything that a step acts on, in memory."""

    performer: Performer
    log: EventLog
    clock: Clock
    watch: Watch
    ledger: Ledger
    injected: list[tuple[str, str, dict[str, object]]] = field(default_factory=list)

    def inject(self, id_: str, fault: str, values: dict[str, object]) -> None:
        if fault == "impossible":
            raise FaultError("the emulator refuses: unknown fault")
        self.injected.append((id_, fault, values))

    def heal(self, id_: str) -> None:
        self.injected = [each for each in self.injected if each[0] != id_]

    def heal_all(self) -> None:
        if any(fault == "stubborn" for _, fault, _ in self.injected):
            raise FaultError("the emulator's control interface does not answer")
        self.injected.clear()

    def require_lasting(self) -> None:
        if any(fault == "short" for _, fault, _ in self.injected):
            raise FaultError("loss ended before it was to")


def stage(tmp_path: Path, *held: str, scale: float = 1) -> Stage:
    clock = Clock(scale)
    log, watch, ledger = EventLog(tmp_path / "events.jsonl", clock), Watch(("payer-1",)), Ledger()
    aws: Any = FakeAws({("dynamodb", "us-east-2"): FakeTable(*held)})
    made = Stage(None, log, clock, watch, ledger)  # type: ignore[arg-type]
    made.performer = Performer(
        site=site(),
        aws=aws,
        clock=clock,
        log=log,
        watch=watch,
        ledger=ledger,
        faults=made,  # type: ignore[arg-type]
        commands=Commands(tmp_path / "commands", ()),
        judge=Judge(site(), log, trails=tmp_path / "trails", accepted=tmp_path / "accepted"),
    )
    return made


def test_a_fault_is_brought_about_with_the_sites_names(tmp_path: Path) -> None:
    on = stage(tmp_path)
    on.performer.perform(Inject(do="inject", id="loss", fault="region-down", values={"region": "{primary}"}))
    assert on.injected == [("loss", "region-down", {"region": "us-east-1"})]
    on.performer.perform(Heal(do="heal", id="loss"))
    assert on.injected == []
    assert [each.active for each in of_kind(on.log.events, FaultChange)] == [True, False]


def test_a_fault_that_cannot_be_brought_about_fails_the_step(tmp_path: Path) -> None:
    on = stage(tmp_path)
    with pytest.raises(DrillStepError):
        on.performer.perform(Inject(do="inject", id="loss", fault="impossible", values={}))
    assert [each.state for each in of_kind(on.log.events, StepChange)] == ["begun", "failed"]
    assert of_kind(on.log.events, FaultChange) == []


def test_a_fault_that_ended_by_itself_fails_a_step_of_its_own(tmp_path: Path) -> None:
    on = stage(tmp_path)
    on.performer.perform(Inject(do="inject", id="loss", fault="short", values={}))
    with pytest.raises(DrillStepError, match="see that the fault lasted: loss ended before it was to"):
        on.performer.require_faults()


def test_without_a_fault_there_is_nothing_to_see(tmp_path: Path) -> None:
    on = stage(tmp_path)
    on.performer.require_faults()
    assert of_kind(on.log.events, StepChange) == []


def test_waiting_is_emulated_and_settling_is_real(tmp_path: Path) -> None:
    on = stage(tmp_path, scale=10)
    on.performer.perform(Wait(do="wait", seconds=30))
    assert on.clock.now == 30
    on.performer.perform(Settle(do="settle"))
    assert on.clock.now == 30 + 8 * 10


def test_a_condition_that_holds_ends_the_wait(tmp_path: Path) -> None:
    on = stage(tmp_path)
    on.watch.note(dns(5, Role.STANDBY))
    on.performer.perform(Until(do="until", condition="dns=standby", within=1))
    assert of_kind(on.log.events, StepChange)[-1].state == "done"


def test_one_that_never_holds_fails_the_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on = stage(tmp_path)
    monkeypatch.setattr(on.watch.changed, "wait", on.clock.sleep)
    with pytest.raises(DrillStepError, match="dns=standby was not seen"):
        on.performer.perform(Until(do="until", condition="dns=standby", within=10))


def test_an_interruption_is_recorded_and_goes_on(tmp_path: Path) -> None:
    on = stage(tmp_path)
    with pytest.raises(KeyboardInterrupt), on.performer.recorded("something"):
        raise KeyboardInterrupt
    assert of_kind(on.log.events, StepChange)[-1].state == "failed"


def test_a_check_tells_what_a_replica_lacks(tmp_path: Path) -> None:
    on = stage(tmp_path, "a")
    for each in (attempt(1, "a"), attempt(2, "b")):
        on.ledger.note(each)
    on.performer.perform(Check(do="check", replica=Role.STANDBY))
    assert of_kind(on.log.events, ReplicaCheck)[-1].missing == ("b",)


def test_a_check_of_a_replica_that_cannot_be_read_is_not_done(tmp_path: Path) -> None:
    on = stage(tmp_path)
    on.ledger.note(attempt(1, "a"))
    with pytest.raises(DrillStepError, match="us-east-1's replica could not be read"):
        on.performer.perform(Check(do="check", replica=Role.PRIMARY))
    check = of_kind(on.log.events, ReplicaCheck)[-1]
    assert (check.missing, check.error) == (None, "no connection")
    assert of_kind(on.log.events, StepChange)[-1].state == "failed"


class TestCommands:
    """Commands are processes of their own; here, ones of Python."""

    @pytest.fixture
    def on(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
        (tmp_path / "operations.py").write_text(
            "import sys, time\n"
            "print('dr: no primary', file=sys.stderr)\n"
            "time.sleep(60 if 'hang' in sys.argv else 0)\n"
            "sys.exit({'done': 0, 'fail': 1, 'refuse': 2}[sys.argv[1]])\n"
        )
        monkeypatch.setattr("operations.drills.commands.ROOT", tmp_path)
        return stage(tmp_path)

    def test_one_that_ends_well(self, on: Stage) -> None:
        on.performer.perform(Command(do="dr", arguments=("done",)))
        assert on.performer.unfinished is None

    def test_one_that_fails_tells_why(self, on: Stage) -> None:
        with pytest.raises(DrillStepError, match="exit status 1: dr: no primary"):
            on.performer.perform(Command(do="dr", arguments=("fail",)))

    def test_a_refusal_is_repeated_for_a_while(self, on: Stage, tmp_path: Path) -> None:
        with pytest.raises(DrillStepError, match="exit status 2"):
            on.performer.perform(Command(do="dr", arguments=("refuse",), within=8))
        assert len(list((tmp_path / "commands").glob("*.err"))) == 3

    def test_a_refused_failback_is_tried_again_at_once_with_what_was_judged(self, on: Stage, tmp_path: Path) -> None:
        (tmp_path / "operations.py").write_text("import sys\nsys.exit(0 if '--accepted' in sys.argv else 2)\n")
        write_trail(tmp_path / "trails", found("a"))
        on.log.record(Attempt, **attempt(1, "a", status=None).model_dump(exclude={"at", "elapsed", "kind"}))
        on.performer.perform(Command(do="dr", arguments=("failback", "--yes")))
        assert on.clock.now == 0
        assert of_kind(on.log.events, StepChange)[-2].says == "judge as paid once: a"

    def test_one_is_killed_when_it_is_time(self, on: Stage) -> None:
        on.watch.note(dns(5, Role.STANDBY))
        on.performer.perform(Command(do="dr", arguments=("done", "hang"), kill_when="dns=standby"))
        assert on.performer.unfinished == "done"

    def test_one_that_ends_before_fails_the_step(self, on: Stage) -> None:
        with pytest.raises(DrillStepError, match="before dns=standby"):
            on.performer.perform(Command(do="dr", arguments=("done",), kill_when="dns=standby"))


class TestRollBack:
    """The way back, whatever happened."""

    @pytest.fixture
    def on(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
        # A region is fenced as long as this file is there; commands are told by a file each.
        program = (
            "import sys, pathlib\nfence = pathlib.Path('fenced')\nif sys.argv[1:3] == {clears!r}: fence.unlink()\n"
        )
        (tmp_path / "operations.py").write_text(program.format(clears=["failback", "--yes"]))
        monkeypatch.setattr("operations.drills.commands.ROOT", tmp_path)
        on = stage(tmp_path)
        on.watch.note(dns(1e6))  # the primary serves, and will
        on.watch.note(attempt(1e6, "a"))
        return on

    @staticmethod
    def rolled_back(on: Stage, tmp_path: Path, *, fenced: bool = False) -> list[str]:
        class Table(FakeTable):
            def get_item(self, **asked: Any) -> dict[str, Any]:
                return super().get_item(**asked) if (tmp_path / "fenced").exists() else {}

        if fenced:
            (tmp_path / "fenced").touch()
        aws: Any = FakeAws({("dynamodb", "us-east-2"): Table(fenced=("us-east-1",))})
        roll_back(on.performer, site(), aws)
        steps = of_kind(on.log.events, StepChange)
        return [f"{each.says}: {each.state}" for each in steps if each.state != "begun"][-3:]

    def test_mends_faults(self, on: Stage, tmp_path: Path) -> None:
        on.performer.perform(Inject(do="inject", id="loss", fault="region-down", values={}))
        assert self.rolled_back(on, tmp_path) == [
            "mend every fault: done",
            "clear the fences by plans: done",
            "wait until the primary serves again: done",
        ]
        assert on.injected == []
        assert not of_kind(on.log.events, FaultChange)[-1].active
        assert not (tmp_path / "commands").exists()

    def test_fails_back_when_a_region_is_fenced(self, on: Stage, tmp_path: Path) -> None:
        self.rolled_back(on, tmp_path, fenced=True)
        assert [each.name for each in (tmp_path / "commands").glob("*.err")] == ["01-failback.err"]

    def test_takes_an_interrupted_plan_back_or_forgets_it_first(self, on: Stage, tmp_path: Path) -> None:
        on.performer.unfinished = "switchover"
        self.rolled_back(on, tmp_path, fenced=True)
        commands = sorted(each.name for each in (tmp_path / "commands").glob("*.err"))
        assert commands == ["01-switchover.err", "02-switchover.err", "03-failback.err"]

    def test_says_what_it_could_not_do(self, on: Stage, tmp_path: Path) -> None:
        (tmp_path / "operations.py").write_text("import sys\nprint('dr: no', file=sys.stderr)\nsys.exit(1)\n")
        assert self.rolled_back(on, tmp_path, fenced=True)[1] == "clear the fences by plans: failed"
        failed = [each.detail for each in of_kind(on.log.events, StepChange) if each.state == "failed"]
        assert failed == ["exit status 1: dr: no"]

    def test_goes_on_when_a_part_of_it_fails(self, on: Stage, tmp_path: Path) -> None:
        on.performer.perform(Inject(do="inject", id="loss", fault="stubborn", values={}))
        done = self.rolled_back(on, tmp_path, fenced=True)
        assert done[:2] == ["mend every fault: failed", "clear the fences by plans: done"]


class TestBefore:
    """What must hold when a drill begins."""

    def aws(self, *fenced: str) -> Any:
        return FakeAws({("dynamodb", "us-east-2"): FakeTable(fenced=fenced)})

    def test_peace(self) -> None:
        require_peace(site(), self.aws())

    def test_no_fence(self) -> None:
        with pytest.raises(UsageError, match="us-east-1 is"):
            require_peace(site(), self.aws("us-east-1"))

    def test_a_domain(self) -> None:
        with pytest.raises(UsageError, match="must have a domain"):
            require_peace(site().model_copy(update={"failover_endpoint_url": None}), self.aws())

    def test_fences_that_can_be_read(self) -> None:
        with pytest.raises(OperationError, match="must be readable"):
            require_peace(site(), FakeAws({}))  # type: ignore[arg-type]

    def test_commands_get_the_same_site(self) -> None:
        assert Site.from_outputs(outputs_of(site())) == site()
