"""Replaces attributes of modules and classes for a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def patched(owner: object, **replacements: Any) -> Iterator[None]:  # noqa: ANN401 -- whatever the owner holds
    """Replace attributes of a module or a class."""
    before = {name: vars(owner)[name] for name in replacements}
    for name, replacement in replacements.items():
        setattr(owner, name, replacement)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(owner, name, value)
