"""The situations that a person on call may meet, each as the topology that `dr` would read."""

from dataclasses import replace
from typing import Any

from contract.deadlines import PROOF_STALE_SECONDS
from contract.outputs import QueueKind
from contract.roles import Role
from handlers.releases.item import RegionVersions, Release, ReleaseState
from handlers.tickers.memory import TickerMemory
from handlers.writer.glass import Glass
from handlers.writer.item import ClosingKind
from operations.topology.model import Alarm, AlarmState, DnsAnswer, QueueDepth, TickerState, Topology
from operations.topology.readings import Known, Unknown
from tests.unit.operations.plans.topologies import (
    AT,
    NAMES,
    UNFIT,
    closing,
    isolated,
    open_in,
    topology,
    with_queue,
    with_region,
    without,
)

PRIMARY, STANDBY = Role.PRIMARY, Role.STANDBY
CHANGED_AT = 1_769_860_803.0
"""`AT`, in seconds since the epoch."""
NOW = CHANGED_AT + 3 * 3600
REASON = "maintenance"


def seen(
    proof_age: float, *, fit: bool = True, fit_for: float = 3600, changes: int = 0, lag: float = 0.5
) -> TickerState:
    """Return a ticker that saw the peer's proof so long ago."""
    memory = TickerMemory(
        run="r", fit=fit, fit_for=fit_for, peer_count=9, peer_age=proof_age, automatic_changes=changes, lag=lag
    )
    return TickerState(memory, age=0.5)


def lost(base: Topology, role: Role, *, proof_age: float = 40.0) -> Topology:
    """Return the topology of which a region does not answer, and whose peer has seen that."""
    return with_region(without(base, role), role.peer, ticker=Known(seen(proof_age)))


def cannot_read(base: Topology, reason: str) -> Topology:
    """Return the topology in which neither region lets the caller read its tables."""
    unread = Unknown(f"{reason} (GetItem)")
    for role in Role:
        base = with_region(
            base,
            role,
            **dict.fromkeys(("control", "remembered", "ticker", "glass"), unread),
            heartbeats=dict.fromkeys(Role, unread),
        )
    return base


def closed(kind: ClosingKind, role: Role = PRIMARY, *, after: float, **fields: Any) -> Topology:
    """Return the topology so many seconds after the writer was closed."""
    return topology(writer=closing(kind, role, **{"reason": REASON, **fields}), read_at=CHANGED_AT + after)


def absent(base: Topology) -> Topology:
    """Return the topology in which nobody has created the writer."""
    for role in Role:
        base = with_region(base, role, control=Known(None), remembered=Known(None), owns=Known(value=False))
    return base


def glass(epoch: int = 7) -> Known[Glass]:
    """Return broken glass."""
    return Known(Glass("us-east-2", epoch, by="alice", reason="two regions are flooded", at=AT))


def releasing(state: ReleaseState, **fields: Any) -> Topology:
    """Return the topology in which a release is as far as its state says."""
    before, after = ({NAMES[role]: RegionVersions({"payment-api": n}, n) for role in Role} for n in ("7", "8"))
    release = Release("r1", "d1", state, 9, 7, before, after, by="bob", reason="exact rounding", at=AT, **fields)
    found = topology(read_at=CHANGED_AT + 1500)
    for role in Role:
        found = with_region(found, role, release=Known(release))
    return found


DRIVER_GONE = "its driver has given no sign of life for 30 s"
STEADY = topology(read_at=NOW)
SERVED_BY_STANDBY = topology(writer=open_in(STANDBY, by="alice"), read_at=NOW)
TAKEN_OVER = topology(writer=open_in(STANDBY, by="ticker us-east-2", automatic_changes=1), read_at=NOW)
MALFORMED = Unknown("the writer item lacks or misspells 'region'")
LATE = Unknown("no answer in time")
SILENT = TickerState(seen(1).memory, age=90)
RINGING = Alarm("api-latency-us-east-1-dev", AlarmState.ALARM, "4 s for 5 minutes", actions_enabled=True)
PARKED = Known(QueueDepth(waiting=3, in_flight=0, delayed=0))
FLAPPED = seen(1, fit_for=12, changes=3)
IN_THE_DARK = replace(
    without(without(STEADY, PRIMARY), STANDBY),
    dns=Unknown("no answer in time"),
    lag=dict.fromkeys(STEADY.lag, Unknown("no connection")),
)

