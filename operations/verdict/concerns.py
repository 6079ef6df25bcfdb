"""The concerns while payments are taken: the other region, replication, DNS, queues, alarms, and unknowns."""

from collections.abc import Iterator
from dataclasses import dataclass

from contract.outputs import QueueKind
from contract.roles import Role
from handlers.writer.item import Writer
from operations.plans import preconditions
from operations.topology.model import (
    LATE_HEARTBEAT_SECONDS,
    AlarmState,
    Topology,
)
from operations.topology.readings import Known, Unknown
from operations.verdict.model import NextStep, TrafficAlert, TrafficSituation
from operations.verdict.next_steps import look_again
from operations.verdict.proof import PROVEN_SECONDS, proof_age
from operations.verdict.releases import release_concern, release_unread
from operations.verdict.words import duration

RECOVERY_POINT_SECONDS = 300
"""Lag beyond this keeps a region from taking over unattended."""

_STATUS = NextStep(command="dr status", says="it names what is unknown, and why")


@dataclass(frozen=True)
class Concern:
    """One concern."""

    situation: TrafficSituation
    alert: TrafficAlert
    risk: str
    step: NextStep


def concerns(topology: Topology, writer: Writer, owner: Role) -> Iterator[Concern]:
    """Return the concerns while `owner` takes payments, the most urgent first."""
    yield from _dns(topology, owner)
    yield from _automatic(writer)
    yield from _glass(topology)
    for situation, risk, step in release_concern(topology):
        yield _attention(situation, risk, step)
    yield from _reserve(topology, owner.peer)
    yield from _taken_over(topology, writer, owner)
    yield from _replication(topology, owner)
    yield from _flapping(topology, owner.peer)
    yield from _queues(topology, owner)
    yield from _alarms(topology)
    yield from _unknown(topology, owner)


def takeover_obstacle(topology: Topology, writer: Writer, role: Role) -> str | None:
    """Return what prevents a region from taking over unattended, as far as is known; None if nothing does."""
    state = topology.regions[role]
    if not writer.automatic:
        return "automatic takeover is off"
    if isinstance(state.ticker, Unknown) or not state.ticker.value.is_heard:
        return "its ticker is not heard of"
    ticker = state.ticker.value
    if not ticker.is_fit:
        return "it is not fit either"
    if ticker.fit_seconds < ticker.needed_seconds:
        return (
            f"it must have been fit for {duration(ticker.needed_seconds)}, and has been for {ticker.fit_seconds:.0f} s"
        )
    if ticker.lag is None:
        return "the replication lag is unknown"
    return f"replication lagged by {ticker.lag:.0f} s" if ticker.lag > RECOVERY_POINT_SECONDS else None


def _attention(situation: TrafficSituation, risk: str, step: NextStep) -> Concern:
    return Concern(situation, TrafficAlert.ATTENTION, risk, step)


def _automatic(writer: Writer) -> Iterator[Concern]:
    if not writer.automatic:
        risk = f"should {writer.region} be lost, nothing takes over before a person does: automatic takeover is off"
        step = NextStep(command="dr automatic on", says="as soon as the work is done for which it is off")
        yield _attention(TrafficSituation.AUTOMATIC_OFF, risk, step)


def _glass(topology: Topology) -> Iterator[Concern]:
    for state in topology.regions.values():
        if isinstance(state.glass, Known) and state.glass.value is not None:
            glass = state.glass.value
            risk = (
                f"broken glass lies in {state.site.name} (epoch {glass.epoch}, {glass.at}, {glass.by}: {glass.reason})"
            )
            step = NextStep(
                command=f"dr reconcile --since {glass.at}" if glass.at else "dr reconcile",
                says="two regions may have stored payments; reconcile from before that moment",
            )
            yield _attention(TrafficSituation.GLASS_LEFT, f"{risk}: two regions may have stored payments", step)


def _reserve(topology: Topology, peer: Role) -> Iterator[Concern]:
    name, state, proof = topology.site.regions[peer].name, topology.regions[peer], proof_age(topology, peer)
    if not state.answers and proof is not None and proof <= PROVEN_SECONDS:
        owner = topology.site.regions[peer.peer].name
        risk = f"{name} does not answer; but {owner}'s ticker saw it prove its fitness {proof:.0f} s ago"
        step = look_again("if it goes on, this machine's network is the matter")
        yield Concern(TrafficSituation.DOUBTFUL, TrafficAlert.UNKNOWN, risk, step)
        return
    if not state.answers:
        risk, repair = f"{name} does not answer: nothing could take over", f"repair {name}, and move nothing meanwhile"
    elif obstacles := preconditions.not_unfit(topology, peer):
        risk = f"{name} could not take over: {'; '.join(each.found for each in obstacles)}"
        repair = f"repair {name}, and move nothing meanwhile"
    else:
        return
    yield _attention(TrafficSituation.RESERVE_LOST, risk, look_again(repair))


def _taken_over(topology: Topology, writer: Writer, owner: Role) -> Iterator[Concern]:
    """Return what people must do after an unattended takeover, until an operator changes the writer.

    If the primary took over, nothing needs to move back, and the concern ends when its ticker resets the count after a
    steady day.
    """
    ticker = topology.regions[owner].ticker
    is_forgiven = owner is Role.PRIMARY and isinstance(ticker, Known) and not ticker.value.counted_changes
    if not writer.automatic_changes or is_forgiven:
        return
    left = topology.site.regions[owner.peer].name
    risk = (
        f"{writer.region} took over by itself: payments that {left} acknowledged last may be missing or stored twice "
        "until they are reconciled"
    )
    back = "; then, in a quiet hour, `dr failback`" if owner is Role.STANDBY else ""
    command = f"dr reconcile --since {writer.at}" if writer.at else "dr reconcile"
    step = NextStep(command=command, says=f"once {left} answers, and from before the trouble began{back}")
    yield _attention(TrafficSituation.TAKEN_OVER, risk, step)


