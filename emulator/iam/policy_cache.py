# ruff: noqa: SLF001 — MiniStack offers no public seams
"""IAM policies are read once, not for every request, log write and look at a queue.

Everything is remembered by a policy's text and not by who has it, so that a change takes effect at once.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

from ministack.core import iam_evaluator

from emulator.patching import Theirs, wrap

_MOST_DOCUMENTS: Final = 1_024
_MOST_QUESTIONS: Final = 16_384


class Statements(list[Theirs]):
    """The statements of one policy, which nobody changes; told apart by identity, so that what they say is a key."""

    __hash__ = object.__hash__  # type: ignore[assignment]  # a list has none
    __eq__ = object.__eq__


def install() -> None:
    """Remember what policies say, and which of their statements are about an action and a resource."""
    wrap(iam_evaluator, "parse_policy_document", remembered)
    wrap(iam_evaluator, "evaluate", narrowed)


def remembered(original: Callable[[Theirs], list[Theirs]]) -> Callable[[Theirs], list[Theirs]]:
    """Return the statements of a policy, the same ones for the same text."""

    @lru_cache(_MOST_DOCUMENTS)
    def known(document: str) -> Statements:
        return Statements(original(document))

    return lambda document: known(document) if isinstance(document, str) else original(document)


def narrowed(original: Callable[..., Theirs]) -> Callable[..., Theirs]:
    """Evaluate the statements that are about the action and the resource; their conditions are evaluated each time."""

    def evaluate(context: Theirs, *layers: list[list[Theirs]]) -> Theirs:
        asked = context.action, context.resource_arn
        return original(context, *([_about(*asked, each) for each in layer] for layer in layers))

    return evaluate


def _about(action: str, resource: str, statements: list[Theirs]) -> list[Theirs]:
    return _remembered_about(action, resource, statements) if isinstance(statements, Statements) else statements


@lru_cache(_MOST_QUESTIONS)
def _remembered_about(action: str, resource: str, statements: Statements) -> list[Theirs]:
    return [
        each
        for each in statements
        if iam_evaluator._action_matches(action, each.actions, each.not_actions)
        and iam_evaluator._resource_matches(resource, each.resources, each.not_resources)
    ]
