"""Adds the deployment's options to the `dr` commands in texts, so that readers can type them as shown.

Texts name commands in backticks, without the options that select a deployment. Only this module adds those options,
except the ones that the reader's environment variables already set.
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
    """Return a `dr` command with the options appended (names and values in turn), and any other command unchanged.

    A command that already names a role keeps it.
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
    """Return a text unchanged: environment variables set all options."""
    return text
