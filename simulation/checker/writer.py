"""What must hold of the writer item, and of who stores."""

from collections.abc import Iterator
from itertools import pairwise

from contract.deadlines import FIT_SECONDS, MAX_FIT_SECONDS, PROOF_STALE_SECONDS, SETTLE_SECONDS
from simulation.checker.invariants import Found, invariant
from simulation.history import History, WriterPeriod

_DRIFT_SECONDS = 0.1
"""What clocks that drift may take off a wait."""

_QUORUM_SECONDS = 20.0 + SETTLE_SECONDS + 10.0
"""How long after a region is well again its glass is void: its replica of the control table catches up, it reads."""

_LATE_SECONDS = 3.0
"""How much later than it should a ticker may act."""


@invariant("one epoch after the other")
def epochs_follow(history: History) -> Found:
    """Find changes of the writer that skip an epoch, or lead from open to open in another region."""
    for before, after in pairwise(history.writer):
        if after.epoch != before.epoch + 1:
            yield after.at, f"epoch {before.epoch} is followed by {after.epoch}", ""
        if before.is_open and after.is_open and before.region != after.region:
            yield after.at, f"from open in {before.region} to open in {after.region}", ""


@invariant("opened after settling")
def openings_are_settled(history: History) -> Found:
    """Find openings that came too soon after the closing, but for undone planned closings."""
    for before, after in pairwise(history.writer):
        if not after.is_open or before.is_open:
            continue
        is_undone = before.kind == "planned" and after.region == before.region
        if not is_undone and after.at - before.at < SETTLE_SECONDS - _DRIFT_SECONDS:
            yield after.at, f"opened {after.at - before.at:.2f} s after the closing", ""


@invariant("one open writer")
def one_region_stores(history: History) -> Found:
    """Find payments that were stored where the region did not own the writer, or not lately enough."""
    for store in history.stores:
        if is_excused_by_glass(history, store.region, store.at):
            continue
        now = history.writer_at(store.at)
        if now is None:
            yield store.at, f"{store.region} stores and there is no writer", store.id
        elif now.is_open and now.region != store.region:
            yield store.at, f"{store.region} stores while {now.region} is open", store.id
        elif not owned_lately(history, store.region, store.at):
            yield store.at, f"{store.region} stores more than {SETTLE_SECONDS} s after it owned the writer", store.id


@invariant("no takeover against an operator")
def tickers_obey(history: History) -> Found:
    """Find unattended changes while an operator holds the writer, or has switched them off."""
    for before, after in pairwise(history.writer):
        if not _is_tickers(after) or _claims_glass(history, before, after):
            continue
        if before.kind == "held":
            yield after.at, f"{after.by} changed what an operator holds", ""
        elif after.kind == "takeover" and not before.automatic:
            yield after.at, f"{after.by} took over although that is switched off", ""


@invariant("no flapping")
def takeovers_become_rare(history: History) -> Found:
    """Find unattended takeovers by a region that was not fit without a gap for as long as the last ones demand.

    A ticker whose monotonic clock stood still with it cannot know that time has passed, nor can the one that takes its
    memory over.
    """
    for before, after in pairwise(history.writer):
        if after.kind != "takeover" or after.automatic_changes != before.automatic_changes + 1:
            continue
        fit = min(MAX_FIT_SECONDS, FIT_SECONDS * 2**before.automatic_changes)
        if any(place == after.region and after.at - fit <= at <= after.at for at, place in history.standstills):
            continue
        raised = [at for at in history.proofs.get(after.region, ()) if after.at - fit <= at <= after.at]
        # While a region is fit its proof is raised every 2 s; what fails for less than this is no gap.
        moments = [after.at - fit, *raised, after.at]
        gap = max(following - moment for moment, following in pairwise(moments))
        if gap > PROOF_STALE_SECONDS + _LATE_SECONDS:
            yield after.at, f"{after.region} takes over after {fit} s of fitness, and proved none for {gap:.0f} s", ""


def _claims_glass(history: History, before: WriterPeriod, after: WriterPeriod) -> bool:
    """Return whether a ticker claims what an operator gave by breaking the glass."""
    return after.automatic_changes == 0 and before.epoch in history.glass_epochs.get(after.region, ())


def _is_tickers(state: WriterPeriod) -> bool:
    return state.process.startswith("ticker@")


def owned_lately(history: History, region: str, moment: float) -> bool:
    """Return whether a region was open within `SETTLE_SECONDS` before a moment."""
    for state, following in pairwise([*history.writer, None]):
        if state is None or state.at > moment:
            break
        until = following.at if following is not None else float("inf")
        if state.is_open and state.region == region and until > moment - SETTLE_SECONDS:
            return True
    return False


def is_excused_by_glass(history: History, region: str, moment: float) -> bool:
    """Return whether a region's broken glass explains that it stores: there may have been no quorum until lately."""
    broken = [at for at, where in history.glass if where == region and at <= moment]
    if not broken:
        return False
    spans = well_spans(history, region)
    return not any(began + _QUORUM_SECONDS <= moment <= ended for began, ended in spans)


def well_spans(history: History, region: str) -> Iterator[tuple[float, float]]:
    """Yield the spans in which a region and another place are well, so that it has a quorum."""
    began: float | None = None
    for each in history.wellness:
        is_well = region in each.well and len(each.well) > 1
        if is_well and began is None:
            began = each.at
        elif not is_well and began is not None:
            yield began, each.at
            began = None
    if began is not None:
        yield began, float("inf")
