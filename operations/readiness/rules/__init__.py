"""Readiness rules, one per file: each module here defines a `RULE`.

The constructs import them for the operations role, so a rule imports only the standard library, the contract and
`operations.readiness.rule`; imports that are needed only for types go under `TYPE_CHECKING`.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from operations.readiness.rule import ReadinessRule, rule_of

RULES: Final[dict[str, ReadinessRule]] = {
    name: rule_of(import_module(f"{__name__}.{name}")) for name in sorted(each.name for each in iter_modules(__path__))
}
"""Every rule by the name of its file."""
