"""Replaces what shipped modules take from outside, by reference and wherever it was imported to, and undoes it."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import _lru_cache_wrapper
from typing import Any

from simulation.kernel.loop import current_process

_PACKAGES = ("handlers.", "client.", "operations.")
_FUNCTIONS = "handlers."

Replacements = list[tuple[object, object]]
"""Originals, each with what takes its place."""


@contextmanager
def replaced(replacements: Replacements) -> Iterator[None]:
    """Replace objects in every module of the shipped packages that is loaded; functions that cache, cache by process.

    A module's cache stands for what one execution environment keeps, and here many share a module.
    """
    by_id = {id(original): replacement for original, replacement in replacements}
    undo: list[tuple[dict[str, Any], str, Any]] = []
    for module_name, module in sorted(sys.modules.items()):
        if module is None or not module_name.startswith(_PACKAGES):
            continue
        names = vars(module)
        for name, value in list(names.items()):
            if id(value) in by_id:
                new: Any = by_id[id(value)]
            elif isinstance(value, _lru_cache_wrapper) and module_name.startswith(_FUNCTIONS):
                new = CachedByProcess(value)
            else:
                continue
            undo.append((names, name, value))
            names[name] = new
    try:
        yield
    finally:
        for names, name, value in undo:
            names[name] = value


class CachedByProcess:
    """A function whose results are remembered for each process apart."""

    def __init__(self, original: Any) -> None:  # noqa: ANN401 -- functools' type has no useful one
        self._run = original.__wrapped__

    def __call__(self, *arguments: Any) -> Any:  # noqa: ANN401
        """Return what the function returned for this process and these arguments."""
        cache = current_process().cache
        key = (self._run, arguments)
        try:
            return cache[key]
        except KeyError:
            pass  # what the function raises itself has nothing to do with it
        found = cache[key] = self._run(*arguments)
        return found
