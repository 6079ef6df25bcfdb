"""What a ticker decides: the table of cases."""

from dataclasses import replace

import pytest

from contract.deadlines import (
    PLANNED_CLOSING_SECONDS,
    PROOF_STALE_SECONDS,
    SETTLE_SECONDS,
    STEADY_SECONDS,
)
from handlers.tickers.decision import (
    TickerAction,
    TickerDecision,
    TickerObservation,
    TickerPlace,
    decide,
    required_fitness,
)
from handlers.tickers.memory import TickerMemory
from handlers.writer.glass import Glass
from handlers.writer.item import ClosingKind, Writer
from tests.unit.handlers.fakes import PEER, REGION
from tests.unit.handlers.payment_function_fakes import closing_in, open_in

PRIMARY = TickerPlace(REGION, PEER, is_primary=True)
STANDBY = TickerPlace(REGION, PEER, is_primary=False)
LIMIT = 300.0

FIT = TickerMemory(fit=True, fit_for=1000, own_count=5, peer_count=5, peer_age=1, lag=3, epoch=7, epoch_age=1000)
PEER_LOST = replace(FIT, peer_age=PROOF_STALE_SECONDS)

HELD_HERE, HELD_THERE = (closing_in(region, ClosingKind.HELD) for region in (REGION, PEER))
TAKEN_HERE, TAKEN_THERE = (closing_in(region, ClosingKind.TAKEOVER) for region in (REGION, PEER))
FROM_HERE = closing_in(REGION, ClosingKind.PLANNED, destination=PEER, seconds=30)
FROM_THERE = closing_in(PEER, ClosingKind.PLANNED, destination=REGION, seconds=30)


def decided(
    writer: Writer | None,
    memory: TickerMemory = FIT,
    *,
    place: TickerPlace = STANDBY,
    glass: Glass | None = None,
    limit: float | None = LIMIT,
) -> TickerDecision:
    return decide(place, TickerObservation(writer, glass, limit), memory)


def action(writer: Writer | None, memory: TickerMemory = FIT, **changed: object) -> TickerAction:
    return decided(writer, memory, **changed).action  # type: ignore[arg-type]


class TestCreation:
    """An absent item means that nobody stores."""

    def test_primary_creates_it(self) -> None:
        assert action(None, place=PRIMARY) is TickerAction.CREATE

    def test_standby_does_not(self) -> None:
        assert action(None, PEER_LOST) is TickerAction.WAIT


@pytest.mark.parametrize("place", [PRIMARY, STANDBY])
class TestTakeover:
    """Symmetrical: whichever region owns, the other takes over when it is lost."""

    @pytest.mark.parametrize("writer", [open_in(PEER), TAKEN_THERE, FROM_THERE])
    def test_lost_peer_is_taken_over_open_or_closing(self, place: TickerPlace, writer: Writer) -> None:
        assert action(writer, PEER_LOST, place=place) is TickerAction.TAKE_OVER

    @pytest.mark.parametrize("writer", [open_in(PEER), TAKEN_THERE, FROM_THERE, HELD_THERE])
    @pytest.mark.parametrize("age", [0, 5, PROOF_STALE_SECONDS - 0.001])
    def test_peer_that_proves_itself_is_left_alone(self, place: TickerPlace, writer: Writer, age: float) -> None:
        assert action(writer, replace(FIT, peer_age=age), place=place) is TickerAction.WAIT

    def test_peer_whose_proof_was_never_read_is_left_alone(self, place: TickerPlace) -> None:
        assert action(open_in(PEER), replace(PEER_LOST, peer_count=-1), place=place) is TickerAction.WAIT

    def test_held_writer_is_left_alone(self, place: TickerPlace) -> None:
        for writer in (HELD_HERE, HELD_THERE):
            assert action(writer, PEER_LOST, place=place) is TickerAction.WAIT

    def test_switched_off_it_only_waits(self, place: TickerPlace) -> None:
        decision = decided(open_in(PEER, automatic=False), PEER_LOST, place=place)
        assert (decision.action, decision.withheld) == (TickerAction.WAIT, False)

    def test_region_that_is_unfit_takes_nothing_over(self, place: TickerPlace) -> None:
        decision = decided(open_in(PEER), replace(PEER_LOST, fit=False, fit_for=0), place=place)
        assert (decision.action, decision.withheld) == (TickerAction.WAIT, False)

    @pytest.mark.parametrize("lag", [LIMIT, 0.0])
    def test_lag_within_the_recovery_point_is_accepted(self, place: TickerPlace, lag: float) -> None:
        assert action(open_in(PEER), replace(PEER_LOST, lag=lag), place=place) is TickerAction.TAKE_OVER

    @pytest.mark.parametrize(("lag", "limit"), [(LIMIT + 1, LIMIT), (None, LIMIT), (3.0, None)])
    def test_lag_beyond_it_or_unknown_rings_instead(
        self, place: TickerPlace, lag: float | None, limit: float | None
    ) -> None:
        decision = decided(open_in(PEER), replace(PEER_LOST, lag=lag), place=place, limit=limit)
        assert (decision.action, decision.withheld) == (TickerAction.WAIT, True)

    @pytest.mark.parametrize(
        ("changes", "forgiven", "needed"),
        [(0, 0, 10), (1, 0, 20), (2, 0, 40), (3, 0, 80), (6, 0, 640), (7, 0, 640), (90, 0, 640),
         (3, 1, 40), (3, 3, 10), (2, 5, 10)],
    )  # fmt: skip
    def test_each_change_doubles_the_fitness_that_the_next_needs(
        self, place: TickerPlace, changes: int, forgiven: int, needed: float
    ) -> None:
        memory = replace(PEER_LOST, automatic_changes=changes, forgiven=forgiven)
        assert required_fitness(memory) == needed
        long_enough, too_short = replace(memory, fit_for=needed), replace(memory, fit_for=needed - 0.001)
        assert action(open_in(PEER), long_enough, place=place) is TickerAction.TAKE_OVER
        decision = decided(open_in(PEER), too_short, place=place)
        assert (decision.action, decision.withheld) == (TickerAction.WAIT, True)

    def test_writer_of_a_third_region_is_left_to_people(self, place: TickerPlace) -> None:
        assert action(open_in("us-west-2"), PEER_LOST, place=place) is TickerAction.WAIT

    def test_nothing_moves_back_because_the_region_is_well_again(self, place: TickerPlace) -> None:
        assert action(open_in(PEER), replace(FIT, fit_for=STEADY_SECONDS), place=place) is TickerAction.WAIT


