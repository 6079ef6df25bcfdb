"""The commands of a verdict as whoever asked must type them: with the options that the shell does not stand for."""

import re
import shlex
from collections.abc import Sequence

from operations.verdict.model import TrafficVerdict

_QUOTED = re.compile(r"`(dr [^`]+)`")
_COMMAND = re.compile(r"(?:^| )dr ")


def with_options(verdict: TrafficVerdict, options: Sequence[str]) -> TrafficVerdict:
    """Return the verdict in which each command of `dr` has these options, so that it acts on the same deployment."""
    if not options:
        return verdict
    more = shlex.join(options)
    step = verdict.next
    command = step.command
    if command is not None and _COMMAND.search(command):
        command = f"{command} {more}"
    says = _QUOTED.sub(lambda found: f"`{found[1]} {more}`", step.says)
    return verdict.model_copy(update={"next": step.model_copy(update={"command": command, "says": says})})
