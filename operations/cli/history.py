"""`dr history`: who changed the writer, when and why, epoch by epoch."""

import json
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from operations.cli.exit_status import DONE, FAILED
from operations.cli.options import Output, Session, with_session
from operations.errors import OperationError
from operations.topology.document import plain
from operations.topology.quorum import without_quorum
from operations.topology.read import read_topology
from operations.topology.readings import Known, Unknown
from operations.topology.words import author_of, moment, state_of
from operations.topology.writer_history import HistoricEpoch, read_history

_PATIENCE_SECONDS = 5.0
_DEFAULT_EPOCHS = 20

Last = Annotated[int, typer.Option("--last", min=1, max=500, help="How many epochs.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(history)


@with_session
def history(session: Session, *, last: Last = _DEFAULT_EPOCHS) -> int:
    """Show the last epochs of the writer, newest first: who made them, when and why, and when each region saw them.

    The exit status is 1 when no epoch can be read.
    """
    topology = read_topology(session.site, session.aws, session.surroundings, session.clock, seconds=_PATIENCE_SECONDS)
    if topology.writer == Known(None):
        raise OperationError("nobody has created the writer yet")
    epochs = read_history(topology, session.aws, epochs=last)
    if session.output is Output.JSON:
        print(json.dumps([plain(each) for each in epochs], indent=2))
    else:
        if isinstance(topology.writer, Unknown):
            session.console.print(
                f"The newest may be missing: {without_quorum(topology)}", style="yellow", markup=False
            )
        session.console.print(_table(epochs))
    return DONE if epochs else FAILED


def _table(epochs: list[HistoricEpoch]) -> Table:
    table = Table("epoch", "at", "who", "writer", "why", "seen", box=None, pad_edge=False, header_style="bold")
    for each in epochs:
        seen = ", ".join(f"{region} {at[11:19]}" for region, at in each.seen_at.items())
        if isinstance(each.writer, Unknown):
            cells = (str(each.epoch), "", "", f"unknown: {each.writer.reason}", "", seen)
        else:
            writer = each.writer.value
            cells = (str(each.epoch), moment(writer), author_of(writer), state_of(writer), writer.reason, seen)
        table.add_row(*map(Text, cells))
    return table