def _replication(topology: Topology, owner: Role) -> Iterator[Concern]:
    source, to = (topology.site.regions[role].name for role in (owner, owner.peer))
    lag = topology.lag.get((owner, owner.peer))
    heartbeat = topology.regions[owner.peer].heartbeats[owner]
    late = []
    if isinstance(lag, Known) and lag.value > topology.site.replication_lag_threshold_seconds:
        late.append(lag.value)
    if isinstance(heartbeat, Known) and heartbeat.value.age > LATE_HEARTBEAT_SECONDS:
        late.append(heartbeat.value.age)
    if late:
        beyond = "; beyond 5 min nothing takes over by itself" if max(late) > RECOVERY_POINT_SECONDS else ""
        risk = (
            f"payments reach {to} {duration(max(late))} late: that much would be missing if {source} were lost{beyond}"
        )
        step = look_again("move nothing; the late payments arrive by themselves")
        yield _attention(TrafficSituation.LAGGING, risk, step)


def _flapping(topology: Topology, peer: Role) -> Iterator[Concern]:
    ticker = topology.regions[peer].ticker
    if isinstance(ticker, Known) and ticker.value.is_fit and ticker.value.fit_seconds < ticker.value.needed_seconds:
        name, seen = topology.site.regions[peer].name, ticker.value
        counted = f" ({seen.counted_changes} unattended takeovers count)" if seen.counted_changes else ""
        risk = (
            f"{name} takes over by itself only after being fit for {duration(seen.needed_seconds)}{counted}, "
            f"so far {seen.fit_seconds:.0f} s"
        )
        step = NextStep(command="dr history", says="find what makes the regions take over from each other")
        yield _attention(TrafficSituation.FLAPPING, risk, step)


def _dns(topology: Topology, owner: Role) -> Iterator[Concern]:
    answer = topology.dns
    if isinstance(answer, Known) and answer.value.role == Known(owner.peer):
        name = topology.site.regions[owner.peer].name
        risk = f"DNS leads payers to {name}, which refuses them"
        says = "DNS follows within two minutes; if not, see the health checks of /writer"
        yield _attention(TrafficSituation.DNS_ASTRAY, risk, look_again(says))


def _queues(topology: Topology, owner: Role) -> Iterator[Concern]:
    for role, state in topology.regions.items():
        name = state.site.name
        found = {
            QueueKind.DEAD_LETTER: (
                "accepted payments are given up on in",
                NextStep(command=f"dr redrive {name}", says="once you know why they failed"),
            ),
            QueueKind.STREAM_FAILURE: (
                "batches are not logged in",
                look_again("see the runbook: a batch could not be logged"),
            ),
        }
        if role is not owner:  # payments in the owner's queue wait for its table, for which there is an alarm
            forwards = look_again(f"{name}'s worker forwards them to {topology.site.regions[owner].name}")
            found[QueueKind.RETRY] = ("accepted payments still wait in", forwards)
        for kind, (what, step) in found.items():
            depth = state.queues[kind]
            if isinstance(depth, Known) and depth.value.total:
                queue = f"{name}'s {'retry ' if kind is QueueKind.RETRY else ''}queue"
                yield _attention(TrafficSituation.PARKED, f"{depth.value.total} {what} {queue}", step)


def _alarms(topology: Topology) -> Iterator[Concern]:
    ringing = [
        alarm.name
        for state in topology.regions.values()
        if isinstance(state.alarms, Known)
        for alarm in state.alarms.value
        if alarm.state is AlarmState.ALARM
    ]
    if ringing:
        step = NextStep(command="dr status", says="the runbook has a line for each alarm")
        yield _attention(TrafficSituation.ALARMED, f"in ALARM: {', '.join(ringing)}", step)


def _unknown(topology: Topology, owner: Role) -> Iterator[Concern]:
    """Return which other facts could not be read; doubts about the regions themselves are reported elsewhere."""
    peer = topology.regions[owner.peer]
    unread = [
        *([f"DNS ({topology.dns.reason})"] if isinstance(topology.dns, Unknown) else []),
        *_lag_unread(topology, owner),
        *release_unread(topology),
        *([f"{peer.site.name}'s health ({peer.health.reason})"] if isinstance(peer.health, Unknown) else []),
        *([f"{peer.site.name}'s ticker ({peer.ticker.reason})"] if isinstance(peer.ticker, Unknown) else []),
    ]
    for state in topology.regions.values():
        if isinstance(state.alarms, Unknown):
            unread.append(f"{state.site.name}'s alarms ({state.alarms.reason})")
        unread += [
            f"{state.site.name}'s {kind.replace('_', ' ')} queue ({depth.reason})"
            for kind, depth in state.queues.items()
            if isinstance(depth, Unknown)
        ]
    if unread:
        yield Concern(TrafficSituation.DOUBTFUL, TrafficAlert.UNKNOWN, f"unknown: {_few(unread)}", _STATUS)


def _lag_unread(topology: Topology, owner: Role) -> list[str]:
    lag = topology.lag.get((owner, owner.peer), Unknown("it was not read"))
    to = topology.site.regions[owner.peer].name
    return [f"the replication lag to {to} ({lag.reason})"] if isinstance(lag, Unknown) else []


def _few(texts: list[str], most: int = 3) -> str:
    more = len(texts) - most
    return "; ".join(texts[:most]) + (f"; and {more} more" if more > 0 else "")
