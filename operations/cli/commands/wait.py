"""`dr wait`."""

from typing import TYPE_CHECKING, Annotated

import typer

from operations.cli.with_session import with_session
from operations.readiness.awaited_move import AwaitedMove

if TYPE_CHECKING:
    from operations.cli.session import Session

For = Annotated[AwaitedMove, typer.Argument(metavar="CONDITION", help="The move that is to be possible.")]
Within = Annotated[
    str | None, typer.Option(help="Give up after this time, such as 90s, 10m or 2h; by default only at Ctrl-C.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: dr wait ready-for-failback --within 30m && dr failback")(wait)


@with_session
def wait(session: "Session", *, condition: For, within: Within = None) -> int:
    """Wait until a failback or a switchover can begin: the preconditions of its plan hold. Changes nothing.

    Shows what is waited for, what ends it, and when it is expected to end. The exit status is 0 when the move can
    begin, 1 when it cannot within the time given, 2 when there is nothing to wait for, and 130 after Ctrl-C.
    """
    from operations.cli.wait import wait_until_ready

    return wait_until_ready(session, condition, within)
