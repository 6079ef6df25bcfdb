"""What does not speak against a plan, but should be known before it begins."""

from collections.abc import Iterable

from operations.site import QueueKind, Role
from operations.topology.model import AlarmState, Topology
from operations.topology.readings import Known, Unknown


def warnings(topology: Topology, roles: Iterable[Role]) -> tuple[str, ...]:
    """Return what is red or unknown in regions."""
    return tuple(warning for role in roles for warning in _of(topology, role))


def held_in_queues(topology: Topology, role: Role) -> tuple[str, ...]:
    """Return which queues of a region hold payments that are stored nowhere yet, or may hold some."""
    region = topology.regions[role]
    return tuple(
        f"{depth.value.total if isinstance(depth, Known) else f'an unknown number ({depth.reason})'} "
        f"in the {kind.replace('_', ' ')} queue of {region.site.name}"
        for kind in (QueueKind.RETRY, QueueKind.DEAD_LETTER)
        for depth in [region.queues[kind]]
        if isinstance(depth, Unknown) or depth.value.total
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
