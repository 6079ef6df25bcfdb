"""How long the writer was closed and nobody could pay while a plan was carried out, as its journal shows."""

from collections.abc import Sequence
from dataclasses import dataclass

from operations.execution.journal import Done, Planned, Record
from operations.moments import epoch_seconds


@dataclass(frozen=True)
class ClosedPeriod:
    """How long payments were refused, in real seconds."""

    seconds: float
    """From the plan's first closing, or the one that it found, to its last opening."""
    refused_seconds: float | None
    """For how long nobody could pay, which began before where a region was lost; None if its beginning is unknown."""


def closed_period(records: Sequence[Record]) -> ClosedPeriod | None:
    """Return for how long the writer was closed, and for how long nobody could pay.

    None where the plan closed and opened nothing, or where the writer is still closed. A closing that the plan found is
    as old as its author's clock says.
    """
    first = next((each for each in records if isinstance(each, Planned)), None)
    changes = [each for each in records if isinstance(each, Done) and each.writer is not None]
    if first is None or first.plan.before is None:
        return None
    before = first.plan.before
    closed_at = None if before.is_open else epoch_seconds(before.at)
    opened_at: float | None = None
    for each in changes:
        is_open = each.writer is not None and each.writer.is_open
        if not is_open and closed_at is None:
            closed_at = each.at
        opened_at = each.at if is_open else None
    if closed_at is None or opened_at is None:
        return None
    closed = max(0.0, opened_at - closed_at)
    match first.nobody_since:
        case None:
            return ClosedPeriod(closed, closed)
        case "unknown":
            return ClosedPeriod(closed, None)
        case since:
            return ClosedPeriod(closed, max(closed, opened_at - since))
