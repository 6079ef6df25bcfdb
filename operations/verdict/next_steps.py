"""Chooses the next command among those that the plans accept now."""

from contract.roles import Role
from operations.plans import preconditions
from operations.plans.failover import plan_failover
from operations.plans.plan import Plan
from operations.plans.stopping import plan_start
from operations.topology.model import Topology
from operations.topology.readings import Known, Unknown
from operations.verdict.model import NextStep
from operations.verdict.proof import PROVEN_SECONDS, proof_age

_WATCH = "dr status --watch"


def look_again(says: str) -> NextStep:
    """Return waiting as the next step."""
    return NextStep(command=_WATCH, says=says)


def end_closing(topology: Topology, owner: Role, *, says: str) -> NextStep:
    """Return the command that ends a closing: the owner opens, or else the other region takes over."""
    if isinstance(plan_start(topology), Plan):
        return NextStep(command="dr start", says=says)
    name = topology.site.regions[owner].name
    state = topology.regions[owner]
    if isinstance(state.control, Known) and state.health == Known(value=True):
        return NextStep(command="dr start --force", says=f"{says}; {name} is healthy, only its ticker says nothing")
    proof = proof_age(topology, owner)
    if isinstance(state.health, Unknown) and proof is not None and proof <= PROVEN_SECONDS:
        return look_again(f"{says}; {name} proves its fitness, only this machine does not reach it: ask from another")
    return leave(topology, owner, says=f"{says}; {name} is not known to be fit to open")


def end_stop(topology: Topology, owner: Role, *, says: str) -> NextStep:
    """Return the command that ends an operator's stop: only opening the owner is proposed."""
    step = end_closing(topology, owner, says=says)
    if step.command is None or step.command.startswith("dr start"):
        return step
    name, peer = (topology.site.regions[role].name for role in (owner, owner.peer))
    return look_again(
        f"{says}; {name} is not known to be fit to open: repair it first, then `dr start`; "
        f"`dr failover --to {peer} --force` ends the stop, too, and opens {peer}"
    )


def leave(topology: Topology, owner: Role, *, says: str) -> NextStep:
    """Return the command that moves the writer away from an owner that cannot serve."""
    peer = topology.site.regions[owner.peer].name
    if isinstance(plan_failover(topology, to=owner.peer), Plan):
        return NextStep(command=f"dr failover --to {peer}", says=says)
    is_fit = not preconditions.not_unfit(topology, owner.peer)
    if is_fit and isinstance(plan_failover(topology, to=owner.peer, force=True), Plan):
        return NextStep(command=f"dr failover --to {peer} --force", says=says)
    name = topology.site.regions[owner].name
    return look_again(f"repair {name} or {peer} first, whichever is quicker to repair: neither is fit")
