"""The operator's machine dies at any moment: a plan is resumed, rolled back or left alone, and payments go on."""

from contextlib import suppress
from pathlib import Path

import pytest

from contract.roles import Role
from operations.errors import UsageError
from operations.execution.journal import Failed, Journal, JournalError, Journals, Record
from operations.execution.move import Account, Course, MoveOutcome
from operations.plans.plan import Purpose
from tests.unit.operations.execution.world_controls import operate
from tests.unit.operations.execution.worlds import InterruptionError, World

PRIMARY, STANDBY = Role.PRIMARY, Role.STANDBY
MOMENTS = range(1, 45)
MOVES = [Purpose.SWITCHOVER, Purpose.FAILOVER]


@pytest.fixture
def journals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Journals:
    monkeypatch.setattr("operations.execution.journal.os.fsync", lambda _: None)
    return Journals(tmp_path, "dev")


def interrupted_at(moment: int, journals: Journals, purpose: Purpose, *, after_it: bool) -> World:
    """Return a world in which a command to move to the standby was cut off."""
    world = World(detection=3)
    world.sleep(20)
    world.interrupt_at, world.after_it = moment, after_it
    with suppress(InterruptionError):
        operate(world, journals, purpose, to=STANDBY)
    world.interrupt_at = None
    return world


def taken_up(world: World, journals: Journals, purpose: Purpose, course: Course) -> Account | None:
    """Return what came of taking a plan up again; None when there was none."""
    try:
        return operate(world, journals, purpose, course, to=STANDBY)
    except UsageError:
        return None


@pytest.mark.parametrize("purpose", MOVES)
@pytest.mark.parametrize("after_it", [False, True])
def test_resumed_plan_comes_to_its_end(tmp_path: Path, journals: Journals, purpose: Purpose, after_it: bool) -> None:  # noqa: FBT001
    for moment in MOMENTS:
        own = Journals(tmp_path / str(moment), "dev")
        world = interrupted_at(moment, own, purpose, after_it=after_it)
        account = taken_up(world, own, purpose, Course.RESUME)
        assert account is None or account.outcome is MoveOutcome.DONE, (moment, account)
        if account is not None:
            assert world.serving() is STANDBY


@pytest.mark.parametrize("after_it", [False, True])
def test_rolled_back_closing_leaves_the_source_open(tmp_path: Path, journals: Journals, after_it: bool) -> None:  # noqa: FBT001
    for moment in MOMENTS:
        own = Journals(tmp_path / str(moment), "dev")
        world = interrupted_at(moment, own, Purpose.SWITCHOVER, after_it=after_it)
        was_closed = world.serving() is None
        account = taken_up(world, own, Purpose.SWITCHOVER, Course.ROLL_BACK)
        if was_closed:
            assert account is not None
            assert account.outcome is MoveOutcome.DONE
            assert world.serving() is PRIMARY
        assert world.serving() is not None


@pytest.mark.parametrize("purpose", MOVES)
def test_tickers_end_what_is_left_alone(tmp_path: Path, journals: Journals, purpose: Purpose) -> None:
    for moment in MOMENTS:
        own = Journals(tmp_path / str(moment), "dev")
        world = interrupted_at(moment, own, purpose, after_it=True)
        world.sleep(40)
        assert world.serving() is not None
        epoch = world.writer.epoch
        account = taken_up(world, own, purpose, Course.RESUME)
        assert account is None or account.outcome in {MoveOutcome.DONE, MoveOutcome.REFUSED}
        if account is not None and account.outcome is MoveOutcome.REFUSED:
            assert "nobody else may have changed the writer since: us-east-" in account.error
            assert world.writer.epoch == epoch


def test_resumed_switchover_reads_the_history_of_the_stream(journals: Journals) -> None:
    world = World(detection=3, lag=4)
    world.sleep(20)
    world.interrupt_at = 11
    with pytest.raises(InterruptionError):
        operate(world, journals, Purpose.SWITCHOVER)
    world.interrupt_at = None
    account = operate(world, journals, Purpose.SWITCHOVER, Course.RESUME)
    assert account.outcome is MoveOutcome.DONE


def test_stop_is_not_ended_by_anybody_else(journals: Journals) -> None:
    world = World()
    assert operate(world, journals, Purpose.STOP).outcome is MoveOutcome.DONE
    world.lost = {PRIMARY}
    world.sleep(600)
    assert world.serving() is None
    world.lost = set()
    assert operate(world, journals, Purpose.START).outcome is MoveOutcome.DONE
    assert world.serving() is PRIMARY


@pytest.mark.parametrize("last", range(1, 18))
def test_closing_is_undone_where_the_journal_cannot_be_written(
    journals: Journals, monkeypatch: pytest.MonkeyPatch, last: int
) -> None:
    written = Journal.append
    left = iter(range(last))

    def append(journal: Journal, record: Record) -> None:
        if next(left, None) is None:
            raise JournalError("the journal must be writable: No space left on device")
        written(journal, record)

    world = World(detection=3, has_tickers=False)
    world.sleep(20)
    monkeypatch.setattr(Journal, "append", append)
    account = operate(world, journals, Purpose.SWITCHOVER)
    assert account.outcome is MoveOutcome.FAILED
    assert "No space left on device" in account.error
    assert world.serving() is not None
    assert (world.serving() is PRIMARY) is (
        len(world.history) < 3 or "; undone: alice opened us-east-1" in account.error
    )


def test_journal_that_fails_while_a_closing_is_undone_changes_nothing(
    journals: Journals, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = Journal.append

    def append(journal: Journal, record: Record) -> None:
        if isinstance(record, Failed):
            raise JournalError("the journal must be writable: No space left on device")
        written(journal, record)

    world = World(has_tickers=False)
    world.sleep(20)
    world.slow = {f"primary-{second}": 60.0 for second in range(21, 40)}
    monkeypatch.setattr(Journal, "append", append)
    account = operate(world, journals, Purpose.SWITCHOVER)
    assert account.outcome is MoveOutcome.FAILED
    assert "; undone: alice opened us-east-1" in account.error
    assert world.serving() is PRIMARY
