"""Completion in bash, zsh and fish: the shell asks `dr` itself, with the line so far in the environment."""

from collections.abc import Mapping

OPTIONS = frozenset({"--install-completion", "--show-completion"})

_VARIABLE = "_DR_COMPLETE"
"""Typer's name, made of the program's."""
_LINES = ("COMP_WORDS", "_TYPER_COMPLETE_ARGS")
"""bash's, and that of the others."""


def words_to_complete(environ: Mapping[str, str]) -> list[str] | None:
    """Return the words after the program's name that a shell wants completed; None if no shell asks."""
    if _VARIABLE not in environ:
        return None
    line = next((environ[name] for name in _LINES if name in environ), "")
    return line.split()[1:]
