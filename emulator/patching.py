"""How the emulator changes what it stands on, where there are no extension points: named functions are replaced.

`emulator.seams` lists them all. What it stands on is compared with the list before anything is replaced, and the
replacements are compared with it afterwards, so that another version, or a replacement that nobody listed, ends the
emulator at its start and not in the middle of somebody's test.
"""

import importlib
import importlib.metadata
import inspect
from collections.abc import Callable, Iterable
from functools import update_wrapper
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from emulator.seams import SEAMS, Seam

Theirs = Any
"""Whatever MiniStack passes: it is published without type information."""

Answer = tuple[int, dict[str, Theirs], bytes]
"""How MiniStack answers a request: status, headers and body."""

_PACKAGE: Final = "emulator."
_LISTED: Final = frozenset(seam.reference for seam in SEAMS)
_replaced: Final[dict[str, list[str]]] = {}
"""Who has replaced what in this process, the first first."""


class SeamError(RuntimeError):
    """What the emulator stands on is not what it was written for; the text is one line that names it."""


def wrap(owner: ModuleType | type, name: str, around: Callable[[Theirs], Theirs]) -> None:
    """Replace a function of a module or a class by what `around` makes of it.

    Raises:
        SeamError: `emulator.seams` does not list it.
    """
    module = owner.__name__ if isinstance(owner, ModuleType) else owner.__module__
    reference = f"{module}:{name}" if isinstance(owner, ModuleType) else f"{module}:{owner.__qualname__}.{name}"
    if reference not in _LISTED:
        raise SeamError(f"{reference} is replaced, and emulator/seams.py does not list it")
    _replaced.setdefault(reference, []).append(_name(around))
    setattr(owner, name, around(getattr(owner, name)))


def instead(replacement: Callable[..., Theirs]) -> Callable[[Theirs], Theirs]:
    """Make a function take the place of another one altogether: for `wrap`."""

    def around(_original: Theirs) -> Theirs:
        return replacement

    return update_wrapper(around, replacement)


def silenced(_original: Theirs) -> Theirs:
    """Make a function do nothing: for `wrap`."""

    def nothing(*_arguments: Theirs, **_named: Theirs) -> None:
        return

    return nothing


def check_versions() -> None:
    """Check that MiniStack, and all else that is changed, has the version that it was written for.

    Raises:
        SeamError: One has another version; the first by name.
    """
    pinned = dict(line.split("==") for line in requirements())
    changed = {seam.reference.partition(".")[0] for seam in SEAMS}
    for name in sorted(changed & pinned.keys()):
        found = importlib.metadata.version(name)
        if found != pinned[name]:
            raise SeamError(f"{name} must have version {pinned[name]}, which emulator/seams.py describes, got {found}")


def requirements() -> list[str]:
    """Return what the emulator needs to be installed, as `name==version`."""
    lines = Path(__file__).with_name("requirements.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def check_seams(seams: Iterable[Seam] = SEAMS) -> None:
    """Check that all that will be replaced is there, and has the signature that its replacements expect.

    Raises:
        SeamError: One is not, or has another one; the first of the list.
    """
    for seam in seams:
        found = shape(_resolved(seam))
        if found != seam.signature:
            raise SeamError(f"{seam.reference} must have the signature {seam.signature}, got {found}")


def check_replacements(seams: Iterable[Seam] = SEAMS) -> None:
    """Check that everything listed has been replaced by those listed, in the order listed.

    Raises:
        SeamError: One has not; the first of the list.
    """
    for seam in seams:
        found = tuple(_replaced.get(seam.reference, ()))
        if found != seam.replaced_by:
            listed, did = ", ".join(seam.replaced_by), ", ".join(found) or "nobody"
            raise SeamError(f"{seam.reference} must be replaced by {listed}, got {did}")


def shape(value: Theirs) -> str:
    """Return a function's parameters and defaults, without types, or what kind of thing something else is.

    Types are left out: how they are printed differs between versions of Python.
    """
    if isinstance(value, ModuleType):
        return f"module {value.__name__}"
    if not callable(value):
        return type(value).__name__
    signature = inspect.signature(value)
    bare = [each.replace(annotation=each.empty) for each in signature.parameters.values()]
    text = str(signature.replace(parameters=bare, return_annotation=signature.empty))
    return f"async {text}" if inspect.iscoroutinefunction(value) else text


def _resolved(seam: Seam) -> Theirs:
    module, _, path = seam.reference.partition(":")
    try:
        found: Theirs = importlib.import_module(module)
        for name in path.split("."):
            found = getattr(found, name)
    except (ImportError, AttributeError) as error:
        raise SeamError(f"{seam.reference} must have the signature {seam.signature}, got nothing: {error}") from None
    return found


def _name(around: Callable[[Theirs], Theirs]) -> str:
    """Return who replaces something: the function that makes the replacement, from the emulator's folder on."""
    function = around.__qualname__.partition(".<locals>")[0]
    return f"{around.__module__.removeprefix(_PACKAGE)}.{function}"
