"""Adds the deployment's options to a verdict's commands."""

from collections.abc import Sequence

from operations.typed_commands import typed_command, typed_text
from operations.verdict.model import TrafficVerdict


def with_options(verdict: TrafficVerdict, options: Sequence[str]) -> TrafficVerdict:
    """Return the verdict in which each command of `dr` has these options."""
    if not options:
        return verdict
    step = verdict.next
    command = None if step.command is None else typed_command(step.command, options)
    return verdict.model_copy(
        update={
            "risks": tuple(typed_text(each, options) for each in verdict.risks),
            "next": step.model_copy(update={"command": command, "says": typed_text(step.says, options)}),
        }
    )
