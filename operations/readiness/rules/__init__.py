"""Readiness rules, one a file: each module here holds a `RULE`."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from operations.readiness.rule import ReadinessRule

RULES: Final[dict[str, ReadinessRule]] = {
    name: import_module(f"{__name__}.{name}").RULE for name in sorted(each.name for each in iter_modules(__path__))
}
"""Every rule by the name of its file."""
