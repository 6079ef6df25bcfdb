"""Commands of `dr` that texts name, as whoever reads them must type them.

Texts name commands in backticks and without the options that lead to a deployment; here, and nowhere else, they get
those that the reader's shell does not stand for.
"""

import re
import shlex
from collections.abc import Callable, Sequence

Typed = Callable[[str], str]
"""Returns a text whose commands have their options."""

_QUOTED = re.compile(r"`((?:DR_ROLE=\S+ )?dr(?: [^`]+)?)`")
_COMMAND = re.compile(r"(?:DR_ROLE=\S+ )?dr(?: |$)")
_NAMES_ROLE = re.compile(r"^DR_ROLE=| --role\b")
_ROLE = "--role"


def typed_command(command: str, options: Sequence[str]) -> str:
    """Return a command with options (names and values in turn) behind it; one that is none of `dr` stays as it is.

    A command that names a role keeps it.
    """
    if not _COMMAND.match(command):
        return command
    names_role = _NAMES_ROLE.search(command) is not None
    pairs = zip(options[::2], options[1::2], strict=True)
    more = [word for name, value in pairs if not (names_role and name == _ROLE) for word in (name, value)]
    return f"{command} {shlex.join(more)}" if more else command


def typed_text(text: str, options: Sequence[str]) -> str:
    """Return a text in which each command of `dr` in backticks has the options."""
    return _QUOTED.sub(lambda found: f"`{typed_command(found[1], options)}`", text) if options else text


def as_written(text: str) -> str:
    """Return a text as it is: the shell stands for all options."""
    return text
