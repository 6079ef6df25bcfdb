"""Judges whether the region that may take payments is lost, from its own answers and both tickers' records."""

from dataclasses import dataclass
from enum import Enum, auto

from contract.deadlines import PROOF_STALE_SECONDS
from contract.roles import Role
from operations.timestamps import for_people
from operations.topology.model import Topology
from operations.topology.readings import Known, Unknown
from operations.verdict.model import TrafficSituation
from operations.verdict.proof import PROVEN_SECONDS, proof_age


class Belief(Enum):
    """The tickers' view of a loss, because a read from one machine alone proves nothing."""

    CONFIRMED = auto()
    DENIED = auto()
    NO_TICKER = auto()


@dataclass(frozen=True)
class Loss:
    """The evidence that a region is lost, as seen from this machine."""

    situation: TrafficSituation
    says: str
    belief: Belief
    tickers: str = ""
    """What a ticker says against it, or why none tells."""


def loss_of(topology: Topology, owner: Role) -> Loss | None:
    """Return why the region that may take payments seems not to, or None."""
    seen = _seen_from_here(topology, owner) or _api_lost(topology, owner)
    if seen is None:
        return None
    situation, says = seen
    belief, tickers = _belief(topology, owner, situation)
    return Loss(situation, says, belief, tickers)


def out_of_reach(topology: Topology, owner: Role) -> str:
    """Return the payments that the loss of a region leaves behind."""
    name, heartbeat = topology.site.regions[owner].name, topology.regions[owner.peer].heartbeats[owner]
    if isinstance(heartbeat, Unknown):
        return f"payments that {name} acknowledged last may be missing until it returns, since when is unknown"
    return f"payments that {name} acknowledged after {for_people(heartbeat.value.at)} may be missing until it returns"


def _seen_from_here(topology: Topology, owner: Role) -> tuple[TrafficSituation, str] | None:
    state, name = topology.regions[owner], topology.site.regions[owner].name
    if not state.answers:
        return TrafficSituation.SERVING_LOST, f"{name} does not answer"
    if state.health == Known(value=True):  # which needs the control table
        return None
    if isinstance(state.control, Unknown) and isinstance(state.remembered, Known):
        return TrafficSituation.SERVING_CUT_OFF, f"{name} has no quorum"
    if state.health == Known(value=False):
        return TrafficSituation.SERVING_UNFIT, f"{name} is UNHEALTHY"
    return None


def _api_lost(topology: Topology, owner: Role) -> tuple[TrafficSituation, str] | None:
    """Return a loss if the tables answer but the API does not, and the region has stopped proving its fitness."""
    state, proof = topology.regions[owner], proof_age(topology, owner)
    if isinstance(state.health, Known) or proof is None or proof < PROOF_STALE_SECONDS:
        return None
    if isinstance(state.ticker, Known) and state.ticker.value.is_heard and state.ticker.value.is_fit:
        return None
    return TrafficSituation.SERVING_LOST, f"{state.site.name}'s API does not answer ({state.health.reason})"


def _belief(topology: Topology, owner: Role, situation: TrafficSituation) -> tuple[Belief, str]:
    own, proof = topology.regions[owner].ticker, proof_age(topology, owner)
    if situation is TrafficSituation.SERVING_UNFIT and isinstance(own, Known) and own.value.is_heard:
        if not own.value.is_fit and proof is None:
            return Belief.CONFIRMED, ""
        if own.value.is_fit and own.value.age <= PROVEN_SECONDS and (proof is None or proof < PROOF_STALE_SECONDS):
            return Belief.DENIED, "its own ticker finds it fit"
    peer = topology.regions[owner.peer]
    if proof is None:
        why = peer.ticker.reason if isinstance(peer.ticker, Unknown) else "silent, or it has seen nothing yet"
        return Belief.NO_TICKER, f"{peer.site.name}'s ticker cannot be read ({why})"
    if proof > PROVEN_SECONDS:
        return Belief.CONFIRMED, ""
    return Belief.DENIED, f"{peer.site.name}'s ticker saw it prove its fitness {proof:.0f} s ago"
