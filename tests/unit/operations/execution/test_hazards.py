"""What must not come of bad luck: second failures, two people, partitions, slow replication, clocks that are off."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from contract.deadlines import PLANNED_CLOSING_SECONDS, SETTLE_SECONDS
from contract.roles import Role
from handlers.writer.changes import Author, take_over
from handlers.writer.item import ClosingKind
from operations.execution.draining import UNKNOWN_HISTORY_SECONDS
from operations.execution.journal import Done, Journals, Planned
from operations.execution.move import Account, MoveOutcome
from operations.plans.plan import Purpose
from tests.unit.operations.execution.world_controls import WorldWatch, operate
from tests.unit.operations.execution.worlds import InterruptionError, World
from tests.unit.operations.plans.topologies import AT, open_in, unknown_loss

PRIMARY, STANDBY = Role.PRIMARY, Role.STANDBY


@pytest.fixture
def journals(tmp_path: Path) -> Journals:
    return Journals(tmp_path, "dev")


@pytest.fixture(autouse=True)
def _fast_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.execution.journal.os.fsync", lambda _: None)


def served_by_standby(detection: float = 25) -> World:
    """Return a world in which the standby has served for a while."""
    world = World(writer=open_in(STANDBY), detection=detection)
    world.sleep(60)
    return world


def test_primary_takes_over_by_hand_when_the_serving_standby_dies(journals: Journals) -> None:
    world = served_by_standby()
    world.has_tickers = False
    world.lost = {STANDBY}
    account = operate(world, journals, Purpose.FAILOVER)
    assert account.outcome is MoveOutcome.DONE
    assert world.serving() is PRIMARY


def test_primary_takes_over_unattended_when_the_serving_standby_dies() -> None:
    world = served_by_standby()
    world.lost = {STANDBY}
    world.sleep(30)
    assert world.serving() is PRIMARY


class TestTwoOperators:
    """A failback begins at 0 s; a colleague sees 503s and runs a failover to the region that served."""

    @pytest.mark.parametrize("first", range(0, 40, 10))
    def test_one_wins_and_the_other_is_refused_at_40_offsets(self, tmp_path: Path, first: int) -> None:
        for offset in range(first, first + 10):  # all quarters of a second, in 50 seconds
            both(tmp_path / str(offset), seconds=offset * 1.25, asleep=0)

    @pytest.mark.parametrize("seconds", range(0, 40, 4))
    def test_laptop_that_was_asleep_undoes_nothing(self, tmp_path: Path, seconds: int) -> None:
        both(tmp_path, seconds=seconds, asleep=25)


def both(directory: Path, *, seconds: float, asleep: float) -> None:
    """Have alice fail back, after she slept, and bob fail over to the standby some seconds later."""
    world = served_by_standby(detection=3)
    journals = {by: Journals(directory / by, "dev") for by in ("alice", "bob")}
    accounts: dict[str, Account] = {}

    def alice() -> None:
        accounts["alice"] = operate(world, journals["alice"], Purpose.FAILBACK, by="alice", asleep=asleep)

    def bob() -> None:
        accounts["bob"] = operate(world, journals["bob"], Purpose.FAILOVER, by="bob", to=STANDBY)

    world.together((0, alice), (seconds, bob))
    for by, other in (("alice", "bob"), ("bob", "alice")):
        if accounts[by].outcome is MoveOutcome.DONE:
            assert not undone_by_an_older_plan(journals[by], journals[other])
        else:
            assert other in accounts[by].error or "must not serve already" in accounts[by].error
    assert MoveOutcome.DONE in {account.outcome for account in accounts.values()}
    assert world.serving() is not None


def undone_by_an_older_plan(done: Journals, other: Journals) -> bool:
    """Return whether a plan changed the writer that was made on an epoch from before the one that another one left."""
    left = max((epoch for _, epoch in made(done)), default=0)
    return any(read < left < epoch for read, epoch in made(other))


def made(journals: Journals) -> list[tuple[int, int]]:
    """Return the epoch that each plan read, with the epoch of each change that it made."""
    found = []
    for journal in journals.latest_first():
        read = 0
        for record in journal.records():
            if isinstance(record, Planned) and record.plan.before is not None:
                read = record.plan.before.epoch
            if isinstance(record, Done) and record.writer is not None:
                found.append((read, record.writer.epoch))
    return found


class TestSettling:
    """A region opens only once nobody stores on knowledge from before the closing."""

    @pytest.mark.parametrize("purpose", [Purpose.SWITCHOVER, Purpose.FAILOVER])
    def test_destination_opens_after_it(self, journals: Journals, purpose: Purpose) -> None:
        world = World()
        world.sleep(30)
        world.has_tickers = False
        assert operate(world, journals, purpose, to=STANDBY).outcome is MoveOutcome.DONE
        assert min(world.closed_for()) >= SETTLE_SECONDS

    @pytest.mark.parametrize("jump", [-3600.0, -3.0, 3.0, 3600.0])
    def test_slower_clock_counts(self, journals: Journals, jump: float) -> None:
        world = World(has_tickers=False)
        world.sleep(30)

        def set_clock() -> None:
            world.wall_ahead = jump

        accounts: list[Account] = []
        world.together(
            (0, lambda: accounts.append(operate(world, journals, Purpose.FAILOVER, to=STANDBY))), (4, set_clock)
        )
        assert accounts[0].outcome is MoveOutcome.DONE
        (closed,) = world.closed_for()
        assert closed >= SETTLE_SECONDS + (3 if jump == -3 else 0)
        assert closed <= 2 * SETTLE_SECONDS + 1

    def test_region_is_started_after_it_although_the_stop_was_long_ago(self, journals: Journals) -> None:
        world = World()
        operate(world, journals, Purpose.STOP)
        world.sleep(3600)
        stopped = world.now
        assert operate(world, journals, Purpose.START).outcome is MoveOutcome.DONE
        opened, _ = world.history[-1]
        assert opened >= stopped + SETTLE_SECONDS


def test_stop_ended_before_it_settled_is_not_done(journals: Journals) -> None:
    world = World(has_tickers=False)
    accounts: list[Account] = []

    def bob() -> None:
        author = Author(by="bob", reason="drill", at=AT)
        world.set(world.writer, take_over(world.writer, "us-east-2", author))

    world.together((0, lambda: accounts.append(operate(world, journals, Purpose.STOP))), (3, bob))
    assert accounts[0].outcome is MoveOutcome.OVERTAKEN
    assert "bob began to open us-east-2" in accounts[0].error


class TestPartition:
    """A partition in the middle of a failback."""

    def failback(self, world: World, journals: Journals, partition: Callable[[], None], after: float = 2.0) -> Account:
        accounts: list[Account] = []
        world.together((0, lambda: accounts.append(operate(world, journals, Purpose.FAILBACK))), (after, partition))
        return accounts[0]

    def test_closing_is_undone_when_replication_stands_still(self, journals: Journals) -> None:
        world = served_by_standby()
        account = self.failback(world, journals, lambda: world.unreplicated.add(STANDBY))
        assert account.outcome is MoveOutcome.FAILED
        assert "payments of us-east-2 are not in us-east-1: standby-" in account.error
        assert "undone: alice opened us-east-2" in account.error
        assert world.serving() is STANDBY
        assert max(world.closed_for()) < PLANNED_CLOSING_SECONDS

    def test_closing_is_undone_by_the_ticker_when_the_operator_reaches_nothing(self, journals: Journals) -> None:
        world = served_by_standby()
        world.after_it = True

        def vanish() -> None:
            world.lost_to_operators = True

        account = self.failback(world, journals, vanish)
        assert account.outcome in {MoveOutcome.FAILED, MoveOutcome.OVERTAKEN}
        world.sleep(PLANNED_CLOSING_SECONDS)
        assert world.serving() is STANDBY
        assert world.writer.by == "ticker us-east-2"

    def test_nothing_stays_shut_when_the_operator_is_gone(self, journals: Journals) -> None:
        world = served_by_standby()
        world.interrupt_at = 12
        with pytest.raises(InterruptionError):
            operate(world, journals, Purpose.FAILBACK)
        assert world.writer.kind is ClosingKind.PLANNED
        world.interrupt_at = None
        world.sleep(PLANNED_CLOSING_SECONDS + 5)
        assert world.serving() is STANDBY


class TestDrain:
    """Each payment that the source's stream shows is looked up in the destination."""

    def test_one_slow_partition_makes_it_undo(self, journals: Journals) -> None:
        world = World()
        world.sleep(30)
        accounts: list[Account] = []
        world.together(
            (0, lambda: accounts.append(operate(world, journals, Purpose.SWITCHOVER))),
            (2, lambda: world.slow.update({"primary-37": 69.0})),
        )
        assert accounts[0].outcome is MoveOutcome.FAILED
        assert "1 payments of us-east-1 are not in us-east-2: primary-37" in accounts[0].error
        assert world.serving() is PRIMARY

    def test_nothing_is_closed_while_older_payments_are_late(self, journals: Journals) -> None:
        world = World(slow={"7": 69.0})
        world.sleep(30)
        account = operate(world, journals, Purpose.SWITCHOVER)
        assert account.outcome is MoveOutcome.REFUSED
        assert "the oldest payment of us-east-1 that is not in us-east-2 must be at most 5 s" in account.error
        assert len(world.history) == 1

    @pytest.mark.parametrize(("slow", "outcome"), [({}, MoveOutcome.DONE), ({"7": 69.0}, MoveOutcome.FAILED)])
    def test_payments_are_followed_for_a_while_where_the_history_is_too_long(
        self, journals: Journals, monkeypatch: pytest.MonkeyPatch, slow: dict[str, float], outcome: MoveOutcome
    ) -> None:
        monkeypatch.setattr(WorldWatch, "knows_history", False)
        monkeypatch.setattr(World, "loss", lambda *_: replace(unknown_loss(), is_long=True))
        world = World(slow=slow)
        world.sleep(30)
        assert operate(world, journals, Purpose.SWITCHOVER).outcome is outcome
        closed = [at for at, writer in world.history if not writer.is_open]
        assert all(at >= 30 + UNKNOWN_HISTORY_SECONDS for at in closed)
        assert bool(closed) is (outcome is MoveOutcome.DONE)

    def test_it_waits_for_the_last_payment(self, journals: Journals) -> None:
        world = World(lag=3)
        world.sleep(30)
        assert operate(world, journals, Purpose.SWITCHOVER).outcome is MoveOutcome.DONE
        assert max(world.closed_for()) >= SETTLE_SECONDS + 2
