"""Steps: what they record, and how they fail."""

from pathlib import Path

import pytest

from contract.roles import Role
from handlers.writer.item import ClosingKind, Writer
from operations.drills.events import FaultChange, ReplicaCheck, StepChange
from operations.drills.scenario_steps import Check, DrillSettle, DrillTakeOver, Heal, Inject, Until, Wait
from operations.drills.selecting import of_kind
from operations.drills.steps import DrillStepError
from tests.unit.operations.drills.logs import attempt, dns
from tests.unit.operations.drills.stage import stage
from tests.unit.operations.drills.world import writer


def test_a_fault_is_injected_with_the_sites_names(tmp_path: Path) -> None:
    on = stage(tmp_path)
    on.performer.perform(Inject(do="inject", id="loss", fault="region-down", values={"region": "{primary}"}))
    assert on.injected == [("loss", "region-down", {"region": "us-east-1"})]
    on.performer.perform(Heal(do="heal", id="loss"))
    assert on.injected == []
    assert [each.active for each in of_kind(on.log.events, FaultChange)] == [True, False]


def test_a_fault_that_cannot_be_injected_fails_the_step(tmp_path: Path) -> None:
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
    assert on.clock.passed == 30
    on.performer.perform(DrillSettle(do="settle"))
    assert on.clock.passed == 30 + 8 * 10


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


def test_check_reports_payments_missing_in_a_replica(tmp_path: Path) -> None:
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


class TestTakeOver:
    """A region is made the owner by one write; its ticker opens it."""

    STEP = DrillTakeOver(do="take-over", region=Role.STANDBY)

    def test_the_standby_becomes_the_owner_of_a_closing_writer(self, tmp_path: Path) -> None:
        on = stage(tmp_path, writer=writer(epoch=5))
        on.performer.perform(self.STEP)
        now = Writer.from_item(on.table.items["writer"])
        assert (now.region, now.epoch, now.kind, now.by) == ("us-east-2", 6, ClosingKind.TAKEOVER, "dr drill")
        assert [each.id for each in of_kind(on.log.events, FaultChange)] == ["taken-over"]

    def test_it_is_no_fault_that_must_last(self, tmp_path: Path) -> None:
        on = stage(tmp_path, writer=writer())
        on.performer.perform(self.STEP)
        on.performer.require_faults()
        on.performer.heal_all()
        assert [each.active for each in of_kind(on.log.events, FaultChange)] == [True]
        on.performer.writer_is_back()
        assert [each.active for each in of_kind(on.log.events, FaultChange)] == [True, False]

    def test_without_a_writer_the_step_fails(self, tmp_path: Path) -> None:
        with pytest.raises(DrillStepError, match="there is no writer item"):
            stage(tmp_path).performer.perform(self.STEP)

    def test_a_region_that_does_not_answer_fails_the_step(self, tmp_path: Path) -> None:
        on = stage(tmp_path, writer=writer())
        with pytest.raises(DrillStepError):
            on.performer.perform(DrillTakeOver(do="take-over", region=Role.PRIMARY))
        assert of_kind(on.log.events, FaultChange) == []
