"""The readable page of a move's evidence, in Markdown, beside its timeline. Pure."""

from collections.abc import Iterator

from operations.evidence.move_evidence import MoveEvidence, stamp_words
from operations.evidence.move_record import MoveRecord
from operations.evidence.payment_minutes import PaymentMinute
from operations.timestamps import for_people
from operations.topology.readings import Known
from operations.topology.site_clock import differs

_UNKNOWN = "?"
_UNKNOWN_WORD = "unknown"


def move_report(evidence: MoveEvidence, *, picture: str) -> str:
    """Return the page; `picture` is the file of the timeline."""
    return "\n".join(_lines(evidence, picture)) + "\n"


def summary(evidence: MoveEvidence) -> Iterator[tuple[str, str]]:
    """Yield the measurements: their names and values."""
    move = evidence.move
    yield "Writer closed (journal)", _seconds(move.closed_seconds)
    yield "Nobody could pay (journal)", _seconds(move.refused_seconds)
    yield "No payment acknowledged (metrics)", evidence.gap.says
    refused = evidence.gap.refused
    yield "Attempts refused meanwhile (metrics)", _UNKNOWN_WORD if refused is None else str(refused)
    yield "Last payment stored before (logs)", stamp_words(evidence.last_stored)
    yield "First payment stored since (logs)", stamp_words(evidence.first_stored)
    yield "Between the two (logs)", _seconds(evidence.stored_gap_seconds)


def incomplete(evidence: MoveEvidence) -> str:
    """Return what is still missing and when it will be available; empty if nothing is."""
    if evidence.is_complete:
        return ""
    at = for_people(evidence.complete_from)
    if evidence.read_at is None:
        return f"Only the journal: metrics have not been read. They are complete from {at} on."
    if evidence.read_at < evidence.complete_from:
        return f"Not complete: metrics arrive minutes late. Read again after {at}."
    if evidence.move.machine_ahead is None:
        return "Not complete: the journal does not say how wrong this machine's clock was, so no minutes can be read."
    if evidence.unread:
        return f"Not complete: {' and '.join(evidence.unread)} could not be read. Read again once that is possible."
    until = for_people(evidence.minutes_from)
    return f"Not complete: the move took too long to read it all; nothing is known of the time before {until}."


def _lines(evidence: MoveEvidence, picture: str) -> Iterator[str]:
    move = evidence.move
    route = " → ".join(each for each in (move.source, move.destination) if each is not None) or "no region"
    yield f"# {move.purpose} of {move.environment}: {route}"
    yield ""
    yield f"{for_people(move.began)} to {for_people(move.ended)}, by {_cell(move.by)}: {_cell(move.reason)}"
    yield ""
    yield f"Measured on: **{evidence.surroundings}**. Journal: `{evidence.journal}`."
    if move.ended_early:
        yield f"The plan did not come to its end: {_cell(move.ended_early)}."
    if text := incomplete(evidence):
        yield f"**{text}**"
    yield ""
    yield "| What | Measured |"
    yield "|---|---|"
    for what, says in summary(evidence):
        yield f"| {what} | {_cell(says)} |"
    yield ""
    yield f"![Timeline]({picture})"
    yield ""
    yield from _minutes(evidence)
    yield from _limits(evidence)


def _minutes(evidence: MoveEvidence) -> Iterator[str]:
    yield "## What payers were answered"
    yield ""
    for region in evidence.regions:
        if reason := evidence.payments[region].unknown:
            yield f"{region}: unknown ({_cell(reason)})."
            yield ""
    columns = [f"{region}: {what}" for region in evidence.regions for what in ("stored", "queued", "refused", "5xx")]
    yield f"| From (UTC) | {' | '.join(columns)} |"
    yield f"|---{'|---:' * len(columns)}|"
    rows = zip(*(evidence.payments[region].minutes for region in evidence.regions), strict=True)
    for index, row in enumerate(rows):
        at = evidence.minutes_from + index * evidence.resolution_seconds
        yield f"| {for_people(at)[11:19]} | {' | '.join(cell for minute in row for cell in _cells(minute))} |"
    yield ""


def _cells(minute: PaymentMinute | None) -> tuple[str, ...]:
    if minute is None:
        return (_UNKNOWN,) * 4
    errors = _UNKNOWN if minute.api_errors is None else str(minute.api_errors)
    return str(minute.answered), str(minute.queued), str(minute.refused), errors


def _limits(evidence: MoveEvidence) -> Iterator[str]:
    yield "## Limits of these numbers"
    yield ""
    period = evidence.resolution_seconds
    yield f"- Metrics count by the minute ({period} s); they do not show when within it something happened."
    yield f"- `{_UNKNOWN}`: nothing is known. The region's functions published nothing then, it could not be read, or"
    yield "  the minute had not arrived. It is not zero."
    yield "- *stored*: 201 and 200; *queued*: 202; *refused*: 503 by the payment function. *5xx* is API Gateway's count"
    yield "  for the whole API, with what no function answered, and with `/health` and `/writer`."
    yield "- Whoever did not reach a region is counted nowhere."
    yield f"- The journal's moments are of the operator's clock{_set_right(evidence.move)},"
    yield "  payments' of the functions' clocks."


def _set_right(move: MoveRecord) -> str:
    """Describe how the operator's clock was corrected."""
    if move.machine_ahead is None:
        return " (by how much it was wrong is not known)"
    if not differs(Known(move.machine_ahead)):
        return ""
    way = "ahead" if move.machine_ahead > 0 else "behind"
    return f" ({abs(move.machine_ahead):.0f} s {way}, which is set right here)"


def _seconds(seconds: float | None) -> str:
    return _UNKNOWN_WORD if seconds is None else f"{seconds:.1f} s"


def _cell(text: str) -> str:
    """Return a text escaped for a table cell."""
    return " ".join(text.replace("|", "\\|").split())
