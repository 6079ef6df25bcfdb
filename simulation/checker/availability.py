"""Payments are taken again within a bound: while two regions are well, and once all faults have ended."""

from collections.abc import Iterator
from itertools import pairwise

from contract.deadlines import (
    FIT_SECONDS,
    MAX_FIT_SECONDS,
    PLANNED_CLOSING_SECONDS,
    PROOF_STALE_SECONDS,
    SETTLE_SECONDS,
)
from simulation.checker.invariants import Found, invariant
from simulation.checker.versions import bad_version_serves
from simulation.history import DURABLE, History, Seen, WriterPeriod

START_SECONDS = 100.0
"""What a region that returns needs: its control replica catches up, its ticker starts with the next minute."""

DNS_SECONDS = 200.0
"""What DNS clients need on top: three failed probes of each checker, the TTL."""

MULTI_REGION_SECONDS = 5.0
"""What a client that knows both regions needs to follow the writer."""

_NOT_LED = ("stubborn", "reader")
"""Who asks a region whatever DNS and the regions say."""

_ANSWERED = DURABLE | {Seen.CONFLICT, Seen.ABSENT}


@invariant("never shut for long")
def never_shut_for_long(history: History) -> Found:
    """Find spans in which two regions are well and no region proves to be the open writer, unless operators hold it."""
    for began, ended, changes in _shut_spans(history):
        fit = min(MAX_FIT_SECONDS, FIT_SECONDS * 2**changes)
        bound = PROOF_STALE_SECONDS + fit + SETTLE_SECONDS + PLANNED_CLOSING_SECONDS + START_SECONDS
        if ended - began > bound:
            yield ended, f"nobody may store since {began:.0f}, although two regions are well; {bound:.0f} s are due", ""


@invariant("payments are taken again")
def payments_are_taken_again(history: History) -> Found:
    """Find payments that fail although all faults ended long ago."""
    last = history.writer[-1] if history.writer else None
    if last is not None and last.kind == "held":
        return
    if last is None or not last.is_open:
        yield history.ended, f"at the end the writer is {last}", ""
    since = history.faults_ended + SETTLE_SECONDS + PLANNED_CLOSING_SECONDS + START_SECONDS
    for operation in history.operations:
        if operation.payer.startswith(_NOT_LED) or operation.ended > history.ended or operation.seen in _ANSWERED:
            continue
        needs = MULTI_REGION_SECONDS if operation.payer.startswith("multi") else DNS_SECONDS
        if operation.began <= since + needs or _moved(history, operation.began - needs, operation.ended):
            continue
        if not bad_version_serves(history, operation.began - needs, operation.ended):
            yield operation.ended, f"{operation} although all faults ended at {history.faults_ended:.0f}", operation.id


def _moved(history: History, began: float, ended: float) -> bool:
    """Return whether the writer was closed, or changed its region, at some moment of a span."""
    states = [state for state in history.writer if began <= state.at <= ended]
    before = history.writer_at(began)
    states += [before] if before is not None else []
    return any(not state.is_open for state in states) or len({state.region for state in states}) > 1


def _shut_spans(history: History) -> Iterator[tuple[float, float, int]]:
    """Yield when nobody proved to be an open writer although one region and another place were well all the time."""
    proven = {region: _proven_spans(history, region) for region in history.regions}
    moments = sorted(
        {
            *(0.0, history.ended),
            *(state.at for state in history.writer),
            *(each.at for each in history.wellness),
            *(min(end, history.ended) for spans in proven.values() for span in spans for end in span),
        }
    )
    for region in history.regions:
        began: float | None = None
        changes = 0
        for moment, following in pairwise(moments):
            state, well = history.writer_at(moment), _well_at(history, moment)
            owner = proven.get(state.region, []) if state is not None and state.is_open else []
            serves = any(start <= moment < end for start, end in owner)
            withheld = state is not None and state.region != region and _is_misdated(history, state.region, moment)
            if serves or state is None or withheld or not _is_claimed(state, region, well):
                if began is not None:
                    yield began, moment, changes
                began, changes = None, 0
                continue
            began = moment if began is None else began
            changes = max(changes, state.automatic_changes)
            if following == moments[-1]:
                yield began, following, changes


def _is_claimed(state: WriterPeriod, region: str, well: frozenset[str]) -> bool:
    """Return whether a region that is well should be, or become, the open writer."""
    may_take_over = state.automatic or state.region in well
    return region in well and len(well) > 1 and state.kind != "held" and may_take_over


def _is_misdated(history: History, region: str, moment: float) -> bool:
    """Return whether a region's newest heartbeat may bear the time of a clock that is an RPO and more behind.

    Replication then looks as if it lagged by so much, and its peer rings instead of taking over. A region that is lost
    with such a clock corrects its heartbeat when it has returned.
    """
    for each, began, ended in history.clocks_behind:
        if each == region and began <= moment:
            returned = [
                wellness.at for wellness in history.wellness if wellness.at >= ended and region in wellness.well
            ]
            if not returned or moment < returned[0] + START_SECONDS:
                return True
    return False


def _proven_spans(history: History, region: str) -> list[tuple[float, float]]:
    """Return when a region's proof of fitness was not stale."""
    spans: list[tuple[float, float]] = []
    for at in history.proofs.get(region, ()):
        if spans and at <= spans[-1][1]:
            spans[-1] = spans[-1][0], at + PROOF_STALE_SECONDS
        else:
            spans.append((at, at + PROOF_STALE_SECONDS))
    return spans


def _well_at(history: History, moment: float) -> frozenset[str]:
    found: frozenset[str] = frozenset()
    for each in history.wellness:
        if each.at > moment:
            break
        found = each.well
    return found
