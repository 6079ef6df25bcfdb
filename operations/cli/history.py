"""`dr history`: shows who changed the writer, when and why, epoch by epoch, from the site's control table."""

import json
from collections.abc import Sequence

from rich.table import Table
from rich.text import Text

from handlers.writer.item import Writer
from operations.cli.exit_status import DONE, FAILED
from operations.cli.options import OutputFormat
from operations.cli.session import Session
from operations.cli.standing import verdict_document, verdict_on
from operations.errors import OperationError
from operations.timestamps import epoch_seconds, parse_since
from operations.topology.document import plain
from operations.topology.epoch_changes import CONTEXT_EPOCHS, EpochChange, epoch_changes
from operations.topology.model import Topology
from operations.topology.quorum import without_quorum
from operations.topology.read import read_topology
from operations.topology.readings import Known, Unknown
from operations.topology.release_words import describe_release
from operations.topology.site_clock import at_site
from operations.topology.words import author_of, moment, state_of
from operations.topology.writer_history import HistoricEpoch, read_history
from operations.verdict.show import first_line
from operations.verdict.words import duration

_PATIENCE_SECONDS = 5.0
_PAGE = 50
"""How many epochs are asked for at once."""


def show_history(session: Session, *, most: int, since: str | None) -> int:
    """Show the last changes of the writer, and return the exit status."""
    now = session.clock.time()
    begin = epoch_seconds(parse_since(since, now=now))
    topology = read_topology(session.site, session.aws, session.surroundings, session.clock, seconds=_PATIENCE_SECONDS)
    if topology.writer == Known(None):
        raise OperationError("nobody has created the writer yet")
    read = _read(session, topology, since=begin, most=most + CONTEXT_EPOCHS)
    changes = _since(epoch_changes(read, now=at_site(now, topology.machine_ahead))[:most], begin)
    if session.output is OutputFormat.JSON:
        verdict = verdict_document(verdict_on(session, topology))
        print(
            json.dumps(
                {
                    "verdict": verdict,
                    "epochs": [_document(each) for each in changes],
                    "release": plain(topology.release),
                },
                indent=2,
            )
        )
    else:
        _print(session, topology, changes, since=since)
    return DONE if read else FAILED


def _read(session: Session, topology: Topology, *, since: float | None, most: int) -> list[HistoricEpoch]:
    """Read page by page, back to the first epoch before `since`."""
    found: list[HistoricEpoch] = []
    while len(found) < most:
        before = found[-1].epoch if found else None
        page = read_history(topology, session.aws, epochs=min(_PAGE, most - len(found)), before=before)
        found += page
        if not page or (since is not None and sum(at < since for each in found if (at := _at(each))) > CONTEXT_EPOCHS):
            break
    return found


def _at(epoch: HistoricEpoch) -> float | None:
    return epoch_seconds(epoch.writer.value.at) if isinstance(epoch.writer, Known) else None


def _since(changes: Sequence[EpochChange], since: float | None) -> Sequence[EpochChange]:
    """Return the changes back to the first one since then, including those in between whose time is unknown."""
    if since is None:
        return changes
    later = [index for index, each in enumerate(changes) if (_at(each.epoch) or 0.0) >= since]
    return changes[: max(later, default=-1) + 1]


def _print(session: Session, topology: Topology, changes: Sequence[EpochChange], *, since: str | None) -> None:
    session.console.print(first_line(verdict_on(session, topology)))
    if isinstance(topology.writer, Unknown):
        session.console.print(f"The newest may be missing: {without_quorum(topology)}", style="yellow", markup=False)
    if isinstance(topology.release, Known) and topology.release.value is not None:
        session.console.print(f"Last release: {describe_release(topology.release.value)}", markup=False)
    if since and not changes:
        session.console.print(f"Nobody has changed the writer since {since}.", markup=False)
        return
    table = Table("epoch", "at", "who", "closed for", "what, and why", box=None, pad_edge=False, header_style="bold")
    for each in changes:
        table.add_row(str(each.epoch.epoch), *map(Text, _cells(each)))
    session.console.print(table)


def _cells(change: EpochChange) -> tuple[str, ...]:
    if isinstance(change.epoch.writer, Unknown):
        return ("", "", "", f"unknown: {change.epoch.writer.reason}")
    writer = change.epoch.writer.value
    reason = f"\n{writer.reason}" if writer.reason else ""
    return (moment(writer), author_of(writer), _closed(change, writer), f"{_what(change, writer)}{reason}")


def _what(change: EpochChange, writer: Writer) -> str:
    before, source = change.before, change.source
    if not writer.is_open or source is None or before is None:
        return state_of(writer)
    if writer.region != source:
        return f"{source} → {writer.region}"
    if not before.is_open:
        return f"{source} opened again"
    if before.automatic != writer.automatic:
        return f"automatic takeover {'on' if writer.automatic else 'off'}"
    return state_of(writer)


def _closed(change: EpochChange, writer: Writer) -> str:
    match change.closed_seconds:
        case None:
            return ""
        case Known(seconds):
            return f"{duration(seconds)}{'' if writer.is_open else ' so far'}"
        case Unknown():
            return "unknown"


def _document(change: EpochChange) -> dict[str, object]:
    return {**plain(change.epoch), "from": change.source, "closedSeconds": plain(change.closed_seconds)}
