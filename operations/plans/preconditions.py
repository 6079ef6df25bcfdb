"""The preconditions of moving traffic; an unknown fact does not meet a precondition (FACTS 8.3)."""

from collections.abc import Callable
from typing import TypeVar

from contract.outputs import QueueKind
from contract.roles import Role
from handlers.writer.item import Writer
from operations.clock import at_least
from operations.plans.plan import Obstacle
from operations.topology.loss_estimate import LossEstimate
from operations.topology.model import SILENT_TICKER_SECONDS, TickerState, Topology
from operations.topology.quorum import is_not_deployed, not_deployed, quorum_of, what_glass_means, without_quorum
from operations.topology.readings import Known, Reading, Unknown
from operations.topology.release_words import describe_release
from operations.topology.words import who_did_what

MAX_LAG_SECONDS = 5.0
"""Replication slower than this has not settled: a planned closing would last longer than payers wait."""

MAX_HEARTBEAT_AGE_SECONDS = 30.0
"""Heartbeats come every 10 s: this late, the source's ticker does not live or is not heard; in real seconds."""

EMULATOR_LAG_SECONDS = 2.0
"""What the work of an emulator on a busy machine adds to a lag, in real seconds, which a faster clock multiplies."""

REPLICATION = "replication"
"""The kind of what shows that replication has not caught up."""

T = TypeVar("T")
R = TypeVar("R")


def known_writer(topology: Topology) -> list[Obstacle]:
    """Require that a replica of the control table has a quorum, and that the writer item exists."""
    writer = topology.writer
    if is_not_deployed(topology):
        remedy = "`./run deploy` deploys it; or name another environment with --environment"
        return [Obstacle(f"{topology.site.suffix} must be deployed", not_deployed(topology), remedy)]
    if isinstance(writer, Unknown):
        precondition = "a replica of the control table must have a quorum"
        return [Obstacle(precondition, without_quorum(topology), what_glass_means(topology))]
    if writer.value is None:
        name = topology.site.primary.name
        remedy = f"{name}'s ticker creates it and opens {name} within seconds; if not, see its log"
        return [Obstacle("a region must have been opened", "none ever was, or the writer item was deleted", remedy)]
    return []


def open_writer(writer: Writer) -> list[Obstacle]:
    """Require that the writer is open."""
    if writer.is_open:
        return []
    return [Obstacle("the writer must be open", who_did_what(writer), "wait until that has ended, or `dr start`")]


def no_release(topology: Topology) -> list[Obstacle]:
    """Require that no release is under way: it is judged in the region that serves, and a planned move can wait."""
    release, rule = topology.release, "no release may be under way"
    if isinstance(release, Unknown):
        return [Obstacle(rule, f"unknown ({release.reason})", "wait until a replica has a quorum", tuple(Role))]
    if release.value is None or not release.value.is_under_way:
        return []
    remedy = "wait for its end, or `dr release abort`; `dr failover` does not wait"
    return [Obstacle(rule, describe_release(release.value), remedy)]


def quorum(topology: Topology, role: Role, *, remedy: str) -> list[Obstacle]:
    """Require that a region's replica of the control table has a quorum."""
    if isinstance(topology.regions[role].control, Known):
        return []
    return [Obstacle(f"{_name(topology, role)} must have a quorum", quorum_of(topology, role), remedy, (role,))]


def fit(topology: Topology, role: Role, *, remedy: str = "repair the region first, or --force") -> list[Obstacle]:
    """Require that a region is known to be able to take payments."""
    name, state = _name(topology, role), topology.regions[role]
    found = []
    if state.health != Known(value=True):
        found.append("it is unhealthy" if isinstance(state.health, Known) else f"its health is {_told(state.health)}")
    found += _ticker_problems(state.ticker)
    return [
        *quorum(topology, role, remedy=remedy),
        *([Obstacle(f"{name} must be fit", "; ".join(found), remedy, (role,))] if found else []),
    ]


