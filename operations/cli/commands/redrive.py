"""`dr redrive`."""

from typing import TYPE_CHECKING, Annotated

import typer

from operations.cli.with_session import with_session
from operations.errors import UsageError

if TYPE_CHECKING:
    from operations.cli.session import Session

SLOWEST, FASTEST = 0.1, 1000
"""Messages a second."""

WhichRegion = Annotated[str, typer.Argument(metavar="REGION", help="Whose dead letters: a region, or its role.")]
Rate = Annotated[
    float, typer.Option(min=SLOWEST, max=FASTEST, help="Messages a second: the table and others need air.")
]
Ids = Annotated[list[str] | None, typer.Option("--id", help="Only this transaction id or message id; repeatable.")]
OlderThan = Annotated[str | None, typer.Option(help="Only payments first queued longer ago: 90s, 10m, 2h, 3d.")]
Contains = Annotated[
    list[str] | None, typer.Option(help="Only payments with this value in a field, as currency=EUR; repeatable.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be redriven, and change nothing.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: dr redrive primary --older-than 10m --dry-run")(redrive)


@with_session
def redrive(
    session: "Session",
    *,
    region: WhichRegion,
    rate: Rate = 10,
    ids: Ids = None,
    older_than: OlderThan = None,
    contains: Contains = None,
    dry_run: DryRun = False,
) -> int:
    """Send parked payments to the retry queue of the region that serves; repeating it stores nothing twice.

    The exit status is 0 when everything that was selected is sent, 1 when something was left because of a problem, when
    others held messages or when it ended early, 2 when no region is known to serve and nothing was begun.
    """
    from operations.cli import redrive as work

    if not SLOWEST <= rate <= FASTEST:  # which not-a-number is not
        raise UsageError(f"--rate must be from {SLOWEST} to {FASTEST} messages a second, got {rate}")
    return work.redrive(session, region, rate=rate, ids=ids, older_than=older_than, contains=contains, dry_run=dry_run)
