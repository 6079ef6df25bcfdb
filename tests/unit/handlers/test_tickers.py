"""Both regions' tickers and APIs together, through the disasters that one writer has to survive."""

from dataclasses import replace
from functools import partial
from itertools import pairwise

import pytest

from contract.deadlines import FIT_SECONDS, PLANNED_CLOSING_SECONDS, PROOF_STALE_SECONDS, SETTLE_SECONDS
from handlers.tickers.memory import TickerMemory, read_memory
from handlers.writer.changes import Author, close_planned, hold, open_writer, set_automatic, take_over
from handlers.writer.item import ClosingKind
from tests.unit.handlers.fakes import CONTROL_TABLE, PEER, REGION, throttled, timed_out
from tests.unit.handlers.pair import REGIONS, Pair
from tests.unit.handlers.payment_function_fakes import emitted, open_in

ANN = Author(by="ann", reason="drill", at="2026-01-01T00:00:00.000Z")
OPEN_WITHIN = 30
"""Seconds in which a lost region's peer takes payments."""


def other(region: str) -> str:
    return PEER if region == REGION else REGION


def memory(pair: Pair, region: str) -> TickerMemory:
    found = read_memory(pair.control, CONTROL_TABLE, region)
    assert found is not None
    return found


def owners(pair: Pair) -> list[str]:
    """Return the regions that stored, one after the other."""
    regions = [region for _, region in pair.stored]
    return regions[:1] + [after for before, after in pairwise(regions) if before != after]


class TestFirstWriter:
    """An absent item means that nobody stores."""

    def test_primary_creates_it_closing_and_opens_it_once_settled(self) -> None:
        pair = Pair(settle=0)
        pair.control.set_writer(None)
        took = pair.pass_until_stored(REGION, within=30)
        assert took >= SETTLE_SECONDS
        assert (owners(pair), pair.writer.epoch > 1_700_000_000) == ([REGION], True)

    def test_nobody_creates_it_while_the_primary_is_lost(self) -> None:
        pair = Pair(settle=0)
        pair.control.set_writer(None)
        pair.regions[REGION].lost = True
        pair.pass_(60)
        assert "writer" not in pair.control.control


@pytest.mark.parametrize("lost", REGIONS)
class TestLostRegion:
    """Symmetrical: also when the standby dies while it serves."""

    def test_the_other_region_takes_over_unattended(self, lost: str) -> None:
        pair = Pair(open_in(lost))
        pair.regions[lost].lost = True
        assert pair.pass_until_stored(other(lost), within=OPEN_WITHIN) >= PROOF_STALE_SECONDS
        assert owners(pair) == [lost, other(lost)]
        assert (pair.writer.by, pair.writer.automatic_changes) == (f"ticker {other(lost)}", 1)

    def test_nothing_moves_back_when_it_returns(self, lost: str) -> None:
        pair = Pair(open_in(lost))
        pair.regions[lost].lost = True
        pair.pass_until_stored(other(lost), within=OPEN_WITHIN)
        pair.regions[lost].lost = False
        pair.pass_(300)
        assert owners(pair) == [lost, other(lost)]

    def test_region_that_is_alive_and_cut_off_stops_by_itself(self, lost: str) -> None:
        pair = Pair(open_in(lost))
        pair.regions[lost].isolated = True
        pair.pass_until_stored(other(lost), within=OPEN_WITHIN)
        last = max(at for at, region in pair.stored if region == lost)
        first = min(at for at, region in pair.stored if region == other(lost))
        assert last < first - SETTLE_SECONDS
        pair.pass_(60)
        assert owners(pair) == [lost, other(lost)]

    def test_loss_in_the_middle_of_a_planned_closing_shuts_nobody_for_long(self, lost: str) -> None:
        """The source dies or is cut off before anybody opens the destination."""
        pair = Pair(open_in(lost))
        pair.change(partial(close_planned, destination=other(lost), author=ANN))
        pair.regions[lost].isolated = True
        pair.pass_until_stored(other(lost), within=OPEN_WITHIN + PLANNED_CLOSING_SECONDS)

    def test_region_that_dies_while_it_takes_over_is_taken_over(self, lost: str) -> None:
        pair = Pair(open_in(lost))
        pair.change(partial(take_over, region=other(lost), author=ANN))
        pair.regions[other(lost)].lost = True
        pair.pass_until_stored(lost, within=OPEN_WITHIN)

    def test_held_writer_stays_closed(self, lost: str) -> None:
        pair = Pair(open_in(lost))
        pair.change(partial(hold, author=ANN))
        pair.regions[lost].lost = True
        pair.pass_(300)
        assert (pair.writer.kind, pair.writer.region) == (ClosingKind.HELD, lost)

    def test_switched_off_nothing_is_taken_over(self, lost: str) -> None:
        pair = Pair(open_in(lost))
        pair.change(partial(set_automatic, author=ANN, automatic=False))
        pair.regions[lost].lost = True
        pair.pass_(300)
        assert pair.writer.allows(lost)