SITUATIONS: dict[str, Topology] = {
    "steady state": STEADY,
    "the standby serves": SERVED_BY_STANDBY,
    "the standby has taken over": TAKEN_OVER,
    "the primary is lost": lost(STEADY, PRIMARY),
    "the standby is lost while it serves": lost(SERVED_BY_STANDBY, STANDBY),
    "the standby's API is lost while it serves, the primary has flapped": with_region(
        with_region(
            SERVED_BY_STANDBY,
            STANDBY,
            health=Unknown("it answers 502"),
            owns=Unknown("it answers 502"),
            ticker=Known(UNFIT),
        ),
        PRIMARY,
        ticker=Known(seen(40, fit_for=12, changes=3)),
    ),
    "the primary is lost, automatic takeover is off": lost(
        topology(writer=open_in(by="alice", automatic=False), read_at=NOW), PRIMARY
    ),
    "the primary is lost, the standby has flapped": with_region(
        without(STEADY, PRIMARY), STANDBY, ticker=Known(seen(40, fit_for=12, changes=3))
    ),
    "the primary is lost, replication was slow": with_region(
        without(STEADY, PRIMARY), STANDBY, ticker=Known(seen(40, lag=400))
    ),
    "the primary's API is lost, automatic takeover is off": with_region(
        with_region(
            topology(writer=open_in(by="alice", automatic=False), read_at=NOW),
            PRIMARY,
            health=Unknown("it answers 502"),
            owns=Unknown("it answers 502"),
            ticker=Known(SILENT),
        ),
        STANDBY,
        ticker=Known(seen(3600)),
    ),
    "the primary does not answer, and one answer is late": with_region(without(STEADY, PRIMARY), STANDBY, ticker=LATE),
    "the primary is not reached from here": lost(STEADY, PRIMARY, proof_age=1),
    "the standby is lost": without(STEADY, STANDBY),
    "the standby is not reached from here": lost(STEADY, STANDBY, proof_age=1),
    "the primary is unwell": with_region(
        with_region(STEADY, PRIMARY, health=Known(value=False), ticker=Known(UNFIT)),
        STANDBY,
        ticker=Known(seen(PROOF_STALE_SECONDS)),
    ),
    "both regions are unwell": with_region(
        with_region(STEADY, PRIMARY, health=Known(value=False), ticker=Known(UNFIT)),
        STANDBY,
        health=Known(value=False),
        ticker=Known(seen(40, fit=False)),
    ),
    "the primary is cut off": with_region(isolated(STEADY, PRIMARY), STANDBY, ticker=Known(seen(20))),
    "a planned closing, just begun": closed(ClosingKind.PLANNED, after=5),
    "a planned closing that nobody ended": closed(ClosingKind.PLANNED, after=400),
    "a planned closing whose source is lost": lost(closed(ClosingKind.PLANNED, after=20), PRIMARY),
    "a takeover, just begun": closed(
        ClosingKind.TAKEOVER,
        STANDBY,
        after=4,
        by="ticker us-east-2",
        automatic_changes=1,
        reason="the proof of us-east-1 has not changed for 15 s",
    ),
    "a first deployment": closed(
        ClosingKind.TAKEOVER, after=4, by="ticker us-east-1", reason="there is no writer", epoch=1_769_860_800
    ),
    "a takeover that does not open": with_region(
        closed(ClosingKind.TAKEOVER, STANDBY, after=300, by="ticker us-east-2", automatic_changes=1),
        STANDBY,
        health=Known(value=False),
        ticker=Known(UNFIT),
    ),
    "held by an operator": closed(ClosingKind.HELD, after=1200, reason="wrong amounts"),
    "held by an operator, the owner is unfit": with_region(
        closed(ClosingKind.HELD, after=1200, reason="wrong amounts"),
        PRIMARY,
        health=Known(value=False),
        ticker=Known(UNFIT),
    ),
    "no writer": absent(STEADY),
    "no region has a quorum": isolated(isolated(STEADY, PRIMARY), STANDBY),
    "two regions are gone": isolated(without(STEADY, PRIMARY), STANDBY),
    "strong reads are late": with_region(
        with_region(STEADY, PRIMARY, control=LATE, ticker=LATE), STANDBY, control=LATE, ticker=LATE
    ),
    "broken glass": with_region(
        isolated(without(STEADY, PRIMARY), STANDBY), STANDBY, glass=glass(), owns=Known(value=True)
    ),
    "broken glass in both regions": with_region(
        with_region(isolated(isolated(STEADY, PRIMARY), STANDBY), PRIMARY, glass=glass()),
        STANDBY,
        glass=glass(),
        owns=Known(value=True),
    ),
    "glass that was left": with_region(topology(writer=open_in(epoch=12), read_at=NOW), STANDBY, glass=glass()),
    "automatic takeover is off": topology(writer=open_in(by="alice", reason="load test", automatic=False), read_at=NOW),
    "slow replication": topology(lag=95, read_at=NOW),
    "the regions flap": with_region(STEADY, STANDBY, ticker=Known(FLAPPED)),
    "DNS leads elsewhere": replace(STEADY, dns=Known(DnsAnswer(("127.0.1.2",), 60, Known(STANDBY)))),
    "payments are parked": with_queue(STEADY, PRIMARY, QueueKind.DEAD_LETTER, PARKED),
    "payments wait in the region that was left": with_queue(SERVED_BY_STANDBY, PRIMARY, QueueKind.RETRY, PARKED),
    "a batch is not logged": with_queue(STEADY, PRIMARY, QueueKind.STREAM_FAILURE, PARKED),
    "an alarm rings": with_region(STEADY, PRIMARY, alarms=Known((RINGING,))),
    "a release is under way": releasing(ReleaseState.RUNNING, step="5/9 watch us-east-1 for 10 min, at 1 %"),
    "a release is being put back": releasing(ReleaseState.UNDOING, ended_by="ticker us-east-2", ended_why=DRIVER_GONE),
    "the last release was put back": releasing(ReleaseState.UNDONE, ended_by="ticker us-east-2", ended_why=DRIVER_GONE),
    "something is unknown": with_region(STEADY, PRIMARY, health=Unknown("it answers 502")),
    "the caller has no rights": cannot_read(STEADY, "AccessDeniedException"),
    "nothing is reached": IN_THE_DARK,
    "the writer is malformed": with_region(
        with_region(STEADY, PRIMARY, control=MALFORMED, remembered=MALFORMED),
        STANDBY,
        control=MALFORMED,
        remembered=MALFORMED,
    ),
    "this machine's clock is wrong": replace(STEADY, machine_ahead=Known(140.0)),
    "nothing is deployed": cannot_read(without(without(STEADY, PRIMARY), STANDBY), "ResourceNotFoundException"),
}
