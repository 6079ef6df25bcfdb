"""Readiness rules, one a file: each module here holds a `RULE`.

The constructs import them for the operations role: beside the standard library, a rule imports the contract and
`operations.readiness.rule` alone, and what it only names in its types under `TYPE_CHECKING`.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from operations.readiness.rule import ReadinessRule, rule_of

RULES: Final[dict[str, ReadinessRule]] = {
    name: rule_of(import_module(f"{__name__}.{name}")) for name in sorted(each.name for each in iter_modules(__path__))
}
"""Every rule by the name of its file."""
