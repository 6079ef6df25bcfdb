"""The verdict while the writer is open: whether its region really takes payments, and what is at risk."""

from contract.roles import Role
from handlers.runtime import timestamp
from handlers.writer.item import Writer
from operations.timestamps import for_people
from operations.topology.model import RegionState, Topology
from operations.topology.quorum import quorum_of
from operations.topology.readings import Known, Unknown
from operations.topology.words import author_of
from operations.verdict.concerns import Concern, concerns, takeover_obstacle
from operations.verdict.loss import Belief, Loss, loss_of, out_of_reach
from operations.verdict.model import NextStep, TrafficAlert, TrafficSituation, TrafficVerdict
from operations.verdict.next_steps import leave, look_again
from operations.verdict.proof import proof_age
from operations.verdict.words import duration, since

_SEVERITY = (TrafficAlert.ATTENTION, TrafficAlert.UNKNOWN)


def judge_open(topology: Topology, writer: Writer, owner: Role, begun: Writer) -> TrafficVerdict:
    """Return the verdict while the writer is open in a region.

    Args:
        topology: What was read.
        writer: The writer.
        owner: The role of its region.
        begun: The epoch with which the region began to serve.
    """
    lost = loss_of(topology, owner)
    if lost is not None and lost.belief is Belief.CONFIRMED:
        return _judge_lost(topology, writer, owner, lost)
    if lost is not None and lost.belief is Belief.NO_TICKER:
        return _judge_without_ticker(topology, writer, owner, lost)
    found = sorted(concerns(topology, writer, owner), key=lambda each: _SEVERITY.index(each.alert))
    doubt = _doubt(topology, owner) if lost is None else _denied(topology, owner, lost)
    if doubt is not None:  # whether payments are taken at all comes first
        found.insert(0, doubt)
    worst = found[0] if found else _fine(topology, owner)
    return TrafficVerdict(
        situation=worst.situation,
        alert=worst.alert,
        takes_payments=writer.region,
        since=begun.at or None,
        automatic=writer.automatic,
        says=_headline(topology, writer, begun),
        risks=tuple(each.risk for each in found),
        next=worst.step,
    )


def _judge_lost(topology: Topology, writer: Writer, owner: Role, lost: Loss) -> TrafficVerdict:
    proof = proof_age(topology, owner)
    stands = "" if proof is None else f" since {for_people(topology.read_at - proof)} ({duration(proof)})"
    return TrafficVerdict(
        situation=lost.situation,
        alert=TrafficAlert.OUTAGE,
        takes_payments=None,
        since=None if proof is None else timestamp(topology.read_at - proof),
        automatic=writer.automatic,
        says=f"NOBODY takes payments{stands}: {lost.says}, and no other region may",
        risks=(out_of_reach(topology, owner), *_cut_off(topology, owner, lost)),
        next=_leaving(topology, writer, owner),
    )


def _judge_without_ticker(topology: Topology, writer: Writer, owner: Role, lost: Loss) -> TrafficVerdict:
    """Return the verdict if the region looks lost from here and no ticker can be read: the network may be at fault."""
    name = topology.site.regions[owner].name
    leaving = leave(topology, owner, says="")
    then = f"see why no ticker can be read, repair {name}"
    if "failover" in (leaving.command or ""):
        then = f"`{leaving.command}`"
    return TrafficVerdict(
        situation=lost.situation,
        alert=TrafficAlert.UNKNOWN,
        takes_payments=None,
        since=None,
        automatic=writer.automatic,
        says=f"It is NOT KNOWN who takes payments: {lost.says}, and {lost.tickers}",
        risks=(f"if {name} is lost, {out_of_reach(topology, owner)}", *_cut_off(topology, owner, lost)),
        next=look_again(f"if it stays so, and from another network, too: {then}"),
    )


def _cut_off(topology: Topology, owner: Role, lost: Loss) -> list[str]:
    return [quorum_of(topology, owner)] if lost.situation is TrafficSituation.SERVING_CUT_OFF else []


def _denied(topology: Topology, owner: Role, lost: Loss) -> Concern:
    """Return the doubt if the owner looks lost from here but a ticker disagrees."""
    peer = topology.site.regions[owner.peer].name
    risk = f"{lost.says}; but {lost.tickers}, so payments are probably taken"
    step = look_again(f"if it goes on, this machine's network is the matter, or {peer} takes over within a minute")
    return Concern(TrafficSituation.DOUBTFUL, TrafficAlert.UNKNOWN, risk, step)


def _headline(topology: Topology, writer: Writer, begun: Writer) -> str:
    took = since(begun.at, now=topology.read_at)
    by = f", by {author_of(writer)}{f': {writer.reason}' if writer.reason else ''}" if begun.at == writer.at else ""
    pinned = "automatic takeover on" if writer.automatic else "pinned: automatic takeover is OFF"
    return f"{writer.region} takes payments {took}{by}; {pinned}"


def _leaving(topology: Topology, writer: Writer, owner: Role) -> NextStep:
    peer = topology.site.regions[owner.peer].name
    obstacle = takeover_obstacle(topology, writer, owner.peer)
    if obstacle is None:
        return leave(topology, owner, says=f"if {peer} has not taken over by itself within a minute")
    return leave(topology, owner, says=f"{peer} does not take over by itself: {obstacle}")


def _doubt(topology: Topology, owner: Role) -> Concern | None:
    """Return why it is unknown whether the owner takes payments."""
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
    if isinstance(state.ticker, Known) and state.ticker.value.is_heard:
        return [] if state.ticker.value.is_fit else [f"{state.site.name}'s ticker finds it unfit"]
    return [f"{state.site.name}'s ticker is not heard of"]


def _fine(topology: Topology, owner: Role) -> Concern:
    if owner is Role.PRIMARY:
        step = NextStep(says="nothing to do")
        return Concern(TrafficSituation.STEADY, TrafficAlert.WELL, "", step)
    primary = topology.site.primary.name
    back = NextStep(command="dr failback", says=f"in a quiet hour: {primary} is fit, and nothing returns by itself")
    return Concern(TrafficSituation.STANDBY_SERVES, TrafficAlert.WELL, "", back)
