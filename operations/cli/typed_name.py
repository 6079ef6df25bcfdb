"""Asks the operator to type the environment's name, or a whole sentence, before an action that payers notice."""

import typer

from operations.cli.session import Session, asking
from operations.errors import OperatorCancelledError, UsageError


def name_typed(session: Session, about: str = "") -> bool:
    """Print what it is about and ask for the environment's name, unless `--yes` is given; return whether it asked.

    Raises:
        UsageError: Another name was typed, or there is no terminal to ask at.
    """
    if session.yes:
        return False
    name = session.site.suffix
    with asking():
        typed = typer.prompt(f"{about}{_line(about)}Type {name} to go on (Ctrl-C changes nothing)", err=True)
    if typed.strip() != name:
        raise UsageError(f"nothing was changed: the environment's name must be typed to go on: {name}, got {typed}")
    return True


def sentence_typed(sentence: str, about: str = "") -> bool:
    """Ask for a sentence, even with `--yes`; return True, because it always asks.

    Raises:
        UsageError: Another was typed, or nobody can be asked.
    """
    try:
        asked = f"{about}{_line(about)}Type this to go on (Ctrl-C changes nothing): {sentence}\n"
        typed = typer.prompt(asked, err=True, prompt_suffix="")
    except (typer.Abort, EOFError, OSError) as error:
        if isinstance(error.__context__, KeyboardInterrupt):
            raise OperatorCancelledError from None
        raise UsageError(f"standard input must hold the sentence: {sentence}") from None
    if " ".join(typed.split()) != sentence:
        raise UsageError(f"nothing was changed: the sentence must be typed to go on: {sentence}, got {typed}")
    return True


def _line(about: str) -> str:
    return "\n" if about and not about.endswith("\n") else ""
