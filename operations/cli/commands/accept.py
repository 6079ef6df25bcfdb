"""`dr accept`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from operations.cli.commands.reconcile import Accepted, JournalsOption
from operations.cli.with_session import with_session

if TYPE_CHECKING:
    from operations.cli.session import Session

Wanted = Annotated[str, typer.Argument(metavar="FINDING", help="The payment's id, or the digest's first digits.")]
Why = Annotated[str, typer.Option(help="The reason, recorded with your name.")]
Seen = Annotated[
    Path | None,
    typer.Option(help="The audit trail of the comparison that found it. By default the latest one."),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog='Example: dr accept 7f3c-0012 --reason "paid once, says the customer"')(accept)


@with_session
def accept(
    session: "Session",
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
    from operations.cli import accept as work

    return work.accept(session, finding=finding, reason=reason, audit=audit, accepted=accepted, journals=journals)
