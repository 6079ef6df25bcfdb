"""The next command, chosen among those that the plans accept now."""

from operations.plans import preconditions
from operations.plans.failover import plan_failover
from operations.plans.plan import Plan
from operations.plans.stopping import plan_start
from operations.site import Role
from operations.topology.model import Topology
from operations.topology.readings import Known
from operations.verdict.model import NextStep

_WATCH = "dr status --watch"


def look_again(says: str) -> NextStep:
    """Return that waiting is the next step."""
    return NextStep(command=_WATCH, says=says)


def end_closing(topology: Topology, owner: Role, *, says: str) -> NextStep:
    """Return the command that ends a closing: the owner opens, or else the other region serves."""
    if isinstance(plan_start(topology), Plan):
        return NextStep(command="dr start", says=says)
    name = topology.site.regions[owner].name
    state = topology.regions[owner]
    if isinstance(state.control, Known) and state.health == Known(value=True):
        return NextStep(command="dr start --force", says=f"{says}; {name} is healthy, only its ticker says nothing")
    return leave(topology, owner, says=f"{name} is not fit to open")


def leave(topology: Topology, owner: Role, *, says: str) -> NextStep:
    """Return the command that lets the other region serve instead of an owner that cannot."""
    peer = topology.site.regions[owner.peer].name
    if isinstance(plan_failover(topology, to=owner.peer), Plan):
        return NextStep(command=f"dr failover --to {peer}", says=says)
    is_fit = not preconditions.not_unfit(topology, owner.peer)
    if is_fit and isinstance(plan_failover(topology, to=owner.peer, force=True), Plan):
        return NextStep(command=f"dr failover --to {peer} --force", says=says)
    name = topology.site.regions[owner].name
    return look_again(f"mend {name} or {peer} first, whichever is nearer to working: neither is fit")
