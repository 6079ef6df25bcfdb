"""How far a long command has come."""

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from operations.cli.session import Session


def progress(session: Session) -> Progress:
    """Return what shows tasks for as long as it is entered."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=session.console, transient=True)
