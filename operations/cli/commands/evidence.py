"""`dr evidence`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from operations.cli.commands.reconcile import JournalsOption
from operations.cli.with_session import with_session

if TYPE_CHECKING:
    from operations.cli.session import Session

JournalArgument = Annotated[
    Path | None, typer.Argument(metavar="JOURNAL", help="The move's journal; by default the latest one.")
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: dr evidence")(evidence)


@with_session
def evidence(session: "Session", *, journal: JournalArgument = None, journals: JournalsOption = None) -> int:
    """Write down what payers saw of a move: answered, refused and queued by region and minute, and for how long nobody.

    It is measured from the deployment's own metrics, which arrive minutes late, and its transaction logs. Changes
    nothing; given again, it writes the same folder anew. The exit status is 3 while minutes are missing,
    or a region cannot be read.
    """
    from operations.cli.evidence import write_evidence

    return write_evidence(session, journal, journals)
