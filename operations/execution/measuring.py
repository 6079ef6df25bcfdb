"""Measures from a plan's journal how long the writer was closed and no payments were taken."""

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.writer.item import Writer
from operations.execution.journal import Done, Intended, Planned, Record
from operations.plans.plan import Purpose
from operations.plans.steps import AwaitWriter, BreakGlass
from operations.timestamps import epoch_seconds
from operations.topology.readings import Known
from operations.topology.site_clock import CLOCKS_AGREE_SECONDS, at_machine
from operations.topology.words import ticker_of


@dataclass(frozen=True)
class ClosedPeriod:
    """How long payments were refused, in real seconds."""

    seconds: float
    """From the plan's first closing, or the one that it found, to its last opening; by glass, from its breaking."""
    refused_seconds: float | None
    """For how long nobody could pay, which began before where a region was lost; None if its beginning is unknown."""
    by_glass: bool = False
    """Whether a region was let store without a quorum: nothing was closed, and nothing was opened."""


def closed_period(records: Sequence[Record]) -> ClosedPeriod | None:
    """Return how long the writer was closed, and how long no payments were taken.

    Return None if the plan closed and opened nothing, or if the writer is still closed. A closing that the plan found
    counts from its author's timestamp; the plan's own closing counts from its request, because the answer may be
    missing in the journal.
    """
    first = next((each for each in records if isinstance(each, Planned)), None)
    if first is None:
        return None
    if first.plan.purpose is Purpose.BREAK_GLASS:
        return _by_glass(first, records)
    ends = _closing_and_opening(first, records)
    if ends is None:
        return None
    closed_at, opened_at = ends
    closed = max(0.0, opened_at - closed_at)
    match first.nobody_since:
        case None:
            return ClosedPeriod(closed, closed)
        case "unknown":
            return ClosedPeriod(closed, None)
        case since:
            return ClosedPeriod(closed, max(closed, opened_at - since))


def _closing_and_opening(first: Planned, records: Sequence[Record]) -> tuple[float, float] | None:
    """Return when the writer was first closed and last opened; None if one of them did not happen."""
    before = first.plan.before
    if before is None:
        return None
    closed_at = None if before.is_open else found_closed_at(first, before)
    if not before.is_open and closed_at is None:
        return None
    sent_at = {each.writer.change_id: each.at for each in reversed(records) if isinstance(each, Intended)}
    opened_at: float | None = None
    for each in records:
        writer = left_by(each)
        if writer is None or each is first:
            continue
        if not writer.is_open and closed_at is None:
            closed_at = sent_at.get(writer.change_id, each.at)
        opened_at = each.at if writer.is_open else None
    return None if closed_at is None or opened_at is None else (closed_at, opened_at)


def left_by(record: Record) -> Writer | None:
    """Return the writer as a step left it, or as a roll back found it."""
    match record:
        case Done():
            return record.writer
        case Planned():
            return record.plan.before
        case _:
            return None


def found_closed_at(first: Planned, before: Writer) -> float | None:
    """Return when the closing that a plan found began, by this machine's clock; None if unknown.

    Switching takeovers on or off changes the writer, too. Tickers stamp their changes with the site's time.
    """
    if isinstance(first.nobody_since, float):
        return first.nobody_since
    if before.switches_automatic:
        return first.at
    at = epoch_seconds(before.at)
    if at is not None and ticker_of(before) is not None and first.machine_ahead is not None:
        at = at_machine(at, Known(first.machine_ahead))
    return None if at is None or at > first.at + CLOCKS_AGREE_SECONDS else min(at, first.at)


def _by_glass(first: Planned, records: Sequence[Record]) -> ClosedPeriod | None:
    """Return how long it took until the region was observed to own the writer by break glass; None if it was not."""
    done = {type(first.plan.steps[each.step]): each.at for each in records if isinstance(each, Done)}
    if BreakGlass not in done or AwaitWriter not in done:
        return None
    seen_at = done[AwaitWriter]
    refused = seen_at - first.nobody_since if isinstance(first.nobody_since, float) else None
    return ClosedPeriod(max(0.0, seen_at - done[BreakGlass]), refused, by_glass=True)
