"""`dr reconcile`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from operations.cli.with_session import with_session
from operations.reconcile.period import EARLIER_SECONDS, LAG_SECONDS

if TYPE_CHECKING:
    from operations.cli.session import Session

Repair = Annotated[bool, typer.Option("--repair", help="Insert into a replica what it misses; conflicts are left.")]
WriteLogs = Annotated[
    bool, typer.Option("--write-logs", help="Write what logs miss into them, with who and why; wants --reason.")
]
Reason = Annotated[str, typer.Option(help="Why the logs have a gap: it is written into each line.")]
Since = Annotated[
    str | None,
    typer.Option(
        help="When the trouble began, a day or a moment (UTC): judge the payments touched since an hour before it."
    ),
]
Earlier = Annotated[
    float, typer.Option(min=0, help="Begin so many seconds before --since: losses are older than what people notice.")
]
Lag = Annotated[
    float, typer.Option(min=0, help="Seconds that replication is given before a payment counts as missing.")
]
BatchesKept = Annotated[
    bool, typer.Option("--batches-kept", help="The stream's failed batches are written down: judge without them.")
]
Exports = Annotated[
    str | None,
    typer.Option(help="Point-in-time exports of both replicas, instead of scans: a directory or s3://bucket/prefix."),
]
Accepted = Annotated[
    Path | None,
    typer.Option(help="The file of `dr accept`: findings that were judged count no more. By default beside journals."),
]
JournalsOption = Annotated[
    Path | None,
    typer.Option("--journals", envvar="DR_JOURNALS", help="Where journals are kept, and what was accepted."),
]
Audit = Annotated[
    Path | None, typer.Option(help="The audit trail, JSON lines; an existing one is continued. By default a new file.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: dr reconcile --since 2026-01-31T11:40 --repair")(reconcile)


@with_session
def reconcile(
    session: "Session",
    *,
    repair: Repair = False,
    write_logs: WriteLogs = False,
    reason: Reason = "",
    since: Since = None,
    earlier: Earlier = EARLIER_SECONDS,
    lag: Lag = LAG_SECONDS,
    batches_kept: BatchesKept = False,
    exports: Exports = None,
    accepted: Accepted = None,
    audit: Audit = None,
    journals: JournalsOption = None,
) -> int:
    """Compare both replicas, the transaction logs in both buckets and the queues: missing, conflicting, duplicated.

    The exit status is 0 when they agree, 1 when differences are left, 2 when none are known but a place or a payment
    could not be judged.
    """
    from operations.cli import reconcile as work

    return work.reconcile(
        session,
        repair=repair,
        write_logs=write_logs,
        reason=reason,
        since=since,
        earlier=earlier,
        lag=lag,
        batches_kept=batches_kept,
        exports=exports,
        accepted=accepted,
        audit=audit,
        journals=journals,
    )
