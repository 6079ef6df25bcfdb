"""`dr evidence`: writes what payers saw of a move, from the deployment's own metrics, into the incident's folder."""

from collections.abc import Sequence
from pathlib import Path

from rich.table import Table
from rich.text import Text

from operations.cli.exit_status import DONE, UNVERIFIED
from operations.cli.options import OutputFormat
from operations.cli.session import Session
from operations.cli.traffic_options import Wishes
from operations.errors import OperationError, UsageError
from operations.evidence.move_evidence import MoveEvidence, read_evidence
from operations.evidence.move_folder import EVIDENCE, REPORT, write_move_evidence
from operations.evidence.move_record import move_record
from operations.evidence.move_report import incomplete, summary
from operations.execution.journal import Journal, Journals, Planned, Record
from operations.topology.site_clock import SiteClock


def write_evidence(session: Session, journal: Path | None, journals: Path | None) -> int:
    """Write what payers saw of a journal's move (by default the latest), and return the exit status."""
    chosen = _journal(session, journal, journals)
    records = chosen.records()
    if not _has_moved(records):
        raise UsageError(f"JOURNAL must be of a move, got one that moved nothing: {chosen.path}")
    move = move_record(records)
    if move.environment != session.site.suffix:
        raise UsageError(f"JOURNAL must be of {session.site.suffix}, got one of {move.environment}: {chosen.path}")
    clock = SiteClock(session.clock)
    found = read_evidence(
        move,
        journal=chosen.path.name,
        site=session.site,
        aws=session.aws.patient(hears=clock.hear),
        surroundings=session.label,
        clock=clock,
    )
    folder = write_move_evidence(found, chosen.path)
    if session.output is OutputFormat.JSON:
        print((folder / EVIDENCE).read_text(encoding="utf-8"), end="")
    else:
        _print(session, found, folder / REPORT)
    return DONE if found.is_complete else UNVERIFIED


def _journal(session: Session, given: Path | None, directory: Path | None) -> Journal:
    if given is not None:
        return Journal(given)
    journals = Journals(Wishes(journals=directory).journal_directory, session.site.suffix)
    latest = next((each for each in journals.latest_first() if _has_moved(each.records())), None)
    if latest is None:
        raise OperationError(f"{journals.directory} holds no journal of a move")
    return latest


def _has_moved(records: Sequence[Record]) -> bool:
    return any(isinstance(each, Planned) for each in records) and move_record(records).has_moved


def _print(session: Session, found: MoveEvidence, report: Path) -> None:
    move = found.move
    session.console.print(Text(f"{move.environment}: {move.purpose} by {move.by}: {move.reason}", style="bold"))
    table = Table.grid(padding=(0, 2))
    for what, says in summary(found):
        table.add_row(Text(what), Text(says))
    session.console.print(table)
    if text := incomplete(found):
        session.console.print(Text(text, style="yellow"))
    session.console.print(Text(f"Evidence: {report}"), soft_wrap=True)
