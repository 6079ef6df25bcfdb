"""`dr restore plan`, `status` and `agree`: what is proposed, and who agrees."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rich.text import Text

from operations.cli.exit_status import DONE, FAILED, UNVERIFIED
from operations.cli.journal_directory import journal_directory
from operations.cli.options import OutputFormat
from operations.cli.progress import progress
from operations.cli.reconcile import who
from operations.cli.session import Session
from operations.errors import UsageError
from operations.reconcile.audit import AuditTrail
from operations.restore.moments import parse_moment, read_window, require_restorable
from operations.restore.records import RESTORES, RestoreRecord, RestoreState, latest_record, read_record
from operations.restore.restoring import RestorePlan, Restoring
from operations.restore.serving import serving_role
from operations.restore.witnesses import OnRows
from operations.timestamps import for_names

SHORT_DIGEST = 12
"""How many digits of a digest a person types."""


def plan(session: Session, *, to: str | None, from_export: str | None, settle: float, journals: Path | None) -> int:
    """Restore beside the live table, compare, and show the proposal; return the exit status."""
    if (to is None) == (from_export is None):
        raise UsageError("either --to or --from-export must say what to restore")
    directory = restores(session, journals)
    role = serving_role(session.site, session.aws.hurried())
    if to is not None:
        moment = parse_moment(to)
        client = session.aws.client("dynamodb", session.site.regions[role].name)
        window = read_window(client, session.site.table_name)
        require_restorable(moment, window, now=session.clock.time())
        chosen = RestorePlan(moment, role)
    else:
        chosen = RestorePlan(int(session.clock.time()), role, from_export)
    folder = directory / f"{for_names(chosen.moment)}Z{'-export' if from_export else ''}"
    under_way = latest_record(directory, only=lambda each: not each.is_finished)
    if under_way is not None and under_way.folder != folder:
        raise UsageError(
            f"one restore at a time: that of {under_way.planned['moment']} must be ended by `dr restore finish` first"
        )
    record = RestoreRecord(folder)
    with AuditTrail(record.trail, by=who(session), clock=session.clock) as trail:
        side = restoring(session, settle, lambda *_: None).side_table(chosen)
        name = None if side is None else side.name
        trail.note(RestoreState.PLANNED, **chosen.document(session.site, name), settle=settle)
        return compare(session, chosen, record, trail, settle=settle)


def compare(session: Session, chosen: RestorePlan, record: RestoreRecord, trail: AuditTrail, *, settle: float) -> int:
    """Carry a plan out up to its proposal, show it, and return the exit status."""
    with reading(session) as on_rows:
        summary = restoring(session, settle, on_rows).compare(chosen, record, trail)
    show(session, {**summary.document(), "proposal": str(record.proposal), "state": RestoreState.COMPARED})
    if summary.repairs:
        return FAILED
    return UNVERIFIED if summary.kept or summary.unknown else DONE


def status(session: Session, *, journals: Path | None) -> int:
    """Show how far the latest restore has come, and what is next."""
    record = latest_record(restores(session, journals))
    if record is None:
        say(session, "No restore was planned on this machine. Next: `dr restore plan --to MOMENT`")
        if session.output is OutputFormat.JSON:
            print(json.dumps({"state": None}))
        return DONE
    found = record.last(RestoreState.COMPARED) or {}
    document = {
        **{key: value for key, value in found.items() if key not in {"at", "by", "event", "previous", "hash"}},
        **{key: record.planned[key] for key in ("moment", "region", "sideTable", "export")},
        "state": record.state,
        "plannedBy": record.planned["by"],
        "agreedBy": record.agreed_by,
        "done": record.done,
        "trail": str(record.trail),
        "proposal": str(record.proposal) if found else None,
    }
    show(session, document)
    return DONE


def agree(session: Session, *, digest: str, journals: Path | None) -> int:
    """Note that a second person agrees to the latest proposal."""
    record = under_way(session, journals)
    compared = record.compared
    require_digest(digest, compared["digest"])
    by = who(session)
    if by == compared["by"]:
        raise UsageError(f"a second person must agree: {by} has made the proposal, and may type its digest instead")
    with AuditTrail(record.trail, by=by, clock=session.clock) as trail:
        trail.note(RestoreState.AGREED, digest=compared["digest"])
    say(session, f"{by} agrees to {compared['digest'][:SHORT_DIGEST]}. Next: `dr restore repair --digest …`")
    if session.output is OutputFormat.JSON:
        print(json.dumps({"digest": compared["digest"], "agreedBy": by}, indent=2))
    return DONE


def restores(session: Session, journals: Path | None) -> Path:
    """Return the directory of an environment's restores."""
    return journal_directory(journals) / session.site.suffix / RESTORES


