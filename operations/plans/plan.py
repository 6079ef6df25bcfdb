"""A plan (what to do, in order) and a refusal (which preconditions fail, and how to mend each)."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from operations.plans.steps import Drain, Step
from operations.site import Role


class Purpose(StrEnum):
    """What a plan is for, in the field's words."""

    SWITCHOVER = "switchover"  # planned, loses nothing
    FAILOVER = "failover"  # not planned, the primary may be gone
    FAILBACK = "failback"  # the way back of either
    ROLL_BACK = "roll-back"  # back to the fences of before an interrupted one


class FenceState(BaseModel):
    """A region's fence when a plan was made."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    fenced: bool
    epoch: int


class Plan(BaseModel):
    """Ordered steps; each can be repeated, so that an interrupted plan goes on where it was."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    purpose: Purpose
    environment: str
    steps: tuple[Step, ...]
    warnings: tuple[str, ...] = ()
    """What does not speak against the plan but should be known."""
    notes: tuple[str, ...] = ()
    """What to expect while it runs and afterwards."""
    before: Mapping[Role, FenceState]
    """The fences as the standby's replica held them: what a roll back returns to."""

    def goes_like(self, other: "Plan") -> bool:
        """Return whether another plan takes the same steps, however long it drains: lag is never quite the same."""
        return [_undrained(step) for step in self.steps] == [_undrained(step) for step in other.steps]


def _undrained(step: Step) -> Step:
    return step.model_copy(update={"seconds": 0.0}) if isinstance(step, Drain) else step


@dataclass(frozen=True)
class Obstacle:
    """A precondition that is not met: what was found, and what to do about it."""

    precondition: str
    found: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.precondition}: {self.found}; {self.remedy}"


@dataclass(frozen=True)
class Refusal:
    """Why there is no plan: every precondition that fails, not only the first."""

    purpose: Purpose
    environment: str
    obstacles: tuple[Obstacle, ...]
