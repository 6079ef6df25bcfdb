"""The verdict while the writer is open: does its region really take payments, and what would follow if it did not."""

from handlers.runtime import timestamp
from handlers.writer.item import Writer
from operations.moments import for_people
from operations.site import Role
from operations.topology.model import SILENT_TICKER_SECONDS, RegionState, Topology
from operations.topology.quorum import quorum_of
from operations.topology.readings import Known, Unknown
from operations.topology.words import author_of
from operations.verdict.concerns import Concern, concerns, takeover_obstacle
from operations.verdict.model import NextStep, TrafficAlert, TrafficSituation, TrafficVerdict
from operations.verdict.next_steps import leave, look_again
from operations.verdict.words import duration, since

_PROVEN_SECONDS = 5.0
"""A region proves its fitness every two seconds; a proof that is older tells nothing of now."""

_SEVERITY = (TrafficAlert.ATTENTION, TrafficAlert.UNKNOWN)


def judge_open(topology: Topology, writer: Writer, owner: Role, opened_at: str | None) -> TrafficVerdict:
    """Return the verdict while the writer is open in a region.

    Args:
        topology: What was read.
        writer: The writer.
        owner: The role of its region.
        opened_at: When the region began to serve, if that is older than the writer's last change.
    """
    at = opened_at or writer.at
    lost = _lost(topology, owner)
    proof = proof_age(topology, owner)
    if lost is not None and (proof is None or proof > _PROVEN_SECONDS):
        return _judge_lost(topology, writer, owner, lost, proof)
    found = sorted(concerns(topology, writer, owner), key=lambda each: _SEVERITY.index(each.alert))
    doubt = _doubt(topology, owner) if lost is None else _proven(topology, owner, lost[1], proof or 0.0)
    if doubt is not None:  # whether payments are taken at all comes before all that could follow
        found.insert(0, doubt)
    worst = found[0] if found else _fine(topology, owner)
    return TrafficVerdict(
        situation=worst.situation,
        alert=worst.alert,
        takes_payments=writer.region,
        since=at or None,
        automatic=writer.automatic,
        says=_headline(topology, writer, at),
        risks=tuple(each.risk for each in found),
        next=worst.step,
    )


def proof_age(topology: Topology, owner: Role) -> float | None:
    """Return how long ago the peer's ticker saw the owner prove its fitness, in real seconds; None if unknown.

    Tickers see that in the control table, whatever this machine reaches.
    """
    ticker = topology.regions[owner.peer].ticker
    if isinstance(ticker, Unknown) or ticker.value.age > SILENT_TICKER_SECONDS or ticker.value.memory.peer_count < 0:
        return None
    return ticker.value.memory.peer_age + ticker.value.age


def _judge_lost(
    topology: Topology,
    writer: Writer,
    owner: Role,
    lost: tuple[TrafficSituation, str],
    proof: float | None,
) -> TrafficVerdict:
    situation, says = lost
    stands = "" if proof is None else f" since {for_people(topology.read_at - proof)} ({duration(proof)})"
    return TrafficVerdict(
        situation=situation,
        alert=TrafficAlert.OUTAGE,
        takes_payments=None,
        since=None if proof is None else timestamp(topology.read_at - proof),
        automatic=writer.automatic,
        says=f"NOBODY takes payments{stands}: {says}, and no other region may",
        risks=(out_of_reach(topology, owner), *_cut_off(topology, owner, situation)),
        next=_leaving(topology, writer, owner),
    )


def _cut_off(topology: Topology, owner: Role, situation: TrafficSituation) -> list[str]:
    return [quorum_of(topology, owner)] if situation is TrafficSituation.SERVING_CUT_OFF else []