class TestNoTakeover:
    """What must not move the writer."""

    @pytest.mark.parametrize("owner", REGIONS)
    def test_partition_between_the_regions(self, owner: str) -> None:
        """It kills heartbeats and all that travels between the regions; both reach the control table."""
        pair = Pair(open_in(owner))
        pair.carries = False
        pair.pass_(300)
        assert owners(pair) == [owner]

    @pytest.mark.parametrize("owner", REGIONS)
    def test_control_table_that_answers_nobody_for_a_while(self, owner: str) -> None:
        pair = Pair(open_in(owner))
        for region in pair.regions.values():
            region.isolated = True
        pair.pass_(120)
        stopped = pair.stored[-1][0]
        assert stopped <= pair.time.monotonic() - 110
        for region in pair.regions.values():
            region.isolated = False
        pair.pass_until_stored(owner, within=5)
        pair.pass_(60)
        assert (owners(pair), pair.writer.epoch) == ([owner], 7)

    def test_throttling_of_the_owners_table(self) -> None:
        """The other region would meet the same load; and nothing is stored meanwhile that would prove fitness."""
        pair = Pair()
        payments = pair.regions[REGION].api.payments
        payments.probe.fail("update_item", throttled(), times=10_000)
        payments.table.fail("put_item", throttled(), times=10_000)
        pair.pass_(120)
        assert pair.writer == open_in(REGION)

    def test_dead_ticker_while_payments_prove_the_region_fit(self) -> None:
        pair = Pair()
        pair.regions[REGION].run = None
        pair.pass_(300)
        assert owners(pair) == [REGION]

    def test_lag_beyond_the_recovery_point_rings_instead(self, capsys: pytest.CaptureFixture[str]) -> None:
        pair = Pair()
        pair.carries = False
        pair.pass_(310)
        pair.regions[REGION].lost = True
        pair.pass_(120)
        assert pair.writer.allows(REGION)
        assert 1.0 in emitted(capsys.readouterr().out, region=PEER)["TakeoverWithheld"]


class TestClosings:
    """Who ends a closing that its author has left."""

    def test_abandoned_planned_closing_is_undone_by_the_source(self) -> None:
        pair = Pair()
        pair.change(partial(set_automatic, author=ANN, automatic=False))
        pair.change(partial(close_planned, destination=PEER, author=ANN))
        pair.pass_(5)  # what is known lasts some seconds
        began = len(pair.stored)
        took = pair.pass_until_stored(REGION, within=PLANNED_CLOSING_SECONDS + 5)
        assert 5 + took >= PLANNED_CLOSING_SECONDS
        assert (pair.stored[began][1], pair.writer.by, owners(pair)) == (REGION, f"ticker {REGION}", [REGION])

    def test_planned_closing_that_goes_on_is_left_to_its_author(self) -> None:
        pair = Pair()
        closing = pair.change(partial(close_planned, destination=PEER, author=ANN))
        pair.pass_(SETTLE_SECONDS + 4)
        assert pair.writer == closing
        pair.change(partial(open_writer, author=ANN))
        pair.pass_(60)
        assert owners(pair) == [REGION, PEER]

    def test_takeover_of_an_operator_that_died_is_finished(self) -> None:
        pair = Pair()
        pair.change(partial(take_over, region=PEER, author=ANN))
        took = pair.pass_until_stored(PEER, within=15)
        assert took >= SETTLE_SECONDS
        last = max(at for at, region in pair.stored if region == REGION)
        first = min(at for at, region in pair.stored if region == PEER)
        assert first - last >= SETTLE_SECONDS - 4

    def test_unfit_region_is_not_opened_until_it_is_fit(self) -> None:
        pair = Pair()
        pair.regions[PEER].api.payments.probe.fail("update_item", timed_out(), times=10_000)
        pair.pass_(3)
        pair.change(partial(take_over, region=PEER, author=replace(ANN, automatic=False)))
        pair.change(partial(set_automatic, author=ANN, automatic=False))
        pair.pass_(60)
        assert pair.writer.kind is ClosingKind.TAKEOVER
        pair.regions[PEER].api.payments.probe.failures.clear()
        pair.pass_until_stored(PEER, within=5)


class TestFlapping:
    """Regions that fail in turn move the writer ever more seldom."""

    def test_each_takeover_needs_longer_fitness(self) -> None:
        pair, waits = Pair(), []
        for _ in range(4):
            owner = pair.writer.region
            pair.regions[other(owner)].lost = False
            pair.pass_(2)
            pair.regions[owner].lost = True
            waits.append(pair.pass_until_stored(other(owner), within=200))
        assert waits == sorted(waits)
        assert waits[-1] > FIT_SECONDS * 2**3
        assert pair.writer.automatic_changes == 4

    def test_operators_change_begins_anew(self) -> None:
        pair = Pair(open_in(REGION, automatic_changes=6))
        pair.change(partial(set_automatic, author=ANN, automatic=True))
        pair.regions[REGION].lost = True
        pair.pass_until_stored(PEER, within=OPEN_WITHIN)
