"""Reads from a move's journal who moved what and when, and when the writer was closed. Pure."""

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from operations.errors import OperationError
from operations.execution.journal import Failed, Intended, Overtaken, Planned, Record
from operations.execution.measuring import closed_period, found_closed_at, left_by
from operations.plans.plan import Purpose
from operations.topology.readings import Known, Reading, Unknown
from operations.topology.site_clock import at_site


class EvidenceModel(BaseModel):
    """A part of `evidence.json`."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


class WriterChange(EvidenceModel):
    """A change of the writer that the move made."""

    sent_at: float
    """Before it was sent, in seconds since the epoch by the site's clock."""
    at: float
    """When its answer had arrived."""
    region: str
    """The owner since."""
    state: str
    epoch: int


class MoveRecord(EvidenceModel):
    """A move according to its journal; times are seconds since the epoch by the site's clock.

    Without `machine_ahead` they are by the operator's clock and must not be compared with the site's times.
    """

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
    machine_ahead: float | None
    """Seconds by which the operator's clock was ahead of the site's when the move began; None if not known."""
    ended_early: str = ""
    """Why the plan that was asked for did not come to its end, and the way back neither if it did not."""

    @property
    def has_moved(self) -> bool:
        """Return whether payers may have noticed the move: the writer was closed or opened, or break glass was used."""
        return self.purpose is Purpose.BREAK_GLASS or (bool(self.changes) and self.purpose is not Purpose.AUTOMATIC)

    @property
    def pivots(self) -> tuple[float, float]:
        """Return the period in which payers were refused, or else that of the move."""
        since = self.began if self.refused_since is None else self.refused_since
        return since, max(since, self.ended if self.opened_at is None else self.opened_at)


def move_record(records: Sequence[Record]) -> MoveRecord:
    """Return the record of a journal.

    Raises:
        OperationError: No plan was recorded, so nothing was moved.
    """
    planned = [each for each in records if isinstance(each, Planned)]
    if not planned:
        raise OperationError("the journal holds no plan: nothing was moved")
    first, before = planned[0], planned[0].plan.before
    ahead = Unknown("not in the journal") if first.machine_ahead is None else Known(first.machine_ahead)
    changes = _changes(records, ahead)
    closed = closed_period(records)
    since = _refused_since(first, records)
    opened = changes[-1] if changes and changes[-1].state == "open" and _was_closed(first, changes) else None
    return MoveRecord(
        purpose=first.plan.purpose,
        environment=first.plan.environment,
        by=first.by,
        reason=first.reason,
        time_scale=first.time_scale,
        began=at_site(first.at, ahead),
        ended=at_site(records[-1].at, ahead),
        source=before.region if before is not None else None,
        found_open=before is not None and before.is_open,
        destination=changes[-1].region if changes else None,
        changes=changes,
        refused_since=None if since is None else at_site(since, ahead),
        opened_at=opened.at if opened is not None else None,
        closed_seconds=closed.seconds if closed is not None and not closed.by_glass else None,
        refused_seconds=closed.refused_seconds if closed is not None else None,
        machine_ahead=first.machine_ahead,
        ended_early=_ended_early(records),
    )


def _changes(records: Sequence[Record], ahead: Reading[float]) -> tuple[WriterChange, ...]:
    found: dict[int, WriterChange] = {}
    sent = _sent(records)
    for each in records:
        writer = left_by(each)
        # A change that a plan found counts only if this move sent it and the answer was lost.
        if writer is None or (isinstance(each, Planned) and writer.change_id not in sent):
            continue
        found.setdefault(
            writer.epoch,
            WriterChange(
                sent_at=at_site(sent.get(writer.change_id, each.at), ahead),
                at=at_site(each.at, ahead),
                region=writer.region,
                state=writer.state.value,
                epoch=writer.epoch,
            ),
        )
    return tuple(found[epoch] for epoch in sorted(found))


def _sent(records: Sequence[Record]) -> dict[str, float]:
    """Return when each change was first sent, by `change_id`."""
    return {each.writer.change_id: each.at for each in reversed(records) if isinstance(each, Intended)}


def _was_closed(first: Planned, changes: Sequence[WriterChange]) -> bool:
    before = first.plan.before
    return (before is not None and not before.is_open) or any(each.state != "open" for each in changes)


def _refused_since(first: Planned, records: Sequence[Record]) -> float | None:
    """Return since when no payments were taken, by the operator's clock."""
    if first.nobody_since is not None:
        return None if first.nobody_since == "unknown" else first.nobody_since
    before, sent = first.plan.before, _sent(records)
    if before is not None and not before.is_open:
        return found_closed_at(first, before)
    left = ((each, left_by(each)) for each in records if each is not first)
    return next((sent.get(to.change_id, each.at) for each, to in left if to is not None and not to.is_open), None)


def _ended_early(records: Sequence[Record]) -> str:
    """Return the errors with which the first plan and its roll back ended, if any."""
    plans: list[Record | None] = []
    """The last record of the first plan, whatever it was taken up as, and of its roll back."""
    for each in records:
        if isinstance(each, Planned) and (not plans or each.plan.purpose is Purpose.ROLL_BACK):
            plans.append(each)
        elif plans:
            plans[-1] = each
    return "; ".join(each.error for each in plans if isinstance(each, Failed | Overtaken))
