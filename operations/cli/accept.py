"""`dr accept`: note that a difference was judged and is in order, so that it no longer stands in the way."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from handlers.runtime import timestamp
from operations.cli.exit_status import DONE, REFUSED
from operations.cli.options import Output, Session, with_session
from operations.cli.reconcile import Accepted, JournalsOption, accepted_file, require_text, who
from operations.errors import UsageError
from operations.reconcile.acceptance import Judgement, append, latest_findings, read_accepted, select
from operations.reconcile.audit import TRAILS, AuditTrail
from operations.reconcile.describe import describe

Wanted = Annotated[str, typer.Argument(metavar="FINDING", help="The payment's id, or the digest's first digits.")]
Why = Annotated[str, typer.Option(help="What you know that the places do not tell: it is kept with your name.")]
Seen = Annotated[
    Path | None,
    typer.Option(help="The audit trail of the comparison that found it. By default the latest one."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog='Example: dr accept 7f3c-0012 --reason "paid once, says the customer"')(accept)


@with_session
def accept(
    session: Session,
    *,
    finding: Wanted,
    reason: Why = "",
    audit: Seen = None,
    accepted: Accepted = None,
    journals: JournalsOption = None,
) -> int:
    """Leave out a difference that you have judged, until there is new evidence; nothing in the regions is changed.

    `dr reconcile` and `dr failback` leave it out from then on.
    """
    if not require_text(reason, option="--reason").strip():
        raise UsageError("--reason must say why it is in order: nobody can tell later")
    default = accepted_file(session, journals)
    trail = audit or _latest_trail(session, default.parent)
    found = select(latest_findings(trail), finding)
    path = accepted or default
    known = read_accepted(None, path)
    for line in describe(session.site, found):
        session.console.print(Text(line))
    if found["digest"] in known:
        session.console.print(f"It is accepted already, in {path}.")
        return DONE
    if not session.confirm("Is this in order?"):
        session.console.print("Nothing was noted.")
        return REFUSED
    by = who(session)
    judgement = Judgement(found, reason.strip(), by, timestamp(session.clock.time()))
    with AuditTrail(trail, by=by, clock=session.clock) as noted:
        noted.note("accepted", transactionId=found["transactionId"], digest=found["digest"], reason=judgement.reason)
    append(path, judgement)
    if session.output is Output.JSON:
        print(json.dumps({"finding": found, "reason": judgement.reason, "by": by, "accepted": str(path)}, indent=2))
    else:
        session.console.print(Text(f"Accepted, in {path}. Next: dr reconcile, or dr failback, leaves it out."))
    return DONE


def _latest_trail(session: Session, directory: Path) -> Path:
    """Return the trail that was written last, of those that commands make when none is named.

    Raises:
        UsageError: There is none.
    """
    trails = [*Path().glob(f"reconcile-{session.site.suffix}-*Z.jsonl"), *(directory / TRAILS).glob("*.jsonl")]
    if not trails:
        raise UsageError("--audit must name the audit trail of a comparison: there is none here; see `dr reconcile`")
    return max(trails, key=lambda path: path.stat().st_mtime)
