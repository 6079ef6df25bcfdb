"""Reads the whole topology at once: what does not answer in time is unknown, so that it takes as long as one call."""

import time
from collections.abc import Collection
from dataclasses import dataclass

from handlers.payments.fence import Fence
from operations.aws import Aws
from operations.clock import Clock
from operations.site import CheckName, QueueKind, Role, Site
from operations.surroundings import Surroundings
from operations.topology.asking import Asked, ask_each, readings
from operations.topology.edge import EdgeReader
from operations.topology.model import (
    Alarm,
    BucketBacklog,
    Heartbeat,
    QueueDepth,
    RegionState,
    Sentinel,
    Topology,
)
from operations.topology.readings import Known, Reading, Unknown
from operations.topology.regional import RegionReader

SECONDS = 1.5
"""How long all of it may take from the moment at which everything has been asked."""

_PROBED = (CheckName.PRIMARY, CheckName.STANDBY, CheckName.TAKEOVER)
_NOT_ASKED = Unknown("not asked")


def read_topology(
    site: Site,
    aws: Aws,
    surroundings: Surroundings,
    clock: Clock,
    *,
    seconds: float = SECONDS,
    roles: Collection[Role] = tuple(Role),
    health_reads: int = 1,
) -> Topology:
    """Read everything there is to know of the site; never raises for what cannot be read.

    A region counts as unhealthy when it says so in so many reads, for which `seconds` must leave the time.

    With one role only, nothing is asked of the other region, nor of Route 53's API, which the other may be home to.
    """
    hurried = aws.hurried(connect_timeout=seconds, read_timeout=seconds)
    edge = EdgeReader(site, hurried, surroundings, seconds=seconds)
    readers = {role: RegionReader(site, role, hurried, clock) for role in roles}
    for reader in readers.values():
        reader.prepare()
    read_at = clock.time()
    regions = {role: _AskedRegion.ask(role, reader, edge, health_reads) for role, reader in readers.items()}
    url = site.failover_endpoint_url
    dns = None if url is None else Asked(lambda: edge.dns(url))
    asked_of_route_53 = _PROBED if site.health_check_ids and set(roles) == set(Role) else ()
    checks = ask_each(edge.check, asked_of_route_53)
    until = time.monotonic() + seconds
    return Topology(
        site=site,
        read_at=read_at,
        regions={
            role: regions[role].state(site, role, until) if role in regions else _unasked(site, role) for role in Role
        },
        dns=None if dns is None else dns.reading(until),
        health_checks=_with_serving(readings(checks, until)),
        lag={(role, role.peer): regions[role].lag.reading(until) if role in regions else _NOT_ASKED for role in Role},
        time_scale=clock.scale,
    )


@dataclass(frozen=True)
class _AskedRegion:
    """What one region has been asked."""

    fences: dict[Role, Asked[Fence]]
    heartbeats: dict[Role, Asked[Heartbeat]]
    health: Asked[bool]
    takeover: Asked[bool]
    alarms: Asked[tuple[Alarm, ...]]
    queues: dict[QueueKind, Asked[QueueDepth]]
    lag: Asked[float]
    """To the peer."""
    backlog: Asked[BucketBacklog]
    sentinel: Asked[Sentinel]
    automatic_takeover: Asked[bool]

    @classmethod
    def ask(cls, role: Role, reader: RegionReader, edge: EdgeReader, health_reads: int) -> "_AskedRegion":
        return cls(
            fences=ask_each(reader.fence, Role),
            heartbeats=ask_each(reader.heartbeat, Role),
            health=Asked(lambda: edge.health(role, reads=health_reads)),
            takeover=Asked(lambda: edge.takeover(role)),
            alarms=Asked(reader.alarms),
            queues=ask_each(reader.queue_depth, QueueKind),
            lag=Asked(reader.lag),
            backlog=Asked(reader.backlog),
            sentinel=Asked(reader.sentinel),
            automatic_takeover=Asked(reader.automatic_takeover),
        )

    def state(self, site: Site, role: Role, until: float) -> RegionState:
        return RegionState(
            site=site.regions[role],
            fences=readings(self.fences, until),
            heartbeats=readings(self.heartbeats, until),
            health=self.health.reading(until),
            takeover=self.takeover.reading(until),
            alarms=self.alarms.reading(until),
            queues=readings(self.queues, until),
            bucket_backlog=self.backlog.reading(until),
            sentinel=self.sentinel.reading(until),
            automatic_takeover=self.automatic_takeover.reading(until),
        )


def _unasked(site: Site, role: Role) -> RegionState:
    return RegionState(
        site=site.regions[role],
        fences=dict.fromkeys(Role, _NOT_ASKED),
        heartbeats=dict.fromkeys(Role, _NOT_ASKED),
        health=_NOT_ASKED,
        takeover=_NOT_ASKED,
        alarms=_NOT_ASKED,
        queues=dict.fromkeys(QueueKind, _NOT_ASKED),
        bucket_backlog=_NOT_ASKED,
        sentinel=_NOT_ASKED,
        automatic_takeover=_NOT_ASKED,
    )


def _with_serving(checks: dict[CheckName, Reading[bool]]) -> dict[CheckName, Reading[bool]]:
    """Add the calculated check, whose status Route 53's API does not tell: primary AND (not) takeover."""
    if not checks:
        return checks
    parts = [checks[CheckName.PRIMARY], checks[CheckName.TAKEOVER]]
    unknown = next((part for part in parts if isinstance(part, Unknown)), None)
    serving: Reading[bool] = unknown or Known(value=True)
    if Known(value=False) in parts:
        serving = Known(value=False)
    return {**checks, CheckName.SERVING: serving}