def _proven(topology: Topology, owner: Role, lost: str, proof: float) -> Concern:
    """Return the doubt where the owner looks lost from here, and proves to its peer that it is not."""
    peer = topology.site.regions[owner.peer].name
    risk = f"{lost}; but {peer}'s ticker saw it prove its fitness {proof:.0f} s ago, so payments are probably taken"
    step = look_again(f"if it goes on, this machine's network is the matter, or {peer} takes over within a minute")
    return Concern(TrafficSituation.DOUBTFUL, TrafficAlert.UNKNOWN, risk, step)


def _headline(topology: Topology, writer: Writer, at: str) -> str:
    took = since(at, now=topology.read_at)
    by = "" if at != writer.at else f", by {author_of(writer)}{f': {writer.reason}' if writer.reason else ''}"
    pinned = "automatic takeover on" if writer.automatic else "pinned: automatic takeover is OFF"
    return f"{writer.region} takes payments {took}{by}; {pinned}"


def _lost(topology: Topology, owner: Role) -> tuple[TrafficSituation, str] | None:
    """Return why the region that may take payments does not, if so."""
    state, name = topology.regions[owner], topology.site.regions[owner].name
    if not any(isinstance(each, Known) for each in (state.control, state.remembered, state.owns, state.health)):
        return TrafficSituation.SERVING_LOST, f"{name} does not answer"
    if isinstance(state.control, Unknown) and isinstance(state.remembered, Known):
        return TrafficSituation.SERVING_CUT_OFF, f"{name} has no quorum"
    if state.health == Known(value=False):
        return TrafficSituation.SERVING_UNFIT, f"{name} is UNHEALTHY"
    return None


def out_of_reach(topology: Topology, owner: Role) -> str:
    """Return what the loss of a region leaves behind."""
    name, heartbeat = topology.site.regions[owner].name, topology.regions[owner.peer].heartbeats[owner]
    if isinstance(heartbeat, Unknown):
        return f"payments that {name} acknowledged last may be missing until it returns, since when is unknown"
    return f"payments that {name} acknowledged after {for_people(heartbeat.value.at)} may be missing until it returns"


def _leaving(topology: Topology, writer: Writer, owner: Role) -> NextStep:
    peer = topology.site.regions[owner.peer].name
    obstacle = takeover_obstacle(topology, writer, owner.peer)
    if obstacle is None:
        return leave(topology, owner, says=f"if {peer} has not taken over by itself within a minute")
    return leave(topology, owner, says=f"{peer} does not take over by itself: {obstacle}")


def _doubt(topology: Topology, owner: Role) -> Concern | None:
    """Return what keeps it from being known that the owner takes payments."""
    state, name = topology.regions[owner], topology.site.regions[owner].name
    doubts = [
        *([f"{name}'s health is unknown ({state.health.reason})"] if isinstance(state.health, Unknown) else []),
        *([f"{name} says that it does not own the writer"] if state.owns == Known(value=False) else []),
        *_ticker_doubt(state),
    ]
    if not doubts:
        return None
    step = NextStep(command="dr status", says=f"then pay as payers do: that decides whether {name} takes payments")
    return Concern(TrafficSituation.DOUBTFUL, TrafficAlert.UNKNOWN, "; ".join(doubts), step)


def _ticker_doubt(state: RegionState) -> list[str]:
    if isinstance(state.ticker, Known) and state.ticker.value.age <= SILENT_TICKER_SECONDS:
        return [] if state.ticker.value.is_fit else [f"{state.site.name}'s ticker finds it unfit"]
    return [f"{state.site.name}'s ticker is not heard of"]


def _fine(topology: Topology, owner: Role) -> Concern:
    if owner is Role.PRIMARY:
        step = NextStep(says="nothing to do")
        return Concern(TrafficSituation.STEADY, TrafficAlert.WELL, "", step)
    primary = topology.site.primary.name
    back = NextStep(command="dr failback", says=f"in a quiet hour: {primary} is fit, and nothing returns by itself")
    return Concern(TrafficSituation.STANDBY_SERVES, TrafficAlert.WELL, "", back)
