"""Topologies to plan from: one in steady state, and what differs from it."""

from dataclasses import replace
from typing import Any

from contract.environment import Function
from contract.outputs import QueueKind
from contract.roles import Role
from handlers.tickers.memory import TickerMemory
from handlers.writer.item import ClosingKind, Writer, WriterState
from operations.site import RegionSite, Site
from operations.topology.loss_estimate import LossEstimate, MissingPayments
from operations.topology.model import (
    BucketBacklog,
    DnsAnswer,
    HeartbeatReading,
    QueueDepth,
    RegionState,
    TickerState,
    Topology,
)
from operations.topology.readings import Known, Reading, Unknown

NAMES = {Role.PRIMARY: "us-east-1", Role.STANDBY: "us-east-2"}
WITNESS = "us-west-2"
EMPTY = Known(QueueDepth(waiting=0, in_flight=0, delayed=0))
NO_QUORUM = Unknown("InternalServerError (GetItem)")
AT = "2026-01-31T12:00:03.000Z"


def region_site(role: Role) -> RegionSite:
    """Return one region's names."""
    name = NAMES[role]
    return RegionSite(
        name=name,
        role=role,
        endpoint_url=f"https://{name}.api.example.com",
        execute_api_url=f"https://1.execute-api.{name}.amazonaws.com/live",
        bucket_name=f"bucket-{name}",
        queue_urls={kind: f"https://sqs.{name}.amazonaws.com/1/{kind}" for kind in QueueKind},
        function_names={function: f"{function}-{name}" for function in Function},
        alarm_names=(),
    )


SITE = Site(
    suffix="dev",
    table_name="payments-dev",
    control_table_name="payments-control-dev",
    witness_region=WITNESS,
    operations_role_arn="arn:aws:iam::1:role/dr-operations-dev",
    regions={role: region_site(role) for role in Role},
    failover_endpoint_url="https://api.example.com",
)


def open_in(role: Role = Role.PRIMARY, *, epoch: int = 7, **fields: Any) -> Writer:
    """Return a writer that is open in a region."""
    given = {"by": "ticker us-east-1", "at": AT, "change_id": f"change-{epoch}", **fields}
    return Writer(region=NAMES[role], epoch=epoch, state=WriterState.OPEN, **given)


def closing(kind: ClosingKind, role: Role = Role.PRIMARY, *, epoch: int = 7, **fields: Any) -> Writer:
    """Return a writer that is closing; a planned one in favour of the other region."""
    given: dict[str, Any] = {"by": "alice", "at": AT, "change_id": f"change-{epoch}"}
    if kind is ClosingKind.PLANNED:
        given |= {"destination": NAMES[role.peer], "seconds": 30}
    return Writer(region=NAMES[role], epoch=epoch, state=WriterState.CLOSING, kind=kind, **{**given, **fields})


FIT = TickerState(TickerMemory(run="r", fit=True, fit_for=3600, lag=0.5), age=0.5)
UNFIT = TickerState(TickerMemory(run="r"), age=0.5)


def topology(
    *, writer: Writer | None = None, serving: Role | None = None, lag: float = 0.5, read_at: float = 0.0
) -> Topology:
    """Return two healthy regions whose replicas of the control table have a quorum; DNS follows the writer."""
    now = writer or open_in()
    owner = SITE.role_of(now.region)
    return Topology(
        site=SITE,
        read_at=read_at,
        regions={
            role: RegionState(
                site=SITE.regions[role],
                control=Known(now),
                remembered=Known(now),
                owns=Known(role is owner),
                health=Known(value=True),
                ticker=Known(FIT),
                heartbeats={of: Known(HeartbeatReading(at=read_at - 5, age=5, release="r")) for of in Role},
                glass=Known(None),
                alarms=Known(()),
                queues=dict.fromkeys(QueueKind, EMPTY),
                bucket_backlog=Known(BucketBacklog(0, 0)),
            )
            for role in Role
        },
        dns=Known(DnsAnswer(("127.0.1.1",), 60, Known(serving or owner or Role.PRIMARY))),
        health_checks={},
        lag={(role, role.peer): Known(lag) for role in Role},
    )


def without(base: Topology, role: Role) -> Topology:
    """Return the topology of which a region does not answer: its lag is gone with it, the peer's reaches nobody."""
    silent = Unknown("no connection")
    readings = ("control", "remembered", "owns", "health", "ticker", "glass", "alarms", "bucket_backlog", "release")
    lost = with_region(
        base,
        role,
        **dict.fromkeys(readings, silent),
        queues=dict.fromkeys(QueueKind, silent),
        heartbeats=dict.fromkeys(Role, silent),
    )
    return replace(lost, lag=dict.fromkeys(base.lag, silent))


def isolated(base: Topology, role: Role) -> Topology:
    """Return the topology of which a region answers without reaching the other two."""
    silent = dict.fromkeys(("control", "ticker", "release"), NO_QUORUM)
    return with_region(base, role, **silent, health=Known(value=False))


TAKEN_OVER = topology(writer=open_in(Role.STANDBY))


def with_region(base: Topology, role: Role, **fields: Any) -> Topology:
    """Return the topology with something else in one region."""
    return replace(base, regions={**base.regions, role: replace(base.regions[role], **fields)})


def with_queue(base: Topology, role: Role, kind: QueueKind, depth: Reading[QueueDepth]) -> Topology:
    """Return the topology with something else in one queue."""
    return with_region(base, role, queues={**base.regions[role].queues, kind: depth})


def loss(source: Role = Role.PRIMARY, *, count: int = 0, oldest: float = 0.0) -> LossEstimate:
    """Return what a move away from a region would lose."""
    return LossEstimate(
        source=NAMES[source],
        destination=NAMES[source.peer],
        missing=Known(MissingPayments(count, oldest)),
        heard_at=Known(1_769_860_800.0),
        waiting=Known(0),
    )


def unknown_loss(source: Role = Role.PRIMARY) -> LossEstimate:
    """Return what is known of the loss while the source does not answer."""
    return replace(loss(source), missing=Unknown("no connection"), waiting=Unknown("no connection"))