class TestOwner:
    """What the owner's ticker does about a closing."""

    def test_open_writer_is_left_alone(self) -> None:
        for memory in (FIT, PEER_LOST, replace(FIT, fit=False)):
            assert action(open_in(REGION), memory) is TickerAction.WAIT

    @pytest.mark.parametrize("by", [f"ticker {REGION}", "ann"])
    def test_takeover_is_opened_after_it_has_settled_whatever_its_author(self, by: str) -> None:
        writer = replace(TAKEN_HERE, by=by)
        assert action(writer, replace(FIT, epoch_age=SETTLE_SECONDS - 0.001)) is TickerAction.WAIT
        assert action(writer, replace(FIT, epoch_age=SETTLE_SECONDS)) is TickerAction.OPEN

    def test_takeover_is_opened_though_automatic_is_off(self) -> None:
        assert action(replace(TAKEN_HERE, automatic=False)) is TickerAction.OPEN

    def test_unfit_region_is_not_opened(self) -> None:
        assert action(TAKEN_HERE, replace(FIT, fit=False)) is TickerAction.WAIT

    @pytest.mark.parametrize("automatic", [True, False])
    @pytest.mark.parametrize("fit", [True, False])
    def test_planned_closing_is_undone_once_it_takes_longer_than_announced(
        self,
        automatic: bool,  # noqa: FBT001
        fit: bool,  # noqa: FBT001
    ) -> None:
        writer, memory = replace(FROM_HERE, automatic=automatic), replace(FIT, fit=fit)
        assert action(writer, replace(memory, epoch_age=29.9)) is TickerAction.WAIT
        assert action(writer, replace(memory, epoch_age=30)) is TickerAction.UNDO

    @pytest.mark.parametrize(("seconds", "announced"), [(5, 5), (600, 600), (None, PLANNED_CLOSING_SECONDS)])
    def test_what_was_announced_counts(self, seconds: int | None, announced: int) -> None:
        writer = replace(FROM_HERE, seconds=seconds)
        assert action(writer, replace(FIT, epoch_age=announced - 0.1)) is TickerAction.WAIT
        assert action(writer, replace(FIT, epoch_age=announced)) is TickerAction.UNDO

    def test_destination_neither_opens_nor_undoes_a_planned_closing(self) -> None:
        assert action(FROM_THERE, replace(FIT, epoch_age=10_000)) is TickerAction.WAIT

    def test_held_writer_stays_held(self) -> None:
        assert action(HELD_HERE, replace(FIT, epoch_age=10_000)) is TickerAction.WAIT


class TestGlass:
    """The control table answers, and wins."""

    @pytest.mark.parametrize("writer", [open_in(PEER), TAKEN_HERE, TAKEN_THERE, HELD_HERE, HELD_THERE, FROM_HERE])
    def test_glass_of_the_same_epoch_is_claimed(self, writer: Writer) -> None:
        assert action(writer, replace(FIT, fit=False), glass=Glass(REGION, 7)) is TickerAction.CLAIM_GLASS

    def test_what_the_region_owns_anyway_needs_no_claim(self) -> None:
        assert action(open_in(REGION), glass=Glass(REGION, 7)) is TickerAction.CLEAR_GLASS

    @pytest.mark.parametrize("epoch", [5, 6, 8, 9])
    @pytest.mark.parametrize("writer", [open_in(PEER), open_in(REGION), None])
    def test_glass_of_another_epoch_is_void(self, writer: Writer | None, epoch: int) -> None:
        is_claimed = writer is not None and writer.region == REGION and epoch == 6
        expected = TickerAction.CLEAR_GLASS if is_claimed else TickerAction.VOID_GLASS
        assert action(writer, glass=Glass(REGION, epoch)) is expected

    def test_claimed_glass_is_cleared_without_an_alarm(self) -> None:
        claimed = closing_in(REGION, ClosingKind.TAKEOVER, 8)
        assert action(claimed, glass=Glass(REGION, 7)) is TickerAction.CLEAR_GLASS
