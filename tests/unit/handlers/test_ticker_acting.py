"""What the writer becomes by what a ticker decides."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.deadlines import (
    FIT_SECONDS,
    MAX_FIT_SECONDS,
    PLANNED_CLOSING_SECONDS,
    PROOF_STALE_SECONDS,
    SETTLE_SECONDS,
)
from handlers.tickers.acting import successor
from handlers.tickers.decision import (
    TickerAction,
    TickerDecision,
    TickerObservation,
    TickerPlace,
    decide,
)
from handlers.tickers.memory import TickerMemory
from handlers.writer.glass import Glass
from handlers.writer.item import ClosingKind, Writer, WriterState
from tests.unit.handlers.fakes import PEER, REGION
from tests.unit.handlers.payment_function_fakes import closing_in, open_in

PRIMARY = TickerPlace(REGION, PEER, is_primary=True)


STANDBY = TickerPlace(REGION, PEER, is_primary=False)


LIMIT = 300.0


FIT = TickerMemory(fit=True, fit_for=1000, own_count=5, peer_count=5, peer_age=1, lag=3, epoch=7, epoch_age=1000)


PEER_LOST = replace(FIT, peer_age=PROOF_STALE_SECONDS)


FROM_HERE = closing_in(REGION, ClosingKind.PLANNED, destination=PEER, seconds=30)


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


HELD_THERE = closing_in(PEER, ClosingKind.HELD)
TAKEN_HERE = closing_in(REGION, ClosingKind.TAKEOVER)


class TestSuccessors:
    """What the writer becomes."""

    def become(self, decision: TickerAction, before: Writer | None) -> Writer:
        return successor(STANDBY, TickerDecision(decision, "why"), before, now=1000.9, at="now")

    def test_first_writer_takes_its_epoch_from_the_time(self) -> None:
        first = self.become(TickerAction.CREATE, None)
        assert (first.region, first.epoch, first.kind) == (REGION, 1000, ClosingKind.TAKEOVER)
        assert (first.by, first.reason, first.at) == (f"ticker {REGION}", "why", "now")

    @pytest.mark.parametrize(
        ("decision", "before", "changes"),
        [
            (TickerAction.TAKE_OVER, open_in(PEER, automatic_changes=2), 3),
            (TickerAction.OPEN, replace(TAKEN_HERE, automatic_changes=3), 3),
            (TickerAction.UNDO, replace(FROM_HERE, automatic_changes=1), 1),
            (TickerAction.CLAIM_GLASS, open_in(PEER, automatic_changes=2), 0),  # an operator broke the glass
        ],
    )
    def test_unattended_changes_are_counted(self, decision: TickerAction, before: Writer, changes: int) -> None:
        after = self.become(decision, before)
        assert (after.region, after.epoch, after.automatic_changes) == (REGION, 8, changes)

    def test_glass_is_claimed_by_a_closing_that_has_to_settle(self) -> None:
        for before in (open_in(PEER, automatic=False), HELD_THERE):
            assert self.become(TickerAction.CLAIM_GLASS, before).kind is ClosingKind.TAKEOVER

    @pytest.mark.parametrize(
        ("decision", "before"),
        [(TickerAction.WAIT, open_in()), (TickerAction.CREATE, open_in()), (TickerAction.VOID_GLASS, open_in()),
         (TickerAction.OPEN, None)],
    )  # fmt: skip
    def test_other_actions_change_no_writer(self, decision: TickerAction, before: Writer | None) -> None:
        with pytest.raises(ValueError, match="writer"):
            self.become(decision, before)


WRITERS = st.builds(
    lambda region, state, kind, automatic, changes: Writer(
        region=region,
        epoch=7,
        state=state,
        kind=kind if state is WriterState.CLOSING else None,
        destination=PEER if region == REGION else REGION,
        seconds=30,
        automatic=automatic,
        automatic_changes=changes,
    ),
    st.sampled_from([REGION, PEER]),
    st.sampled_from(WriterState),
    st.sampled_from(ClosingKind),
    st.booleans(),
    st.integers(0, 9),
)


AGES = st.sampled_from([0.0, 7.9, 8.0, 14.9, 15.0, 29.9, 30.0, 1e6])


MEMORIES = st.builds(
    TickerMemory,
    fit=st.booleans(),
    fit_for=st.sampled_from([0.0, 9.9, 10.0, 79.0, 640.0]),
    peer_count=st.integers(-1, 3),
    peer_age=AGES,
    epoch=st.just(7),
    epoch_age=AGES,
    lag=st.sampled_from([None, 0.0, 300.0, 301.0]),
    automatic_changes=st.integers(0, 9),
)


@given(writer=WRITERS, memory=MEMORIES, is_primary=st.booleans())
def test_whatever_is_decided_may_follow_and_is_safe(writer: Writer, memory: TickerMemory, is_primary: bool) -> None:  # noqa: FBT001
    place = TickerPlace(REGION, PEER, is_primary)
    decision = decided(writer, memory, place=place)
    assert decision.reason
    if decision.action is TickerAction.WAIT:
        return
    after = successor(place, decision, writer, now=0, at="")
    assert (after.region, after.epoch) == (REGION, writer.epoch + 1)
    assert writer.kind is not ClosingKind.HELD
    assert not (writer.is_open and after.is_open)
    match decision.action:
        case TickerAction.TAKE_OVER:
            assert writer.automatic
            assert memory.fit
            assert memory.peer_age >= PROOF_STALE_SECONDS
            assert memory.fit_for >= FIT_SECONDS
            assert memory.lag is not None
            assert memory.lag <= LIMIT
        case TickerAction.OPEN:
            assert memory.epoch_age >= SETTLE_SECONDS
        case TickerAction.UNDO:
            assert memory.epoch_age >= PLANNED_CLOSING_SECONDS
        case other:
            pytest.fail(f"unexpected: {other}")


@given(writer=WRITERS, changes=st.integers(0, 20))
def test_hysteresis_never_forbids_for_longer_than_its_bound(writer: Writer, changes: int) -> None:
    before = replace(writer, region=PEER, state=WriterState.OPEN, kind=None, automatic=True)
    memory = replace(PEER_LOST, automatic_changes=changes, fit_for=MAX_FIT_SECONDS)
    assert action(before, memory) is TickerAction.TAKE_OVER
