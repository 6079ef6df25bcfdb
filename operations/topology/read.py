"""Reads the whole topology concurrently, in the time of one call; what does not answer in time is unknown."""

from dataclasses import dataclass

from contract.outputs import CheckName, QueueKind
from contract.roles import Role
from handlers.releases.item import Release
from handlers.writer.glass import Glass
from handlers.writer.item import Writer
from operations.aws import Aws
from operations.clock import OperationsClock
from operations.endpoints import EndpointSettings
from operations.site import Site
from operations.topology.asking import THREADS, Asker, PendingRead, ask_each, readings
from operations.topology.edge import Edge, EdgeReader
from operations.topology.model import (
    Alarm,
    BucketBacklog,
    HeartbeatReading,
    QueueDepth,
    RegionState,
    TickerState,
    Topology,
)
from operations.topology.readings import Known, Reading, Unknown
from operations.topology.regional import RegionReader
from operations.topology.site_clock import SiteClock, at_site

SECONDS = 1.5
"""How long all of it may take from the moment at which everything has been asked."""

_PROBED = (CheckName.PRIMARY_WRITER, CheckName.STANDBY_WRITER, CheckName.STANDBY_HEALTH)


def read_topology(
    site: Site,
    aws: Aws,
    surroundings: EndpointSettings,
    clock: OperationsClock,
    *,
    seconds: float = SECONDS,
    health_reads: int = 1,
    edge: Edge | None = None,
    asker: Asker = THREADS,
) -> Topology:
    """Read the site's topology; what cannot be read is unknown, not an error.

    Args:
        site: The site's names.
        aws: The clients.
        surroundings: The endpoints of DNS and the data planes.
        clock: This machine's clock; ages are measured by the site's clock, from AWS's answers.
        seconds: The time limit, counted from when all reads have started.
        health_reads: How often a region must report itself unhealthy; `seconds` must leave time for it.
        edge: Queries endpoints and DNS; replaced in a simulation.
        asker: Runs reads concurrently; replaced in a simulation.
    """
    site_clock = SiteClock(clock)
    hurried = aws.hurried(connect_timeout=seconds, read_timeout=seconds, hears=site_clock.hear)
    outside = edge or EdgeReader(site, hurried, surroundings, seconds=seconds)
    readers = {role: RegionReader(site, role, hurried, site_clock) for role in Role}
    for reader in readers.values():
        reader.prepare()
    read_at = clock.time()
    regions = {role: _AskedRegion.ask(role, reader, outside, asker, health_reads) for role, reader in readers.items()}
    url = site.failover_endpoint_url
    dns = None if url is None else PendingRead(lambda: outside.dns(url), asker)
    checks = ask_each(outside.check, _PROBED if site.health_check_ids else (), asker)
    until = asker.monotonic() + seconds
    states = {role: asked.state(site, role, until) for role, asked in regions.items()}
    ahead = site_clock.ahead  # read once, because late answers still change it
    return Topology(
        site=site,
        read_at=at_site(read_at, ahead),
        regions=states,
        dns=None if dns is None else dns.reading(until),
        health_checks=_with_serving(readings(checks, until)),
        lag={(role, role.peer): asked.lag.reading(until) for role, asked in regions.items()},
        time_scale=clock.scale,
        machine_ahead=ahead,
    )


@dataclass(frozen=True)
class _AskedRegion:
    """The pending reads of one region."""

    control: PendingRead[Writer | None]
    remembered: PendingRead[Writer | None]
    owns: PendingRead[bool]
    health: PendingRead[bool]
    ticker: PendingRead[TickerState]
    heartbeats: dict[Role, PendingRead[HeartbeatReading]]
    glass: PendingRead[Glass | None]
    alarms: PendingRead[tuple[Alarm, ...]]
    queues: dict[QueueKind, PendingRead[QueueDepth]]
    backlog: PendingRead[BucketBacklog]
    release: PendingRead[Release | None]
    lag: PendingRead[float]
    """To the peer."""

    @classmethod
    def ask(cls, role: Role, reader: RegionReader, edge: Edge, asker: Asker, health_reads: int) -> "_AskedRegion":
        return cls(
            control=PendingRead(reader.control, asker),
            remembered=PendingRead(reader.remembered, asker),
            owns=PendingRead(lambda: edge.owns(role), asker),
            health=PendingRead(lambda: edge.health(role, reads=health_reads), asker),
            ticker=PendingRead(reader.ticker, asker),
            heartbeats=ask_each(reader.heartbeat, Role, asker),
            glass=PendingRead(reader.glass, asker),
            alarms=PendingRead(reader.alarms, asker),
            queues=ask_each(reader.queue_depth, QueueKind, asker),
            backlog=PendingRead(reader.backlog, asker),
            release=PendingRead(reader.release, asker),
            lag=PendingRead(reader.lag, asker),
        )

    def state(self, site: Site, role: Role, until: float) -> RegionState:
        return RegionState(
            site=site.regions[role],
            control=self.control.reading(until),
            remembered=self.remembered.reading(until),
            owns=self.owns.reading(until),
            health=self.health.reading(until),
            ticker=self.ticker.reading(until),
            heartbeats=readings(self.heartbeats, until),
            glass=self.glass.reading(until),
            alarms=self.alarms.reading(until),
            queues=readings(self.queues, until),
            bucket_backlog=self.backlog.reading(until),
            release=self.release.reading(until),
        )


def _with_serving(checks: dict[CheckName, Reading[bool]]) -> dict[CheckName, Reading[bool]]:
    """Add the calculated check, whose status Route 53's API does not return: primary's writer AND NOT standby's."""
    if not checks:
        return checks
    primary, standby = checks[CheckName.PRIMARY_WRITER], checks[CheckName.STANDBY_WRITER]
    serving: Reading[bool] = Known(value=True)
    if primary == Known(value=False) or standby == Known(value=True):
        serving = Known(value=False)
    elif unknown := next((each for each in (primary, standby) if isinstance(each, Unknown)), None):
        serving = unknown
    return {**checks, CheckName.SERVING: serving}
