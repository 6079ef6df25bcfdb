"""How the emulator changes what it stands on, where there are no extension points: named functions are replaced."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

Theirs = Any
"""Whatever MiniStack passes: it is published without type information."""

Answer = tuple[int, dict[str, Theirs], bytes]
"""How MiniStack answers a request: status, headers and body."""


def wrap(owner: ModuleType | type, name: str, around: Callable[[Theirs], Theirs]) -> None:
    """Replace a function of a module or a class by what `around` makes of it.

    Raises:
        AttributeError: There is no such function any more, so the change must be thought through again.
    """
    setattr(owner, name, around(getattr(owner, name)))


def silenced(_original: Theirs) -> Theirs:
    """Make a function do nothing: for `wrap`."""

    def nothing(*_arguments: Theirs, **_named: Theirs) -> None:
        return

    return nothing
