"""What a release will do, in order: which version goes where, and how long each share is watched."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from contract.environment import Function
from contract.releases import ChangedAnswer
from contract.roles import Role
from handlers.releases.item import Placement
from operations.plans.plan import Obstacle
from operations.site import Site
from operations.verdict.words import duration

PROLONGED = 3
"""A bake that knows too little lasts up to so many times as long; then the release is undone."""


class ReleaseStepKind(StrEnum):
    """What a step does."""

    COMPARE = "compare"  # canary payments by both versions, in the region that does not serve
    MOVE = "move"  # the region's aliases, and its API with the whole
    BAKE = "bake"  # watch


@dataclass(frozen=True)
class ReleaseStep:
    """One step."""

    kind: ReleaseStepKind
    role: Role
    share: float = 1.0
    seconds: float = 0.0
    """How long a bake lasts, in emulated seconds."""

    def says(self, site: Site) -> str:
        """Return the step in words."""
        name = site.regions[self.role].name
        if self.kind is ReleaseStepKind.COMPARE:
            return f"canary payments in {name}, by the version before and the new one: answers and items compared"
        if self.kind is ReleaseStepKind.MOVE:
            share = "everything" if self.share >= 1 else f"{percent(self.share)} of the invocations"
            return f"move {share} in {name} to the new versions"
        return f"watch {name} for {duration(self.seconds)}, at {percent(self.share)}"


@dataclass(frozen=True)
class VersionMove:
    """One function's version in one region, now and then."""

    role: Role
    function: Function
    before: str
    after: str


@dataclass(frozen=True)
class ReleasePlan:
    """What is going to be moved, and how."""

    environment: str
    idle: Role
    """The region that does not serve: it comes first."""
    serving: Role
    epoch: int
    """The writer's: if it changes, the release is undone."""
    before: Placement
    after: Placement
    """The API's deployments are still those of before: new ones are made when the release begins."""
    moves: tuple[VersionMove, ...]
    steps: tuple[ReleaseStep, ...]
    changed_answers: tuple[ChangedAnswer, ...] = ()
    warnings: tuple[str, ...] = ()
    ringing: tuple[str, ...] = ()
    """The alarms that ring already, which do not end the release."""

    @property
    def seconds(self) -> float:
        """Return how long the bakes last if nothing prolongs them."""
        return sum(step.seconds for step in self.steps)


@dataclass(frozen=True)
class ReleaseRefusal:
    """Why a release may not begin: every precondition that fails."""

    environment: str
    obstacles: tuple[Obstacle, ...]


@dataclass(frozen=True)
class ReleaseWishes:
    """What the command line asks for."""

    shares: tuple[float, ...]
    bake_seconds: float
    versions: Mapping[Function, str]
    """Others than the newest."""
    api: bool = False
    """Whether to go on though no function has a new version: for the API's definition alone."""


def steps_of(idle: Role, serving: Role, wishes: ReleaseWishes, moves: Iterable[VersionMove]) -> tuple[ReleaseStep, ...]:
    """Return the steps: the region that does not serve, then the other one share by share.

    Shares are of functions' invocations: an API's deployment alone has none.
    """
    move, bake = ReleaseStepKind.MOVE, ReleaseStepKind.BAKE
    shares = wishes.shares if any(each.before != each.after for each in moves if each.role is serving) else ()
    parts = [(idle, 1.0), *((serving, share) for share in (*shares, 1.0))]
    return (
        ReleaseStep(ReleaseStepKind.COMPARE, idle),
        *(
            step
            for role, share in parts
            for step in (ReleaseStep(move, role, share), ReleaseStep(bake, role, share, wishes.bake_seconds))
        ),
    )


def percent(share: float) -> str:
    """Return a share as people write it."""
    return f"{share:.4g}" if share > 1 else f"{share * 100:.4g} %"
