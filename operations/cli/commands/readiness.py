"""`dr readiness`."""

from typing import TYPE_CHECKING, Annotated

import typer

from operations.cli.with_session import with_session

if TYPE_CHECKING:
    from operations.cli.session import Session

All = Annotated[bool, typer.Option("--all", "-a", help="List the checks that pass, too.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: dr readiness --all")(readiness)


@with_session
def readiness(session: "Session", *, all_: All = False) -> int:
    """Judge whether the other region is fit to take over, and change nothing.

    Shows the checks that fail or are unknown, and what ends each. The exit status is 0 when every check passes, 1 when
    one fails, and 2 when none fails but one is unknown (or the command was misused).
    """
    from operations.cli.readiness import show_readiness

    return show_readiness(session, passes=all_)
