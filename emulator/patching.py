"""How the emulator changes MiniStack, which offers no extension points: named functions are replaced, in one way."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

Theirs = Any
"""Whatever MiniStack passes: it is published without type information."""


def wrap(module: ModuleType, name: str, around: Callable[[Theirs], Theirs]) -> None:
    """Replace a module's function by what `around` makes of it.

    Raises:
        AttributeError: MiniStack has no such function any more, so the change must be thought through again.
    """
    setattr(module, name, around(getattr(module, name)))
