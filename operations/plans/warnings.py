"""Warnings that do not prevent a plan, but that the operator should know first."""

from collections.abc import Iterable

from contract.outputs import QueueKind
from contract.roles import Role
from operations.topology.model import AlarmState, Topology
from operations.topology.readings import Known, Unknown


def warnings(topology: Topology, roles: Iterable[Role]) -> tuple[str, ...]:
    """Return the warnings about what is red or unknown in regions."""
    return tuple(warning for role in roles for warning in _of(topology, role))


def held_in_queues(topology: Topology, role: Role) -> tuple[str, ...]:
    """Return the queues of a region that hold, or may hold, payments that are not stored yet."""
    region = topology.regions[role]
    return tuple(
        f"{depth.value.total if isinstance(depth, Known) else f'an unknown number ({depth.reason})'} "
        f"in the {kind.replace('_', ' ')} queue of {region.site.name}"
        for kind in (QueueKind.RETRY, QueueKind.DEAD_LETTER)
        for depth in [region.queues[kind]]
        if isinstance(depth, Unknown) or depth.value.total
    )


def dns_warnings(topology: Topology, source: Role) -> tuple[str, ...]:
    """Return a warning if DNS does not answer with the region that serves; none without a domain."""
    if topology.dns is None:
        return ()
    answered = topology.dns.value.role if isinstance(topology.dns, Known) else topology.dns
    if answered == Known(source):
        return ()
    found = (
        topology.site.regions[answered.value].name if isinstance(answered, Known) else f"unknown ({answered.reason})"
    )
    return (f"DNS answers with {found}, not {topology.site.regions[source].name}",)


def reverse_warnings(topology: Topology, source: Role, destination: Role) -> tuple[str, ...]:
    """Return a warning if replication back to the source is slow or unknown, because a return needs it."""
    lag = topology.lag.get((destination, source), Unknown("it was not read"))
    way = f"{topology.site.regions[destination].name} → {topology.site.regions[source].name}"
    if isinstance(lag, Unknown):
        return (f"the replication lag {way} is unknown ({lag.reason})",)
    return (
        (f"the replication lag {way} is {lag.value:.1f} s",)
        if lag.value > topology.site.replication_lag_threshold_seconds
        else ()
    )


def dead_letters_note(topology: Topology, source: Role) -> str:
    """Return what happens to the source's dead letters."""
    return (
        f"what waits in {topology.site.regions[source].name}'s retry queue is forwarded once that region works; "
        "`dr redrive` returns what its dead letter queue holds"
    )


def _of(topology: Topology, role: Role) -> Iterable[str]:
    region = topology.regions[role]
    if isinstance(region.health, Unknown):
        yield f"the health of {region.site.name} is unknown ({region.health.reason})"
    if isinstance(region.alarms, Unknown):
        yield f"the alarms of {region.site.name} are unknown ({region.alarms.reason})"
        return
    red = [alarm.name for alarm in region.alarms.value if alarm.state is AlarmState.ALARM]
    if red:
        yield f"in ALARM: {', '.join(red)}"
