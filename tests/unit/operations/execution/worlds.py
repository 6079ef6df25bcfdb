"""A site in the mind: two replicas with a lag, heartbeats, health checks and clients with stale DNS; time is its own.

It watches what no plan may ever bring about, at every second.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from handlers.deadlines import FENCE_SETTLE_SECONDS
from handlers.payments.fence import Fence, FenceChange
from handlers.runtime import timestamp
from operations.execution.controls import NotToldError, Receipt
from operations.site import Role
from operations.topology.model import Heartbeat, Topology
from operations.topology.readings import Known
from tests.unit.operations.plans.topologies import NAMES, SITE, topology, with_region, without

START = 1_800_000_000.0
TTL_SECONDS = 60
HEARTBEAT_SECONDS = 60
LONG_AGO = -1_000

T = TypeVar("T")


class InterruptionError(BaseException):
    """The operator's machine is gone."""


@dataclass
class World:
    """Two regions; seconds are whole ones, and so are lags."""

    lag: int = 1
    detection: int = 25
    """How long health checkers take to agree: two to three intervals of 10 s."""
    phase: int = 0
    """When in each minute heartbeats are written."""
    scale: float = 1.0
    regions_ahead: int = 0
    """How far the regions' clocks are ahead of the operator's."""
    site = SITE
    now: int = 0
    interrupt_at: int | None = None
    """Which touch of the world is the last one."""
    after_it: bool = False
    """Whether that touch still takes effect."""
    touches: int = 0
    history: dict[Role, list[tuple[int, Fence]]] = field(
        default_factory=lambda: {role: [(LONG_AGO, Fence(NAMES[role]))] for role in Role}
    )
    """Each region's fence in the standby's replica, and from which second on."""
    dns: Role = Role.PRIMARY
    """What is answered."""
    last_answered: dict[Role, int] = field(default_factory=lambda: {Role.PRIMARY: 0, Role.STANDBY: LONG_AGO})
    """When each region was answered last."""
    lost_at: int | None = None
    """Since when the primary is gone: what had not arrived there by then does not."""

    @property
    def clock(self) -> "World":
        """The world is its own clock."""
        return self

    # --- The clock. ---

    def time(self) -> float:
        """Return the real time."""
        return START + self.now

    def monotonic(self) -> float:
        """Return seconds since the beginning."""
        return float(self.now)

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self._touch(lambda: self.pass_(math.ceil(seconds)))

    def pass_(self, seconds: int) -> None:
        """Let whole seconds pass, and look at each of them."""
        for _ in range(seconds):
            self.now += 1
            since, fence = self.history[Role.PRIMARY][-1]
            if self.now - since >= self.detection:  # else the checkers do not agree yet, and DNS stays where it is
                self.dns = Role.STANDBY if fence.fenced or self.is_lost else Role.PRIMARY
            self.last_answered[self.dns] = self.now
            self._look()

    # --- The controls. ---

    def fence(self, of: Role, *, seen_by: Role) -> Fence:
        """Read a fence; the primary's replica is behind."""
        self._require(seen_by)
        return self._touch(lambda: self.held(of, seen_by))

    def set_fence(self, of: Role) -> FenceChange:
        """Set a fence in the standby's replica."""
        return self._touch(lambda: self._change(of, fenced=True))

    def clear_fence(self, of: Role) -> FenceChange:
        """Clear a fence in the standby's replica."""
        return self._touch(lambda: self._change(of, fenced=False))

    def heartbeat_at(self, of: Role, *, seen_by: Role) -> float:
        """Return the last heartbeat that has arrived, by the clock of the region that wrote it."""
        self._require(seen_by)
        until = self.now - (0 if of is seen_by else self.lag)
        if of is Role.PRIMARY and self.lost_at is not None:
            until = min(until, self.lost_at - self.lag)
        beat = (until - self.phase) // HEARTBEAT_SECONDS * HEARTBEAT_SECONDS + self.phase
        return self._touch(lambda: START + self.regions_ahead + beat)

    def paid_at(self, role: Role) -> float:
        """Return when a payment last began in a region: somebody pays each second, wherever DNS leads."""
        self._require(role)
        if role is not self.dns or not self.may_write(role):
            raise NotToldError("no payment")
        return self._touch(self.time)

    def waiting_in(self, role: Role) -> int:
        """Return what waits in the retry queue: nothing."""
        self._require(role)
        return self._touch(lambda: 0)

    def taken_over(self) -> bool:
        """Return what `/takeover` says."""
        return self._touch(lambda: self.held(Role.PRIMARY, Role.STANDBY).fenced)

    def answered(self) -> Role:
        """Return what DNS says."""
        return self._touch(lambda: self.dns)

    def pay(self) -> Receipt:
        """Pay where DNS leads."""
        if not self.may_write(self.dns):
            raise NotToldError("503")
        return self._touch(lambda: Receipt("drill-1", self.dns))

    # --- What is true. ---

    def held(self, of: Role, replica: Role) -> Fence:
        """Return a fence as a replica holds it."""
        return self._arrived(of, replica)[1]

    def may_write(self, role: Role) -> bool:
        """Return whether a region can store a payment that it is sent now."""
        if role is Role.PRIMARY and self.is_lost:
            return False
        arrived, fence = self._arrived(role, role)
        return not fence.fenced or self.now < arrived + FENCE_SETTLE_SECONDS

    def is_reached(self, role: Role) -> bool:
        """Return whether a client may still have a DNS answer that leads to a region."""
        return self.now - self.last_answered[role] < TTL_SECONDS

    def topology(self) -> Topology:
        """Return what would be read."""
        seen = topology(serving=self.dns, lag=self.lag, read_at=self.time())
        for role in Role:
            seen = with_region(
                seen,
                role,
                fences={of: Known(self.held(of, role)) for of in Role},
                heartbeats=dict.fromkeys(Role, Known(Heartbeat(self.time(), 0, "r"))),
            )
        return without(seen, Role.PRIMARY) if self.is_lost else seen

    @property
    def is_lost(self) -> bool:
        """Whether the primary is gone."""
        return self.lost_at is not None

    def _require(self, role: Role) -> None:
        if role is Role.PRIMARY and self.is_lost:
            raise NotToldError(f"{NAMES[role]}: no connection")

    def _arrived(self, of: Role, replica: Role) -> tuple[int, Fence]:
        lag = self.lag if replica is Role.PRIMARY else 0
        return next((at + lag, fence) for at, fence in reversed(self.history[of]) if at + lag <= self.now)

    def _look(self) -> None:
        for role in Role:
            if self.is_lost or not (self.may_write(role) and self.is_reached(role) and self.is_reached(role.peer)):
                continue  # what a lost region had not sent is lost for now, whatever anybody does
            assert not self.may_write(role.peer), f"both regions store payments at {self.now}"
            arrived, _ = self._arrived(role.peer, role.peer)
            drained = arrived + FENCE_SETTLE_SECONDS + self.lag
            assert self.now >= drained, f"payments are on their way to {role} at {self.now}"

    def _change(self, of: Role, *, fenced: bool) -> FenceChange:
        before = self.held(of, Role.STANDBY)
        if before.fenced is fenced:
            return FenceChange(before, changed=False)
        after = replace(before, fenced=fenced, epoch=before.epoch + 1, at=timestamp(self.time()), by="test")
        self.history[of].append((self.now, after))
        return FenceChange(after, changed=True)

    def _touch(self, act: Callable[[], T]) -> T:
        self.touches += 1
        last = self.touches == self.interrupt_at
        if last and not self.after_it:
            raise InterruptionError
        result = act()
        if last:
            raise InterruptionError
        return result
