"""Topologies to plan from: one in peace, and what differs from it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from handlers.environment import Function
from handlers.payments.fence import Fence
from operations.site import QueueKind, RegionSite, Role, Site
from operations.topology.model import (
    BucketBacklog,
    DnsAnswer,
    Heartbeat,
    QueueDepth,
    RegionState,
    Sentinel,
    Topology,
)
from operations.topology.readings import Known, Reading, Unknown

NAMES = {Role.PRIMARY: "us-east-1", Role.STANDBY: "us-east-2"}
EMPTY = Known(QueueDepth(waiting=0, in_flight=0, delayed=0))


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
    operations_role_arn="arn:aws:iam::1:role/dr-operations-dev",
    regions={role: region_site(role) for role in Role},
    failover_endpoint_url="https://api.example.com",
)


def fences(**fenced: bool) -> dict[Role, Fence]:
    """Return both regions' fences; `primary=True` is a fenced primary."""
    return {role: Fence(NAMES[role], fenced=role in fenced, epoch=int(role in fenced)) for role in Role}


def topology(
    *, held: Mapping[Role, Fence] | None = None, serving: Role = Role.PRIMARY, lag: float = 0.5, read_at: float = 0.0
) -> Topology:
    """Return two healthy regions; both replicas hold the same fences."""
    fences_held = held or fences()
    return Topology(
        site=SITE,
        read_at=read_at,
        regions={
            role: RegionState(
                site=SITE.regions[role],
                fences={of: Known(fences_held[of]) for of in Role},
                heartbeats={of: Known(Heartbeat(at=read_at - 30, age=30, release="r")) for of in Role},
                health=Known(value=True),
                takeover=Known(fences_held[role.peer].fenced),
                alarms=Known(()),
                queues=dict.fromkeys(QueueKind, EMPTY),
                bucket_backlog=Known(BucketBacklog(0, 0)),
                sentinel=Known(Sentinel(armed=True, running_release="r", peer_seen_healthy_at="")),
                automatic_takeover=Known(value=True),
            )
            for role in Role
        },
        dns=Known(DnsAnswer(("127.0.1.1",), 60, Known(serving))),
        health_checks={},
        lag={(role, role.peer): Known(lag) for role in Role},
    )


def without(base: Topology, role: Role) -> Topology:
    """Return the topology of which a region does not answer: its lag is gone with it, the peer's reaches nobody."""
    silent = Unknown("no connection")
    lost = with_region(
        base,
        role,
        **dict.fromkeys(("health", "takeover", "alarms", "bucket_backlog", "sentinel", "automatic_takeover"), silent),
        queues=dict.fromkeys(QueueKind, silent),
        fences=dict.fromkeys(Role, silent),
        heartbeats=dict.fromkeys(Role, silent),
    )
    return replace(lost, lag=dict.fromkeys(base.lag, silent))


TAKEN_OVER = topology(held=fences(primary=True), serving=Role.STANDBY)


def with_region(base: Topology, role: Role, **fields: Any) -> Topology:
    """Return the topology with something else in one region."""
    return replace(base, regions={**base.regions, role: replace(base.regions[role], **fields)})


def with_queue(base: Topology, role: Role, kind: QueueKind, depth: Reading[QueueDepth]) -> Topology:
    """Return the topology with something else in one queue."""
    return with_region(base, role, queues={**base.regions[role].queues, kind: depth})


def with_fence(base: Topology, of: Role, seen_by: Role, fence: Reading[Fence]) -> Topology:
    """Return the topology with another fence in one replica."""
    return with_region(base, seen_by, fences={**base.regions[seen_by].fences, of: fence})
