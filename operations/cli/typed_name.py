"""Asks for the environment's name before payers notice something: nobody types it by accident."""

import typer

from operations.cli.options import Session, asking
from operations.errors import UsageError


def name_typed(session: Session, *, about: str = "") -> bool:
    """Ask for the name, after what it is about; return whether it had to be asked for: `--yes` has answered already.

    Raises:
        UsageError: Another was typed, or nobody can be asked.
    """
    if session.yes:
        return False
    name = session.site.suffix
    with asking():
        typed = typer.prompt(f"{about}Type {name} to go on", err=True)
    if typed.strip() != name:
        raise UsageError(f"the environment's name must be typed to go on: {name}, got {typed}")
    return True
