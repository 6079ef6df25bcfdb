"""What the journal of a move says: who moved what, when, and when the writer was closed. Pure."""

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from operations.errors import OperationError
from operations.execution.journal import Done, Failed, Intended, Overtaken, Planned, Record
from operations.execution.measuring import closed_period
from operations.plans.plan import Purpose
from operations.timestamps import epoch_seconds


class EvidenceModel(BaseModel):
    """A part of the evidence, as `evidence.json` holds it."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


class WriterChange(EvidenceModel):
    """A change of the writer that the move made."""

    sent_at: float
    """Before it was sent, in seconds since the epoch by the operator's clock."""
    at: float
    """When its answer had arrived."""
    region: str
    """The owner since."""
    state: str
    epoch: int


class MoveRecord(EvidenceModel):
    """A move as its journal tells it; moments are seconds since the epoch, by the operator's clock."""

    purpose: Purpose
    environment: str
    by: str
    reason: str
    time_scale: float
    began: float
    ended: float
    """The journal's last line: a move that runs, or was interrupted, may go on."""
    source: str | None
    """The region that owned the writer before; None where no replica had a quorum."""
    found_open: bool
    """Whether the writer was open then."""
    destination: str | None
    """The one that owns it since; None where nothing was changed."""
    changes: tuple[WriterChange, ...]
    refused_since: float | None
    """Since when nobody could pay: from the first closing, or before where a region was lost. None if not known."""
    opened_at: float | None
    """When the writer was opened last; None while it is closed, or where the move opened nothing."""
    closed_seconds: float | None
    """For how long the writer was closed; None where that never ended or never was."""
    refused_seconds: float | None
    """For how long nobody could pay; None where the journal cannot tell."""
    ended_early: str = ""
    """Why the latest plan did not come to its end."""

    @property
    def has_moved(self) -> bool:
        """Return whether payers may have noticed: the writer was closed or opened, or the glass broken."""
        return self.purpose is Purpose.BREAK_GLASS or (bool(self.changes) and self.purpose is not Purpose.AUTOMATIC)

    @property
    def pivots(self) -> tuple[float, float]:
        """Return from when to when payers were refused, or else when the move began and ended."""
        since = self.began if self.refused_since is None else self.refused_since
        return since, max(since, self.ended if self.opened_at is None else self.opened_at)


def move_record(records: Sequence[Record]) -> MoveRecord:
    """Return what a journal says.

    Raises:
        OperationError: No plan was written down, so nothing was moved.
    """
    planned = [each for each in records if isinstance(each, Planned)]
    if not planned:
        raise OperationError("the journal holds no plan: nothing was moved")
    first, before = planned[0], planned[0].plan.before
    changes = _changes(records)
    closed = closed_period(records)
    last = records[-1]
    opened = changes[-1] if changes and changes[-1].state == "open" and _was_closed(first, changes) else None
    return MoveRecord(
        purpose=first.plan.purpose,
        environment=first.plan.environment,
        by=first.by,
        reason=first.reason,
        time_scale=first.time_scale,
        began=first.at,
        ended=last.at,
        source=before.region if before is not None else None,
        found_open=before is not None and before.is_open,
        destination=changes[-1].region if changes else None,
        changes=changes,
        refused_since=_refused_since(first.nobody_since, first, changes),
        opened_at=opened.at if opened is not None else None,
        closed_seconds=closed.seconds if closed is not None and not closed.by_glass else None,
        refused_seconds=closed.refused_seconds if closed is not None else None,
        ended_early=last.error if isinstance(last, Failed | Overtaken) else "",
    )


def _changes(records: Sequence[Record]) -> tuple[WriterChange, ...]:
    sent: dict[str, float] = {}
    found: dict[int, WriterChange] = {}
    for each in records:
        if isinstance(each, Intended):
            sent.setdefault(each.writer.change_id, each.at)
        if isinstance(each, Done) and each.writer is not None:
            writer = each.writer
            found.setdefault(
                writer.epoch,
                WriterChange(
                    sent_at=sent.get(writer.change_id, each.at),
                    at=each.at,
                    region=writer.region,
                    state=writer.state.value,
                    epoch=writer.epoch,
                ),
            )
    return tuple(found[epoch] for epoch in sorted(found))


def _was_closed(first: Planned, changes: Sequence[WriterChange]) -> bool:
    before = first.plan.before
    return (before is not None and not before.is_open) or any(each.state != "open" for each in changes)


def _refused_since(
    nobody_since: float | Literal["unknown"] | None, first: Planned, changes: Sequence[WriterChange]
) -> float | None:
    if nobody_since == "unknown":
        return None
    if nobody_since is not None:
        return nobody_since
    before = first.plan.before
    if before is not None and not before.is_open:
        return epoch_seconds(before.at)
    return next((each.sent_at for each in changes if each.state != "open"), None)
