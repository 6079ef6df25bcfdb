"""A readiness rule in one file: its name, what it reads in a region, how it judges that, and the rights it needs.

Standard library only: the constructs import this module for the operations role.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from operations.aws import Aws
    from operations.site import RegionSite, Site

DEPLOY = "deploy again: `./run deploy`"
"""The remedy for whatever a deployment sets."""


class Readable(StrEnum):
    """The sources that a rule may read in a region."""

    ALARM_TOPIC = "alarm topic"
    BUCKET = "bucket"
    CONTROL_TABLE = "control table"
    FUNCTIONS = "functions"
    PAYMENTS_TABLE = "payments table"
    QUEUES = "queues"
    TABLES = "both tables"


@dataclass(frozen=True, kw_only=True)
class ReadinessRule:
    """One check of each region; what cannot be read is unknown and never passes."""

    check: str
    """What is checked; the region's name follows."""
    read: "Callable[[Site, RegionSite, Aws], Any]"
    """Makes one call and returns a fact, or raises."""
    problem: Callable[[Any], str]
    """Returns what is wrong; an empty text if nothing is."""
    fine: Callable[[Any], str]
    """Returns what was found when nothing is wrong."""
    remedy: str
    """What ends the problem."""
    rights: Mapping[str, Readable]
    """The IAM actions that reading takes, and on what."""


class NoRuleError(TypeError):
    """A file of the folder `rules` holds no rule; the text names the file."""


def rule_of(module: ModuleType) -> ReadinessRule:
    """Return the rule that a file holds.

    Raises:
        NoRuleError: It holds none.
    """
    rule = getattr(module, "RULE", None)
    if not isinstance(rule, ReadinessRule):
        raise NoRuleError(f"{module.__name__.replace('.', '/')}.py must hold a ReadinessRule named RULE")
    return rule
