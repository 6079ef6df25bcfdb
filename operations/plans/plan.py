"""A plan (ordered steps) and a refusal (failed preconditions and their remedies)."""

from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from contract.roles import Role
from handlers.writer.item import ClosingKind, Writer
from operations.plans.steps import BreakGlass, ClosePlanned, OpenWriter, Step, TakeOver


class Purpose(StrEnum):
    """The purpose of a plan."""

    SWITCHOVER = "switchover"  # planned, loses nothing
    FAILOVER = "failover"  # not planned, the owner may be lost
    FAILBACK = "failback"  # a switchover to the primary, after comparing both regions
    STOP = "stop"  # no region takes payments
    START = "start"  # ends a stop
    AUTOMATIC = "automatic"  # unattended takeovers on or off
    BREAK_GLASS = "break-glass"  # one region stores without a quorum
    ROLL_BACK = "roll-back"  # undoes a planned closing


class Plan(BaseModel):
    """Ordered steps; each can be repeated, so that an interrupted plan can be resumed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    purpose: Purpose
    environment: str
    steps: tuple[Step, ...]
    warnings: tuple[str, ...] = ()
    """What does not speak against the plan but should be known."""
    expected: str = ""
    """For how long nobody will be able to pay while it is carried out; empty where it closes and opens nothing."""
    notes: tuple[str, ...] = ()
    """What to expect while it runs and afterwards."""
    before: Writer | None
    """The writer as it was when the plan was made: the first change is made only on this epoch. None without a quorum,
    which only break glass does without."""

    @property
    def route(self) -> tuple[Role, Role] | None:
        """Return source and destination; None if the region that stored last stays the owner."""
        for step in self.steps:
            match step:
                case ClosePlanned():
                    return step.source, step.destination
                case TakeOver():
                    return step.to.peer, step.to
                case BreakGlass():
                    return step.of.peer, step.of
                case OpenWriter() if self.before is not None and self.before.kind is ClosingKind.TAKEOVER:
                    return step.of.peer, step.of
        return None

    def goes_like(self, other: "Plan") -> bool:
        """Return whether another plan has the same steps and starts from the same epoch."""
        return self.steps == other.steps and self.before == other.before


@dataclass(frozen=True)
class Obstacle:
    """A precondition that is not met: the finding and its remedy."""

    precondition: str
    found: str
    remedy: str
    about: tuple[Role, ...] = ()
    """The regions whose silence would explain it."""
    kind: str = ""
    """What several obstacles have in common that mean the same; empty for one of its own kind."""

    def __str__(self) -> str:
        return f"{self.precondition}: {self.found}; {self.remedy}"


@dataclass(frozen=True)
class Refusal:
    """The reason for no plan: every precondition that fails, not only the first."""

    purpose: Purpose
    environment: str
    obstacles: tuple[Obstacle, ...]
    already: Writer | None = None
    """The writer, where it is already what the plan would make it: there is nothing to do."""
