"""How long nobody could pay, as journals tell."""

from pathlib import Path
from typing import Literal

import pytest

from contract.roles import Role
from handlers.runtime import timestamp
from handlers.writer.item import ClosingKind, Writer
from operations.execution.journal import Done, Intended, Journals, Planned
from operations.execution.measuring import ClosedPeriod, closed_period
from operations.execution.move import Course, MoveOutcome
from operations.plans.plan import Plan, Purpose
from operations.plans.roll_back import undoing
from operations.plans.steps import AwaitWriter, BreakGlass, ClosePlanned, OpenWriter, TakeOver
from tests.unit.operations.execution.world_controls import operate
from tests.unit.operations.execution.worlds import InterruptionError, World
from tests.unit.operations.plans.topologies import closing, open_in


@pytest.fixture
def journals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Journals:
    monkeypatch.setattr("operations.execution.journal.os.fsync", lambda _: None)
    return Journals(tmp_path, "dev")


def measured(journals: Journals) -> float | None:
    period = closed_period(journals.latest_first()[0].records())
    assert period is None or period.refused_seconds == period.seconds
    return None if period is None else period.seconds


def test_it_is_as_long_as_the_world_was_closed(journals: Journals) -> None:
    world = World(detection=3)
    world.sleep(20)
    assert operate(world, journals, Purpose.SWITCHOVER).outcome is MoveOutcome.DONE
    (closed,) = world.closed_for()
    assert measured(journals) == pytest.approx(closed, abs=0.1)


def test_undone_closing_counts(journals: Journals) -> None:
    world = World()
    world.sleep(20)
    world.slow = {f"primary-{second}": 60.0 for second in range(21, 40)}
    assert operate(world, journals, Purpose.SWITCHOVER).outcome is MoveOutcome.FAILED
    (closed,) = world.closed_for()
    assert measured(journals) == pytest.approx(closed, abs=0.1)


def test_interruption_counts(journals: Journals) -> None:
    world = World(interrupt_at=12)
    world.sleep(20)
    with pytest.raises(InterruptionError):
        operate(world, journals, Purpose.SWITCHOVER)
    assert measured(journals) is None
    world.interrupt_at = None
    world.sleep(5)
    assert operate(world, journals, Purpose.SWITCHOVER, Course.RESUME).outcome is MoveOutcome.DONE
    (closed,) = world.closed_for()
    assert measured(journals) == pytest.approx(closed, abs=0.2)


def test_stop_has_no_end(journals: Journals) -> None:
    world = World()
    operate(world, journals, Purpose.STOP)
    assert (world.writer.kind, measured(journals)) == (ClosingKind.HELD, None)


def test_closing_whose_answer_was_lost_counts_from_its_request() -> None:
    """The process was killed between the change and its record; the roll back found the closing."""
    closed = closing(ClosingKind.PLANNED, epoch=8)
    steps = (ClosePlanned(source=Role.PRIMARY, destination=Role.STANDBY), OpenWriter(of=Role.STANDBY))
    plan = Plan(purpose=Purpose.SWITCHOVER, environment="dev", steps=steps, before=open_in())
    back = undoing(plan, closed)
    assert closed_period(
        [
            Planned(at=99, plan=plan, by="tests", reason="drill", time_scale=1),
            Intended(at=100, step=0, writer=closed),
            Planned(at=120, plan=back, by="tests", reason="drill", time_scale=1),
            Done(at=121, step=0, seconds=1, evidence={}, writer=open_in(epoch=9)),
        ]
    ) == ClosedPeriod(21.0, 21.0)


@pytest.mark.parametrize(("nobody_since", "seconds"), [(40.0, 81.0), ("unknown", 21.0)])
def test_stop_in_which_takeovers_were_switched_began_before_that(
    nobody_since: float | Literal["unknown"], seconds: float
) -> None:
    held = closing(ClosingKind.HELD, switches_automatic=True)
    plan = Plan(purpose=Purpose.START, environment="dev", steps=(OpenWriter(of=Role.PRIMARY),), before=held)
    found = closed_period(
        [
            Planned(at=100, plan=plan, by="tests", reason="drill", time_scale=1, nobody_since=nobody_since),
            Done(at=121, step=0, seconds=1, evidence={}, writer=open_in(epoch=8)),
        ]
    )
    assert found is not None
    assert found.seconds == seconds


def test_glass_is_measured_until_the_region_was_seen_to_store() -> None:
    steps = (BreakGlass(of=Role.STANDBY, epoch=7), AwaitWriter(of=Role.STANDBY))
    plan = Plan(purpose=Purpose.BREAK_GLASS, environment="dev", steps=steps, before=None)
    begun = Planned(at=99, plan=plan, by="tests", reason="drill", time_scale=1, nobody_since="unknown")
    broken = Done(at=100, step=0, seconds=1, evidence={})
    seen = Done(at=104, step=1, seconds=4, evidence={})
    assert closed_period([begun, broken]) is None
    assert closed_period([begun, broken, seen]) == ClosedPeriod(4.0, None, by_glass=True)


def failed_over(nobody_since: float | Literal["unknown"] | None) -> ClosedPeriod | None:
    """Return what is measured of a failover that closed the writer at 100 s and opened it at 108 s."""
    steps = (TakeOver(to=Role.STANDBY), OpenWriter(of=Role.STANDBY))
    plan = Plan(purpose=Purpose.FAILOVER, environment="dev", steps=steps, before=open_in())

    def done(step: int, at: float, writer: Writer) -> Done:
        return Done(at=at, step=step, seconds=1, evidence={}, writer=writer)

    return closed_period(
        [
            Planned(at=99, plan=plan, by="tests", reason="drill", time_scale=1, nobody_since=nobody_since),
            done(0, 100, closing(ClosingKind.TAKEOVER, Role.STANDBY)),
            done(1, 108, open_in(Role.STANDBY)),
        ]
    )


@pytest.mark.parametrize(
    ("nobody_since", "refused"), [(None, 8.0), (60.0, 48.0), ("unknown", None)], ids=["served", "lost", "unknown"]
)
def test_outage_before_the_closing_counts(
    nobody_since: float | Literal["unknown"] | None, refused: float | None
) -> None:
    assert failed_over(nobody_since) == ClosedPeriod(8.0, refused)


@pytest.mark.parametrize(
    ("by", "at", "seconds"),
    [("ticker us-east-1", 1000.0, 21.0), ("ticker us-east-1", 1500.0, None), ("bob", 1600.0, 21.0)],
    ids=["by the site's clock", "after it was found", "by an operator's clock"],
)
def test_closing_that_was_found_is_measured_by_this_machines_clock(by: str, at: float, seconds: float | None) -> None:
    """This machine is 600 s ahead of the site."""
    found = closing(ClosingKind.TAKEOVER, by=by, at=timestamp(at))
    plan = Plan(purpose=Purpose.FAILOVER, environment="dev", steps=(OpenWriter(of=Role.STANDBY),), before=found)
    begun = Planned(
        at=1610, plan=plan, by="tests", reason="", time_scale=1, nobody_since="unknown", machine_ahead=600.0
    )
    period = closed_period([begun, Done(at=1621, step=0, seconds=1, evidence={}, writer=open_in(epoch=8))])
    assert (None if period is None else period.seconds) == seconds