def not_unfit(topology: Topology, role: Role, *, remedy: str = "repair the region first, or --force") -> list[Obstacle]:
    """Require that a region has a quorum and is not known to be unable to take payments."""
    state = topology.regions[role]
    found = [] if state.health != Known(value=False) else ["it is unhealthy"]
    if isinstance(state.ticker, Known):
        found += _ticker_problems(state.ticker)
    return [
        *quorum(topology, role, remedy=remedy),
        *([Obstacle(f"{_name(topology, role)} must be fit", "; ".join(found), remedy, (role,))] if found else []),
    ]


def replicating(topology: Topology, source: Role, destination: Role) -> list[Obstacle]:
    """Require that replication is known to be fast, by its metric and by the source's heartbeat in the destination."""
    way = f"{_name(topology, source)} → {_name(topology, destination)}"
    lag = topology.lag.get((source, destination), Unknown("it was not read"))
    heartbeat = _map(topology.regions[destination].heartbeats[source], lambda seen: seen.age)
    return [
        *_at_most(lag, most_lag(topology), f"the replication lag {way}", "wait until it has settled"),
        *_at_most(
            heartbeat,
            MAX_HEARTBEAT_AGE_SECONDS,
            f"the age of {_name(topology, source)}'s heartbeat in {_name(topology, destination)}",
            f"see to the ticker in {_name(topology, source)}",
        ),
    ]


def nothing_late(topology: Topology, loss: LossEstimate) -> list[Obstacle]:
    """Require that no payment of the last minutes is late, by looking each up in the destination.

    A stream that is too long to be read in advance is no obstacle: a planned closing follows it for longer.
    """
    if loss.is_long:
        return []
    oldest = _map(loss.missing, lambda missing: missing.oldest_seconds if missing.count else 0.0)
    what = f"the oldest payment of {loss.source} that is not in {loss.destination}"
    return _at_most(oldest, most_lag(topology), what, "wait until it has arrived; `dr failover` does not wait")


def empty(topology: Topology, role: Role, *kinds: QueueKind) -> list[Obstacle]:
    """Require that a region's queues are empty, as far as their approximate counts show (FACTS 4.8)."""
    remedies = {QueueKind.RETRY: "wait until it is worked off", QueueKind.DEAD_LETTER: "`dr redrive`, or judge each"}
    return [
        Obstacle(
            f"the {kind.replace('_', ' ')} queue of {_name(topology, role)} must be empty",
            _told(reading),
            remedies.get(kind, "judge each message"),
            (role,),
        )
        for kind in kinds
        for reading in [_map(topology.regions[role].queues[kind], lambda depth: depth.total)]
        if reading != Known(0)
    ]


def _ticker_problems(ticker: Reading[TickerState]) -> list[str]:
    if isinstance(ticker, Unknown):
        return [f"what its ticker remembers is {_told(ticker)}"]
    if ticker.value.age > SILENT_TICKER_SECONDS:
        return [f"its ticker has not been heard of for {ticker.value.age:.0f} s"]
    return [] if ticker.value.is_fit else ["its ticker finds it unfit"]


def most_lag(topology: Topology) -> float:
    """Return the replication lag in emulated seconds that is still normal."""
    return at_least(MAX_LAG_SECONDS, real=EMULATOR_LAG_SECONDS, scale=topology.time_scale)


def _at_most(reading: Reading[float], limit: float, what: str, remedy: str) -> list[Obstacle]:
    if isinstance(reading, Known) and reading.value <= limit:
        return []
    found = f"{reading.value:.1f} s" if isinstance(reading, Known) else _told(reading)
    return [Obstacle(f"{what} must be at most {limit:g} s", found, remedy, tuple(Role), kind=REPLICATION)]


def _name(topology: Topology, role: Role) -> str:
    return topology.site.regions[role].name


def _map(reading: Reading[T], of: Callable[[T], R]) -> Reading[R]:
    return Known(of(reading.value)) if isinstance(reading, Known) else reading


def _told(reading: Reading[T]) -> str:
    return str(reading.value) if isinstance(reading, Known) else f"unknown ({reading.reason})"
