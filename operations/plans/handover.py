"""The hand-over of the right to write from one region to the other: the core of every planned move, in both directions.

Who may write, instant by instant: the source until its fence has arrived and settled; then, unless the destination was
open all along, nobody while the last payments drain; then the destination. DNS answers the primary while its fence is
clear and it is healthy, and the standby otherwise: setting the primary's fence moves DNS, and so does clearing it.

An open standby takes payments only from where DNS leads to it, which is later than the primary's fence by two probes of
the takeover check: `preconditions.MAX_LAG_SECONDS` is chosen so that the primary has settled and drained by then.
"""

from operations.plans.plan import FenceState
from operations.plans.preconditions import MAX_LAG_SECONDS
from operations.plans.steps import (
    AwaitDns,
    AwaitFence,
    AwaitPayment,
    AwaitTakeover,
    ClearFence,
    Drain,
    OutliveAnswers,
    SetFence,
    Settle,
    Step,
)
from operations.site import Role
from operations.topology.model import Topology
from operations.topology.readings import Known, Reading

LATENCIES_TO_DRAIN = 10
"""How many times the recent maximum of the latency to wait (FACTS 1.11)."""

ANSWER_TTL_SECONDS = 60.0
"""How long resolvers keep an alias record's answer (FACTS 2.12)."""

QUIET_SECONDS = 120.0
"""How long to look for a first payment before a quiet region is accepted."""


def hand_over(
    topology: Topology, *, source: Role, destination: Role, closed: bool, pays: bool = False
) -> tuple[Step, ...]:
    """Return the steps after which the destination may write and is answered by DNS, and the standby is open.

    Args:
        topology: The site, and how fast it replicates.
        source: The region that may write now.
        destination: The region that takes over.
        closed: Whether the destination is fenced, or may be.
        pays: Whether to make the first payment oneself.
    """
    opening = (ClearFence(of=destination), AwaitFence(of=destination, fenced=False))
    reopening = (ClearFence(of=source), AwaitFence(of=source, fenced=False))
    return (
        SetFence(of=source),
        AwaitFence(of=source, fenced=True),
        Settle(of=source),
        Drain(source=source, destination=destination, seconds=_drain_seconds(topology, source, destination)),
        *(opening if closed else ()),
        *see_traffic(topology, destination, pays=pays),
        # The standby's door opens last, once no resolver leads there; shut, it would fail the next failover.
        *(_outlive(topology, source) if source is Role.STANDBY else ()),
        *(reopening if source is Role.STANDBY else ()),
    )


def see_traffic(topology: Topology, serving: Role, *, pays: bool) -> tuple[Step, ...]:
    """Return the steps that watch the clients arrive in a region; without a domain they choose it themselves."""
    moved = AwaitTakeover(taken_over=serving is Role.STANDBY)
    payment = AwaitPayment(serving=serving, within=QUIET_SECONDS, pays=pays)
    return (moved, payment) if topology.dns is None else (moved, AwaitDns(answering=serving), payment)


def fences_before(topology: Topology) -> dict[Role, FenceState] | None:
    """Return both fences as the standby's replica holds them; None if it does not tell."""
    readings = {role: topology.fence(role, seen_by=Role.STANDBY) for role in Role}
    known = {role: reading.value for role, reading in readings.items() if isinstance(reading, Known)}
    if len(known) < len(readings):
        return None
    return {role: FenceState(fenced=fence.fenced, epoch=fence.epoch) for role, fence in known.items()}


def parked_note(topology: Topology, role: Role) -> str:
    """Tell what a long fence does to payments that were accepted but not stored yet."""
    return (
        f"what waits in {topology.site.regions[role].name}'s retry queue while the region is fenced is parked in its "
        "dead letter queue after some ten minutes (5 attempts, 120 s apart): `dr redrive` returns it once it is open"
    )


def _drain_seconds(topology: Topology, source: Role, destination: Role) -> float:
    lag: Reading[float] | None = topology.lag.get((source, destination))
    latency = lag.value if isinstance(lag, Known) else MAX_LAG_SECONDS
    return round(LATENCIES_TO_DRAIN * latency, 1)


def _outlive(topology: Topology, role: Role) -> tuple[Step, ...]:
    return () if topology.dns is None else (OutliveAnswers(answering=role, seconds=ANSWER_TTL_SECONDS),)
