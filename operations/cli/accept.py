"""`dr accept`: records that a person judged a difference to be in order, so that it no longer blocks a failback."""

import json
from pathlib import Path

from rich.text import Text

from handlers.runtime import timestamp
from operations.cli.exit_status import DONE, REFUSED
from operations.cli.options import OutputFormat
from operations.cli.reconcile import accepted_file, require_text, who
from operations.cli.session import Session
from operations.errors import UsageError
from operations.reconcile.acceptance import Acceptance, append, latest_findings, read_accepted, select
from operations.reconcile.audit import TRAILS, AuditTrail
from operations.reconcile.describe import describe


def accept(
    session: Session, *, finding: str, reason: str, audit: Path | None, accepted: Path | None, journals: Path | None
) -> int:
    """Record who accepted a finding and why, and return the exit status."""
    if not require_text(reason, option="--reason").strip():
        raise UsageError("--reason must say why the difference is in order")
    default = accepted_file(session, journals)
    trail = audit or _latest_trail(session, default.parent)
    found = select(latest_findings(trail), finding)
    path = accepted or default
    known = read_accepted(None, path)
    for line in describe(session.site, found):
        session.console.print(Text(session.typed(line)))
    if found["digest"] in known:
        session.console.print(f"It is accepted already, in {path}.")
        return DONE
    if not session.confirm("Is this in order?"):
        session.console.print("Nothing was noted.")
        return REFUSED
    by = who(session)
    judgement = Acceptance(found, reason.strip(), by, timestamp(session.clock.time()))
    with AuditTrail(trail, by=by, clock=session.clock) as noted:
        noted.note("accepted", transactionId=found["transactionId"], digest=found["digest"], reason=judgement.reason)
    append(path, judgement)
    if session.output is OutputFormat.JSON:
        print(json.dumps({"finding": found, "reason": judgement.reason, "by": by, "accepted": str(path)}, indent=2))
    else:
        text = f"Accepted, in {path}. Next: `dr reconcile`, or `dr failback`, leaves it out."
        session.console.print(Text(session.typed(text)))
    return DONE


def _latest_trail(session: Session, directory: Path) -> Path:
    """Return the latest audit trail among those with default names.

    Raises:
        UsageError: There is none.
    """
    trails = [*Path().glob(f"reconcile-{session.site.suffix}-*Z.jsonl"), *(directory / TRAILS).glob("*.jsonl")]
    if not trails:
        raise UsageError("--audit must name the audit trail of a comparison: there is none here; see `dr reconcile`")
    return max(trails, key=lambda path: path.stat().st_mtime)
