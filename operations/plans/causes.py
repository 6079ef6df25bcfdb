"""Merges the obstacles of a refusal for people: each cause once, with its remedy."""

from collections.abc import Iterator, Sequence

from contract.roles import Role
from handlers.writer.item import ClosingKind
from operations.plans.plan import Obstacle, Purpose, Refusal
from operations.topology.model import Topology
from operations.topology.readings import Known, Unknown


def merged_causes(refusal: Refusal, topology: Topology) -> list[Obstacle]:
    """Return the causes of a refusal: a region that does not answer explains all its other obstacles."""
    silent = [role for role in Role if not topology.regions[role].answers]
    explained = [each for each in refusal.obstacles if set(each.about) & set(silent)]
    others = [each for each in refusal.obstacles if each not in explained]
    causes = [
        _silence(topology, role, about)
        for role in silent
        if (about := [each for each in explained if role in each.about])
    ]
    return [*causes, *_merged(others, refusal.purpose)]


def _merged(obstacles: Sequence[Obstacle], purpose: Purpose) -> Iterator[Obstacle]:
    """Merge the obstacles that mean the same: replication has not caught up."""
    seen: set[str] = set()
    for each in obstacles:
        if not each.kind:
            yield each
        elif each.kind not in seen:
            seen.add(each.kind)
            same = [other for other in obstacles if other.kind == each.kind]
            if len(same) == 1:
                yield each
            else:
                found = "; ".join(f"{other.precondition}, is {other.found}" for other in same)
                waits = f"`dr wait ready-for-{purpose}` waits until it has"
                yield Obstacle("replication must have caught up", found, waits)


def _silence(topology: Topology, role: Role, explained: Sequence[Obstacle]) -> Obstacle:
    name, peer = (topology.site.regions[each].name for each in (role, role.peer))
    control = topology.regions[role].control
    reason = f" ({control.reason})" if isinstance(control, Unknown) else ""
    if topology.owner is role:
        remedy = _leaving(topology, peer)
    elif topology.serving is role.peer and topology.regions[role.peer].health == Known(value=True):
        remedy = f"wait until it is back; nothing has to move while {peer} serves"
    else:
        forced = [each.remedy for each in explained if "--force" in each.remedy]
        remedy = next(iter(forced), "wait until it is back")
    return Obstacle(f"{name} must answer", f"it is not reached from here{reason}", remedy)


def _leaving(topology: Topology, peer: str) -> str:
    """Return the command that moves away from a silent owner, and whether a ticker may be faster."""
    writer = topology.writer.value if isinstance(topology.writer, Known) else None
    if writer is not None and writer.kind is ClosingKind.HELD:
        return f"`dr failover --to {peer} --force` leaves it: nothing is taken over while the writer is held"
    forced = " --force" if writer is not None and writer.kind is ClosingKind.TAKEOVER else ""
    leave = f"`dr failover --to {peer}{forced}` leaves it"
    if writer is not None and not writer.automatic:
        return f"{leave}: automatic takeover is off"
    return f"{leave}, if {peer} has not taken over by itself"
