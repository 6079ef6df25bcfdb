"""Asks for the environment's name, or a whole sentence, before payers notice something: nobody types it by accident."""

import typer

from operations.cli.session import Session, asking
from operations.errors import OperatorCancelledError, UsageError


def name_typed(session: Session, about: str = "") -> bool:
    """Ask for the name, after what it is about; return whether it had to be asked for: `--yes` has answered already.

    Raises:
        UsageError: Another was typed, or nobody can be asked.
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
    """Ask for a sentence, which `--yes` does not answer; return that it had to be asked for.

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
