"""`dr reconcile`: compares the payments that both regions hold, and repairs differences."""

import json
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rich.text import Text

from contract.events import EventType
from contract.roles import Role
from operations.cli.options import OutputFormat
from operations.cli.progress import progress
from operations.cli.session import Session
from operations.cli.standing import show_topology
from operations.cli.traffic_options import Wishes
from operations.errors import OperationError, UsageError
from operations.reconcile.acceptance import ACCEPTED, read_accepted
from operations.reconcile.audit import AuditTrail
from operations.reconcile.describe import SHORT_DIGEST, name
from operations.reconcile.evidence import OnRows
from operations.reconcile.gathering import expected_items
from operations.reconcile.period import begin_earlier
from operations.reconcile.reconciliation import PermittedRepairs, Reconciliation, Scope
from operations.reconcile.report import Report
from operations.reconcile.show import show
from operations.reconcile.sources import COMPARED
from operations.timestamps import for_names, parse_since

LARGE_ITEMS = 1_000_000
"""More than this, and exports are read sooner than scans end (docs/reconciliation.md)."""

MOST_LAG_SECONDS = 86_400


def reconcile(
    session: Session,
    *,
    repair: bool,
    write_logs: bool,
    reason: str,
    since: str | None,
    earlier: float,
    lag: float,
    batches_kept: bool,
    exports: str | None,
    accepted: Path | None,
    audit: Path | None,
    journals: Path | None,
) -> int:
    """Compare what the regions hold, repair it if asked to, and return the exit status."""
    if not 0 <= lag <= MOST_LAG_SECONDS:  # which not-a-number is not
        raise UsageError(f"--lag must be from 0 to {MOST_LAG_SECONDS} seconds, got {lag}")
    require_text(reason, option="--reason")
    if write_logs and not reason.strip():
        raise UsageError("--write-logs needs --reason: a line that no function wrote must say why")
    asked = PermittedRepairs(repair=repair, log_reason=reason.strip() if write_logs else "")
    begin = begin_earlier(parse_since(since, now=session.clock.time()), earlier, session.clock)
    judged = read_accepted(accepted, accepted_file(session, journals))
    scope = Scope(since=begin, lag=lag, exports=exports, accepted=judged, batches_kept=batches_kept)
    path = audit or Path(f"reconcile-{session.site.suffix}-{for_names(session.clock.time())}Z.jsonl")
    before = show_topology(session)
    with AuditTrail(path, by=who(session), clock=session.clock) as trail:
        run = Reconciliation(session.site, session.aws, session.clock, trail, scope)
        report = _run(session, run, asked if session.yes else PermittedRepairs())
        if not session.yes and (question := _question(report, asked)):
            show(session.console, session.site, report, session.typed)
            if session.confirm(question):
                report = _run(session, run, asked)
    if report.repaired:
        session.events.publish(EventType.PAYMENTS_REPAIRED, reason=reason, repaired=report.repaired, left=report.left)
    after = show_topology(session)
    session.events.wait()
    if session.output is OutputFormat.JSON:
        print(json.dumps({**report.document(), "audit": str(path), "before": before, "after": after}, indent=2))
    else:
        show(session.console, session.site, report, session.typed)
        session.console.print(Text(f"Audit trail: {path}"))
        for line in _next(report, path, accepted):
            session.console.print(Text(session.typed(line)))
    return report.status


def require_text(given: str, *, option: str) -> str:
    """Return the text.

    Raises:
        UsageError: It holds bytes that are not UTF-8, so it cannot be written to a file.
    """
    try:
        given.encode()
    except UnicodeEncodeError:
        raise UsageError(f"{option} must be text in UTF-8, got {given!r}") from None
    return given


def accepted_file(session: Session, journals: Path | None) -> Path:
    """Return the file of accepted findings, beside the environment's journals."""
    return Wishes(journals=journals).journal_directory / session.site.suffix / ACCEPTED


def _next(report: Report, trail: Path, accepted: Path | None) -> Iterator[str]:
    """Yield the commands that deal with what is left."""
    if report.repairable:
        yield f"Next: `dr reconcile --repair` inserts {report.repairable} payments into the replicas that miss them."
    if report.unlogged:
        yield f'Next: `dr reconcile --write-logs --reason "…"` writes {report.unlogged} payments into the logs.'
    if report.findings:
        first = report.findings[0]
        words = ["dr", "accept", first.transaction_id or first.digest[:SHORT_DIGEST], "--audit", str(trail)]
        words += ["--accepted", str(accepted)] if accepted else []
        yield f'Once a human has judged one: `{shlex.join(words)} --reason "…"`'


def _question(report: Report, asked: PermittedRepairs) -> str:
    """Return the question to ask before anything is changed; empty when nothing would change."""
    parts = []
    if asked.repair and report.repairable:
        parts.append(f"insert {report.repairable} payments into the replicas that miss them")
    if asked.log_reason and report.unlogged:
        parts.append(f"write {report.unlogged} payments into the logs that miss them")
    return f"{' and '.join(parts).capitalize()}?" if parts else ""


def _run(session: Session, run: Reconciliation, permitted: PermittedRepairs) -> Report:
    with reading_progress(session) as on_rows:
        return run.run(on_rows, permitted)


@contextmanager
def reading_progress(session: Session) -> Iterator[OnRows]:
    """Show how much of each source was read; a replica's total is DynamoDB's last count."""
    totals = expected_items(session.site, session.aws)
    if any(count > LARGE_ITEMS for count in totals.values()):
        session.console.print(f"More than {LARGE_ITEMS:,} items: exports are read faster (--exports).")
    with progress(session) as shown:
        tasks = {
            place: shown.add_task(
                # Items, not payments: control items are included.
                f"{name(session.site, place)}, {'items' if place.is_table else 'lines'}",
                total=totals.get(place),
            )
            for place in COMPARED
        }
        yield lambda place, rows: shown.advance(tasks[place], rows)


def who(session: Session) -> str:
    """Return the caller's ARN from a region that answers, and the operator's name, as far as they are known.

    Raises:
        UsageError: Neither is known.
    """
    regions = [session.site.regions[role].name for role in (Role.STANDBY, Role.PRIMARY)]
    try:
        arn = session.aws.caller_arn(*regions)
    except OperationError:
        return session.by
    return f"{arn} ({session.operator})" if session.operator else arn
