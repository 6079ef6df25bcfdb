"""Asks for the environment's name, or a whole sentence, before payers notice something: nobody types it by accident."""

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


def sentence_typed(sentence: str) -> bool:
    """Ask for a sentence, which `--yes` does not answer; return that it had to be asked for.

    Raises:
        UsageError: Another was typed, or nobody can be asked.
    """
    try:
        typed = typer.prompt(f"Type this to go on: {sentence}\n", err=True, prompt_suffix="")
    except (typer.Abort, EOFError):
        raise UsageError(f"standard input must hold the sentence: {sentence}") from None
    if " ".join(typed.split()) != sentence:
        raise UsageError(f"the sentence must be typed to go on: {sentence}, got {typed}")
    return True