def under_way(session: Session, journals: Path | None) -> RestoreRecord:
    """Return the restore that is not finished.

    Raises:
        UsageError: There is none on this machine.
    """
    found = latest_record(restores(session, journals), only=lambda each: not each.is_finished)
    if found is None:
        raise UsageError("no restore is under way on this machine: `dr restore plan --to MOMENT` begins one")
    return read_record(found.folder)


def require_digest(given: str, digest: str) -> None:
    """Check that a proposal is the one that is meant, by at least its first digits.

    Raises:
        UsageError: It is another one.
    """
    if len(given) < SHORT_DIGEST or not digest.startswith(given):
        raise UsageError(
            f"--digest must be the proposal's, at least its first {SHORT_DIGEST} digits, {digest}, got {given}"
        )


def restoring(session: Session, settle: float, on_rows: OnRows) -> Restoring:
    """Return the object that carries out plans."""
    return Restoring(
        session.site,
        session.aws,
        session.clock,
        settle=settle,
        on_rows=on_rows,
        says=lambda text: say(session, text),
    )


@contextmanager
def reading(session: Session) -> Iterator[OnRows]:
    """Show how much of each witness was read."""
    with progress(session) as shown:
        tasks: dict[str, Any] = {}

        def on_rows(what: str, rows: int) -> None:
            if what not in tasks:
                tasks[what] = shown.add_task(what, total=None)
            shown.advance(tasks[what], rows)

        yield on_rows


def say(session: Session, text: str) -> None:
    """Print a line for people."""
    session.console.print(Text(session.typed(text)))


def show(session: Session, document: dict[str, Any]) -> None:
    """Print a proposal, and what is next."""
    if session.output is OutputFormat.JSON:
        print(json.dumps(document, indent=2))
        return
    if "moment" in document:
        say(session, f"Restore to {document['moment']} in {document['region']}: {document['state']}.")
    for kind, count in document.get("kinds", {}).items():
        say(session, f"{count} {kind}")
        for sample in document["samples"][kind]:
            say(session, f"    {sample}")
    if "added" in document:
        say(session, f"{document['added']} added since, answered and logged: they stay.")
    for text in document.get("warnings", ()):
        say(session, f"Careful: {text}")
    for text in document.get("unknown", ()):
        say(session, f"Unknown: {text}")
    if document.get("proposal"):
        say(session, f"Proposal: {document['proposal']}, digest {document['digest']}")
    say(session, _next(document))


def _next(document: dict[str, Any]) -> str:
    state, digest = document["state"], str(document.get("digest", ""))[:SHORT_DIGEST]
    if state == RestoreState.PLANNED:
        return "Next: `dr restore resume`"
    if state in {RestoreState.COMPARED, RestoreState.AGREED} and document["repairs"]:
        return (
            f"{document['repairs']} repairs. Next: `dr restore agree --digest {digest}` by a second person, and"
            f" `dr restore repair --digest {digest}`"
        )
    if state == RestoreState.REPAIRING:
        return "Next: `dr restore resume`"
    if state == RestoreState.FINISHED:
        return "Nothing is left to be done."
    return "Nothing is left to repair. Next: `dr restore finish`"
