"""How long nobody could pay, as journals tell."""

from pathlib import Path

import pytest

from handlers.writer.item import ClosingKind
from operations.execution.journal import Journals
from operations.execution.measuring import refused_seconds
from operations.execution.move import Course, Outcome
from operations.plans.plan import Purpose
from tests.unit.operations.execution.world_controls import operate
from tests.unit.operations.execution.worlds import InterruptionError, World


@pytest.fixture
def journals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Journals:
    monkeypatch.setattr("operations.execution.journal.os.fsync", lambda _: None)
    return Journals(tmp_path, "dev")


def measured(journals: Journals) -> float | None:
    return refused_seconds(journals.latest_first()[0].records())


def test_it_is_as_long_as_the_world_was_closed(journals: Journals) -> None:
    world = World(detection=3)
    world.sleep(20)
    assert operate(world, journals, Purpose.SWITCHOVER).outcome is Outcome.DONE
    (closed,) = world.closed_for()
    assert measured(journals) == pytest.approx(closed, abs=0.1)


def test_undone_closing_counts(journals: Journals) -> None:
    world = World()
    world.sleep(20)
    world.slow = {f"primary-{second}": 60.0 for second in range(21, 40)}
    assert operate(world, journals, Purpose.SWITCHOVER).outcome is Outcome.FAILED
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
    assert operate(world, journals, Purpose.SWITCHOVER, Course.RESUME).outcome is Outcome.DONE
    (closed,) = world.closed_for()
    assert measured(journals) == pytest.approx(closed, abs=0.2)


def test_stop_has_no_end(journals: Journals) -> None:
    world = World()
    operate(world, journals, Purpose.STOP)
    assert (world.writer.kind, measured(journals)) == (ClosingKind.HELD, None)
