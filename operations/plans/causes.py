"""The obstacles of a refusal as people read them: what has one cause is told once, with what ends it."""

from collections.abc import Iterator, Sequence

from operations.plans.plan import Obstacle, Purpose, Refusal
from operations.site import Role
from operations.topology.model import Topology
from operations.topology.readings import Known, Unknown


def told_once(refusal: Refusal, topology: Topology) -> list[Obstacle]:
    """Return the causes of a refusal: a region that does not answer explains all that is about it."""
    silent = [role for role in Role if _is_silent(topology, role)]
    explained = [each for each in refusal.obstacles if set(each.about) & set(silent)]
    others = [each for each in refusal.obstacles if each not in explained]
    causes = [_silence(topology, role) for role in silent if any(role in each.about for each in explained)]
    return [*causes, *_merged(others, refusal.purpose)]


def _merged(obstacles: Sequence[Obstacle], purpose: Purpose) -> Iterator[Obstacle]:
    """Put those together that say the same: replication has not caught up."""
    told: set[str] = set()
    for each in obstacles:
        if not each.kind:
            yield each
        elif each.kind not in told:
            told.add(each.kind)
            same = [other for other in obstacles if other.kind == each.kind]
            if len(same) == 1:
                yield each
            else:
                found = "; ".join(f"{other.precondition}, is {other.found}" for other in same)
                waits = f"`dr wait ready-for-{purpose}` waits until it has"
                yield Obstacle("replication must have caught up", found, waits)


def _is_silent(topology: Topology, role: Role) -> bool:
    state = topology.regions[role]
    return not any(isinstance(each, Known) for each in (state.control, state.remembered, state.owns, state.health))


def _silence(topology: Topology, role: Role) -> Obstacle:
    name, peer = (topology.site.regions[each].name for each in (role, role.peer))
    control = topology.regions[role].control
    reason = f" ({control.reason})" if isinstance(control, Unknown) else ""
    if topology.owner is role:
        remedy = f"`dr failover --to {peer}` leaves it, if {peer} has not taken over by itself"
    else:
        remedy = f"wait until it is back; nothing has to move while {peer} serves"
    return Obstacle(f"{name} must answer", f"it is not reached from here{reason}", remedy)
