"""How long nobody could pay while a plan was carried out, as its journal shows."""

from collections.abc import Sequence

from operations.execution.journal import Done, Planned, Record
from operations.moments import epoch_seconds


def refused_seconds(records: Sequence[Record]) -> float | None:
    """Return the real seconds from the plan's first closing, or the one that it found, to its last opening.

    None where it closed and opened nothing, or where the writer is still closed. A closing that the plan found is as
    old as its author's clock says.
    """
    first = next((each.plan for each in records if isinstance(each, Planned)), None)
    changes = [each for each in records if isinstance(each, Done) and each.writer is not None]
    if first is None or first.before is None:
        return None
    closed_at = None if first.before.is_open else epoch_seconds(first.before.at)
    opened_at: float | None = None
    for each in changes:
        is_open = each.writer is not None and each.writer.is_open
        if not is_open and closed_at is None:
            closed_at = each.at
        opened_at = each.at if is_open else None
    return None if closed_at is None or opened_at is None else max(0.0, opened_at - closed_at)
