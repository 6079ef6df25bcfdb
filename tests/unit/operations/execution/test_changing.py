"""A plan's changes of the writer: each on the epoch of the one before, whoever else acts."""

from collections.abc import Callable

import pytest

from contract.deadlines import SETTLE_SECONDS
from contract.roles import Role
from handlers.writer.changes import Author, StaleEpochError, hold, open_writer, take_over
from handlers.writer.item import ClosingKind, Writer
from operations.execution.changing import ChangeSequence
from operations.execution.controls import DoubtfulEpochError, NotAvailableError
from operations.execution.errors import OvertakenError, StepError
from operations.execution.waiting import Waiting
from tests.unit.operations.execution.world_controls import WorldControls
from tests.unit.operations.execution.worlds import World
from tests.unit.operations.plans.topologies import AT, closing, open_in

PRIMARY, STANDBY = Role.PRIMARY, Role.STANDBY
BOB = Author(by="bob", reason="drill", at=AT)
TICKER = Author(by="ticker us-east-2", reason="the proof has not changed for 16 s", at=AT, automatic=True)


class LosingAnswers(WorldControls):
    """Makes changes, and loses the answers of the first ones."""

    def __init__(self, world: World, lost: int, *, then: Callable[[], object] = lambda: None) -> None:
        super().__init__(world, "alice")
        self._lost, self._then = lost, then

    def change(self, before: Writer, after: Writer, *, near: Role) -> Writer:
        made = super().change(before, after, near=near)
        if self._lost:
            self._lost -= 1
            self._then()
            raise NotAvailableError("no answer in time")
        return made


def sequence(world: World, controls: WorldControls | None = None, before: Writer | None = None) -> ChangeSequence:
    return ChangeSequence(controls or WorldControls(world, "alice"), Waiting(world), before or world.writer)


def to_standby(before: Writer, author: Author) -> Writer:
    return take_over(before, "us-east-2", author)


@pytest.fixture
def world() -> World:
    return World(has_tickers=False)


def test_change_is_noted_before_it_is_made(world: World) -> None:
    changes = sequence(world)
    noted: list[tuple[Writer, int]] = []
    changes.note = lambda writer: noted.append((writer, world.writer.epoch))
    made = changes.make(hold, near=PRIMARY)
    assert noted == [(made, 7)]


def test_change_whose_answer_was_lost_is_made_once(world: World) -> None:
    changes = sequence(world, LosingAnswers(world, lost=3))
    assert changes.make(hold, near=PRIMARY).epoch == 8
    assert world.writer.epoch == 8


def test_lost_race_says_who_did_what_and_when(world: World) -> None:
    changes = sequence(world)
    world.set(world.writer, take_over(world.writer, "us-east-2", TICKER))
    with pytest.raises(OvertakenError) as lost:
        changes.make(hold, near=PRIMARY)
    assert str(lost.value) == (
        "us-east-2's ticker began to open us-east-2 at 2026-01-31 12:00:03 UTC "
        "(epoch 8: the proof has not changed for 16 s): nothing was changed by this command"
    )


def test_race_that_is_lost_later_says_where_the_command_ends(world: World) -> None:
    changes = sequence(world)
    changes.make(to_standby, near=STANDBY)
    world.set(world.writer, hold(world.writer, BOB))
    with pytest.raises(
        OvertakenError, match=r"bob stopped both regions at .* this command ends where it was, at epoch 8"
    ):
        changes.make(hold, near=PRIMARY)


def test_change_that_may_have_been_made_before_is_not_denied(world: World) -> None:
    def bob() -> None:
        world.set(world.writer, hold(world.writer, BOB))

    changes = sequence(world, LosingAnswers(world, lost=1, then=bob))
    with pytest.raises(OvertakenError, match="whether this command's own change was made before that is not known"):
        changes.make(to_standby, near=STANDBY)


def test_change_that_another_replica_may_have_made_is_not_denied(world: World) -> None:
    class Doubtful(WorldControls):
        def change(self, before: Writer, after: Writer, *, near: Role) -> Writer:
            raise DoubtfulEpochError(open_in(STANDBY, epoch=9, by="bob"))

    with pytest.raises(OvertakenError, match="whether this command's own change was made before that is not known"):
        sequence(world, Doubtful(world, "alice")).make(hold, near=PRIMARY)


def test_forbidden_change_is_not_sent(world: World) -> None:
    with pytest.raises(StepError, match="open in us-east-1 already"):
        sequence(world).make(open_writer, near=PRIMARY)
    assert len(world.history) == 1


def test_no_quorum_fails_within_the_limit(world: World) -> None:
    world.cut_off = set(Role)
    with pytest.raises(StepError, match="not within 15 s: no replica of the control table has a quorum"):
        sequence(world).make(hold, near=PRIMARY)


class TestOpening:
    """It waits for the closing to settle, and takes a ticker's opening for its own."""

    def test_of_its_own_closing(self, world: World) -> None:
        changes = sequence(world)
        changes.make(to_standby, near=STANDBY)
        closed = world.now
        assert changes.open(STANDBY).allows("us-east-2")
        assert world.now >= closed + SETTLE_SECONDS

    def test_of_a_closing_that_it_found_counts_from_its_own_look(self, world: World) -> None:
        world.set(world.writer, hold(world.writer, BOB))
        world.sleep(3600)
        began = world.now
        sequence(world).open(PRIMARY)
        assert world.now >= began + SETTLE_SECONDS

    def test_by_the_ticker_is_as_good(self, world: World) -> None:
        changes = sequence(world)
        changes.make(to_standby, near=STANDBY)
        world.sleep(SETTLE_SECONDS)
        world.set(world.writer, open_writer(world.writer, TICKER))
        assert changes.open(STANDBY).by == "ticker us-east-2"

    def test_of_another_region_is_not(self, world: World) -> None:
        changes = sequence(world)
        changes.make(to_standby, near=STANDBY)
        world.sleep(SETTLE_SECONDS)
        taken = take_over(world.writer, "us-east-1", BOB)
        world.set(world.writer, taken)
        with pytest.raises(OvertakenError, match="bob began to open us-east-1"):
            changes.open(STANDBY)

    def test_that_was_made_before_the_interruption_is_found(self, world: World) -> None:
        closed = closing(ClosingKind.TAKEOVER, STANDBY)
        opened = open_writer(closed, BOB)
        world = World(has_tickers=False, writer=opened)
        changes = ChangeSequence(WorldControls(world, "bob"), Waiting(world), closed, intended=opened)
        assert changes.open(STANDBY) == opened


class TestConfirming:
    """While a plan waits for clients, somebody else may move on."""

    def test_switched_takeovers_change_nothing_for_it(self) -> None:
        world = World(has_tickers=False)
        changes = sequence(world)
        world.writer = open_in(epoch=8, automatic=False)
        changes.confirm()
        assert changes.latest == world.writer

    def test_other_owner_overtakes_it(self) -> None:
        world = World(has_tickers=False)
        changes = sequence(world)
        world.writer = open_in(STANDBY, epoch=9, by="bob")
        with pytest.raises(OvertakenError, match="bob opened us-east-2"):
            changes.confirm()

    def test_unknown_writer_is_no_reason_to_end(self) -> None:
        world = World(has_tickers=False, cut_off=set(Role))
        sequence(world).confirm()


def test_stale_epoch_is_no_success(world: World) -> None:
    with pytest.raises(StaleEpochError):
        world.set(open_in(epoch=6), open_in(epoch=7, change_id="other"))
