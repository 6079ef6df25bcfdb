"""`dr copies`."""

from typing import TYPE_CHECKING, Annotated

import typer

from operations.cli.with_session import with_session

if TYPE_CHECKING:
    from operations.cli.session import Session

WhichRegion = Annotated[
    str | None, typer.Option("--region", help="Only what this region's bucket has not copied: a region, or its role.")
]
Before = Annotated[
    str | None, typer.Option(help="Only objects written before this day or moment (UTC); by default all until now.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Count what would be copied, and copy nothing.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: dr copies --region us-east-1 --dry-run")(copies)


@with_session
def copies(session: "Session", *, region: WhichRegion = None, before: Before = None, dry_run: DryRun = False) -> int:
    """Copy the objects again that a bucket has failed to copy, or that are older than its replication rule.

    S3 counts them first, which takes minutes, and copies them once you agree. Ctrl-C ends the counting; a job that
    copies goes on in S3.

    The exit status is 0 when nothing is left to copy, 1 when something is or when a region could not be counted.
    """
    from operations.cli import copies as work

    return work.copies(session, region=region, before=before, dry_run=dry_run)
