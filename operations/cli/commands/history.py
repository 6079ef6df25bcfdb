"""`dr history`."""

from typing import TYPE_CHECKING, Annotated

import typer

from operations.cli.with_session import with_session

if TYPE_CHECKING:
    from operations.cli.session import Session

_DEFAULT_EPOCHS = 20
_MOST_EPOCHS = 500

Last = Annotated[
    int | None,
    typer.Option(
        min=1, max=_MOST_EPOCHS, help=f"How many epochs; by default {_DEFAULT_EPOCHS}, with --since {_MOST_EPOCHS}."
    ),
]
Since = Annotated[str | None, typer.Option(help="Only what was changed since then: a day or a moment, in UTC.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: dr history --since 2026-01-31T12:00")(history)


@with_session
def history(session: "Session", *, last: Last = None, since: Since = None) -> int:
    """Show the last changes of the writer, newest first: who made them, when, why, and for how long nobody could store.

    They are read from the site's control table. The exit status is 1 when no epoch can be read.
    """
    from operations.cli.history import show_history

    return show_history(session, most=last or (_DEFAULT_EPOCHS if not since else _MOST_EPOCHS), since=since)
