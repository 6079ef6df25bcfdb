"""Decides whether the standby takes over by itself; pure, so that the whole table of cases can be tested.

No automatic failback, and quiet during a deployment (FACTS 8.2); what is not known is no reason to act (FACTS 8.3).
"""

from dataclasses import dataclass

from handlers.control import Heartbeat


@dataclass(frozen=True)
class Configuration:
    """When the standby takes over by itself."""

    automatic_takeover: bool
    peer_dead_after_seconds: float
    local_payments_within_seconds: float


@dataclass(frozen=True)
class Memory:
    """What the sentinel remembers between runs: the release it last ran as, and the one for which it is armed."""

    running_release: str = ""
    armed_release: str = ""
    peer_seen_healthy_at: str = ""

    @property
    def armed(self) -> bool:
        """Tell whether the peer was seen healthy, running this release, since this release runs here."""
        return bool(self.armed_release) and self.armed_release == self.running_release


@dataclass(frozen=True)
class Observation:
    """What the standby sees; ages in seconds, None where there is nothing to see."""

    armed: bool
    own_fenced: bool
    peer_fenced: bool
    heartbeat_age: float | None
    activity_age: float | None
    peer_answers: bool


@dataclass(frozen=True)
class Decision:
    """Whether to fence the primary, and why (not)."""

    fence: bool
    reason: str


def decide(seen: Observation, configuration: Configuration) -> Decision:
    """Fence the primary only if everything speaks for it: it is dead by two signs, and payments arrive here."""
    obstacles = (
        (not configuration.automatic_takeover, "automatic takeover is off"),
        (seen.own_fenced, "the own region is fenced"),
        (seen.peer_fenced, "the primary is fenced already"),
        (not seen.armed, "not armed: the primary has not been seen healthy with this release"),
        (
            not _exceeds(seen.heartbeat_age, configuration.peer_dead_after_seconds),
            "the primary's heartbeat is not stale",
        ),
        (not _within(seen.activity_age, configuration.local_payments_within_seconds), "no payments arrive here"),
        (seen.peer_answers, "the primary's endpoint answers"),
    )
    for stands, reason in obstacles:
        if stands:
            return Decision(fence=False, reason=reason)
    return Decision(
        fence=True,
        reason=f"automatic takeover: no heartbeat for {seen.heartbeat_age:.0f} s, endpoint dead, payments arrive here",
    )


def remember(
    memory: Memory,
    *,
    release: str,
    heartbeat: Heartbeat | None,
    heartbeat_age: float | None,
    dead_after: float,
    now: str,
) -> Memory:
    """Arm once the peer is seen healthy with the own release; disarm when either side runs another one."""
    if memory.running_release != release:
        memory = Memory(running_release=release)
    if heartbeat is None or heartbeat_age is None or heartbeat.release != release:
        return Memory(running_release=release)
    if not memory.armed and heartbeat_age <= dead_after:
        return Memory(running_release=release, armed_release=release, peer_seen_healthy_at=now)
    return memory


def _exceeds(age: float | None, limit: float) -> bool:
    return age is not None and age > limit


def _within(age: float | None, limit: float) -> bool:
    return age is not None and age <= limit
