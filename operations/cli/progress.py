"""Progress bars for long commands."""

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from operations.cli.session import Session


def progress(session: Session) -> Progress:
    """Return a progress display that shows tasks while it is entered."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=session.console, transient=True)
