"""What must hold before traffic moves; what is not known does not hold (FACTS 8.3)."""

from collections.abc import Callable
from typing import TypeVar

from operations.clock import at_least
from operations.plans.plan import Obstacle
from operations.site import QueueKind, Role
from operations.topology.model import Topology
from operations.topology.readings import Known, Reading, Unknown

MAX_LAG_SECONDS = 5.0
"""Replication slower than this has not settled.

DNS leaves the primary two probe intervals (20 s) after its fence at the earliest. Until then the fence must have
arrived there and settled (8 s), and the last payments must have come back: twice the lag and 8 s, with a reserve.
"""

MAX_HEARTBEAT_AGE_SECONDS = 120.0
"""Heartbeats come each minute: older than two, and the region that should send them does not live or is not heard."""

_EMULATOR_SECONDS = 2.0
"""What the work of an emulator on a busy machine adds to a lag, in real seconds, which a faster clock multiplies."""

T = TypeVar("T")
R = TypeVar("R")


def fence(topology: Topology, of: Role, *, fenced: bool, remedy: str) -> list[Obstacle]:
    """Require that both replicas hold a fence like this."""
    wanted = "fenced" if fenced else "open"
    readings = {
        replica: _map(topology.fence(of, seen_by=replica), lambda held: "fenced" if held.fenced else "open")
        for replica in Role
    }
    return [
        Obstacle(
            f"{_name(topology, of)} must be {wanted}",
            f"{_told(reading)} in {_name(topology, replica)}'s replica",
            remedy,
        )
        for replica, reading in readings.items()
        if reading != Known(wanted)
    ]


def telling(topology: Topology, replica: Role, *, remedy: str) -> list[Obstacle]:
    """Require that a region's replica tells both fences."""
    unknown = next((each for each in topology.regions[replica].fences.values() if isinstance(each, Unknown)), None)
    if unknown is None:
        return []
    return [Obstacle(f"{_name(topology, replica)}'s replica must tell both fences", _told(unknown), remedy)]


def healthy(topology: Topology, role: Role, *, remedy: str = "mend the region first") -> list[Obstacle]:
    """Require that a region's endpoint and replica answer."""
    reading = topology.regions[role].health
    if reading == Known(value=True):
        return []
    found = "it is unhealthy" if isinstance(reading, Known) else _told(reading)
    return [Obstacle(f"{_name(topology, role)} must be healthy", found, remedy)]


def replicating(topology: Topology, source: Role, destination: Role) -> list[Obstacle]:
    """Require that replication is known to be fast, by its metric and by the source's heartbeat in the destination."""
    way = f"{_name(topology, source)} → {_name(topology, destination)}"
    lag = topology.lag.get((source, destination), Unknown("it was not read"))
    most = at_least(MAX_LAG_SECONDS, real=_EMULATOR_SECONDS, scale=topology.time_scale)
    heartbeat = _map(topology.regions[destination].heartbeats[source], lambda seen: seen.age)
    return [
        *_at_most(lag, most, f"the replication lag {way}", "wait until it has settled"),
        *_at_most(
            heartbeat,
            MAX_HEARTBEAT_AGE_SECONDS,
            f"the age of {_name(topology, source)}'s heartbeat in {_name(topology, destination)}",
            f"see to the heartbeat function in {_name(topology, source)}",
        ),
    ]


def empty(topology: Topology, role: Role, *kinds: QueueKind) -> list[Obstacle]:
    """Require that queues of a region hold nothing, as far as their counts tell yet (FACTS 4.8).

    What they do not tell is not lost: in a fenced region it waits in the queue, or is parked for `dr redrive`.
    """
    remedies = {QueueKind.RETRY: "wait until it is worked off", QueueKind.DEAD_LETTER: "`dr redrive`, or judge each"}
    return [
        Obstacle(
            f"the {kind.replace('_', ' ')} queue of {_name(topology, role)} must be empty",
            _told(reading),
            remedies.get(kind, "judge each message"),
        )
        for kind in kinds
        for reading in [_map(topology.regions[role].queues[kind], lambda depth: depth.total)]
        if reading != Known(0)
    ]


def answering(topology: Topology, role: Role, remedy: str) -> list[Obstacle]:
    """Require that DNS answers with a region; without a domain clients choose, and nothing is required."""
    if topology.dns is None:
        return []
    reading = topology.dns.value.role if isinstance(topology.dns, Known) else topology.dns
    if reading == Known(role):
        return []
    found = f"it answers {_name(topology, reading.value)}" if isinstance(reading, Known) else _told(reading)
    return [Obstacle(f"DNS must answer {_name(topology, role)}", found, remedy)]


def _at_most(reading: Reading[float], limit: float, what: str, remedy: str) -> list[Obstacle]:
    if isinstance(reading, Known) and reading.value <= limit:
        return []
    found = f"{reading.value:.1f} s" if isinstance(reading, Known) else _told(reading)
    return [Obstacle(f"{what} must be at most {limit:g} s", found, remedy)]


def _name(topology: Topology, role: Role) -> str:
    return topology.site.regions[role].name


def _map(reading: Reading[T], of: Callable[[T], R]) -> Reading[R]:
    return Known(of(reading.value)) if isinstance(reading, Known) else reading


def _told(reading: Reading[T]) -> str:
    return str(reading.value) if isinstance(reading, Known) else f"unknown ({reading.reason})"
