"""Prints a text behind a label, as moves and releases print their outcome."""

from rich.console import Console
from rich.table import Table
from rich.text import Text


def print_labelled(console: Console, label: str, text: str, *, style: str = "") -> None:
    """Print a text behind a label; on a terminal, continuation lines are indented below the text's beginning."""
    if not console.is_terminal:  # a file gets unwrapped lines
        console.print(Text(f"{label}{text}", style=style), soft_wrap=True)
        return
    if not label:
        console.print(Text(text, style=style))
        return
    grid = Table.grid()
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    grid.add_row(Text(label, style=style), Text(text, style=style))
    console.print(grid)
