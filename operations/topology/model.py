"""The topology: all facts that decide who serves and who may write, at one point in time."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from contract.outputs import CheckName, QueueKind
from contract.roles import Role
from handlers.releases.item import Release
from handlers.tickers.decision import required_fitness
from handlers.tickers.memory import TickerMemory
from handlers.writer.glass import Glass
from handlers.writer.item import Writer
from operations.site import RegionSite, Site
from operations.topology.readings import Known, Reading, Unknown

LATE_HEARTBEAT_SECONDS = 60
"""Tickers write one every 10 s: this late, several are missing; in real seconds."""
SILENT_TICKER_SECONDS = 15
"""Tickers write each second what they remember; in real seconds."""

_CLOCKS_AGREE: Reading[float] = Known(0.0)
_NO_RELEASE: "Reading[Release | None]" = Known(None)


@dataclass(frozen=True)
class HeartbeatReading:
    """A region's last heartbeat in one replica."""

    at: float
    """Seconds since the epoch, whole ones."""
    age: float
    """Real seconds from then until it was read: tickers count real ones at any time scale."""
    release: str
    """The digest of the code that wrote it."""


class AlarmState(StrEnum):
    """An alarm's state, in CloudWatch's words."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


@dataclass(frozen=True)
class Alarm:
    """One alarm of a region."""

    name: str
    state: AlarmState
    reason: str
    actions_enabled: bool


@dataclass(frozen=True)
class QueueDepth:
    """The approximate number of messages in a queue, up to a minute old (FACTS 4.8)."""

    waiting: int
    in_flight: int
    delayed: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.waiting + self.in_flight + self.delayed


@dataclass(frozen=True)
class BucketBacklog:
    """The replication backlog of a region's bucket; unknown without datapoints, as of idle buckets."""

    operations: int
    bytes: int


@dataclass(frozen=True)
class TickerState:
    """The state of a region's ticker in the control table."""

    memory: TickerMemory
    age: float
    """Real seconds since it was written, by the ticker's and the site's clocks."""

    @property
    def run(self) -> str:
        """Return the active run."""
        return self.memory.run

    @property
    def is_fit(self) -> bool:
        """Return whether the region could take a payment now."""
        return self.memory.fit

    @property
    def is_heard(self) -> bool:
        """Return whether it has written recently."""
        return self.age <= SILENT_TICKER_SECONDS

    @property
    def fit_seconds(self) -> float:
        """Return how long the region has been fit without interruption."""
        return self.memory.fit_for

    @property
    def lag(self) -> float | None:
        """Return the replication lag from the peer in seconds, last measured while the peer proved its fitness."""
        return self.memory.lag

    @property
    def counted_changes(self) -> int:
        """Return the unattended changes that count against another one."""
        return max(0, self.memory.automatic_changes - self.memory.forgiven)

    @property
    def needed_seconds(self) -> float:
        """Return how long the region must have been fit before it takes over unattended."""
        return required_fitness(self.memory)


@dataclass(frozen=True)
class RegionState:
    """One region: its replicas, its endpoint, its queues, its alarms."""

    site: RegionSite
    control: Reading[Writer | None]
    """The writer by this region's strongly consistent read; None if nobody has created it. Unknown: no quorum here."""
    remembered: Reading[Writer | None]
    """The writer as this region's replica remembers it, which may be long ago (FACTS 1.10): it decides nothing."""
    owns: Reading[bool]
    """Whether `/writer` answers 200 (this region owns the writer) or 404."""
    health: Reading[bool]
    """Whether `/health` answers 200, or the function's own word that it is unhealthy; anything else is Unknown."""
    ticker: Reading[TickerState]
    """What this region's ticker remembers, by this region's strongly consistent read."""
    heartbeats: Mapping[Role, Reading[HeartbeatReading]]
    """The heartbeat *of* each role's region, as *this* region's replica holds it."""
    glass: Reading[Glass | None]
    """The broken glass in this region's replica of the payments table; None when it is whole."""
    alarms: Reading[tuple[Alarm, ...]]
    """All of the site's alarms in the region, of every state."""
    queues: Mapping[QueueKind, Reading[QueueDepth]]
    bucket_backlog: Reading[BucketBacklog]
    release: Reading[Release | None] = _NO_RELEASE
    """The release under way or the last one, by this region's strongly consistent read; None if there was none yet."""

    @property
    def answers(self) -> bool:
        """Return whether the region answers at all."""
        return any(isinstance(each, Known) for each in (self.control, self.remembered, self.owns, self.health))


@dataclass(frozen=True)
class DnsAnswer:
    """The DNS answer for the failover name."""

    addresses: tuple[str, ...]
    ttl: float
    """Seconds that resolvers may keep it."""
    role: Reading[Role]
    """Whose addresses they are."""


@dataclass(frozen=True)
class Topology:
    """Both regions, and replication and DNS between them."""

    site: Site
    read_at: float
    """Seconds since the epoch, when reading began, by the site's clock (`operations.topology.site_clock`)."""
    regions: Mapping[Role, RegionState]
    dns: Reading[DnsAnswer] | None
    """None without a domain."""
    health_checks: Mapping[CheckName, Reading[bool]]
    """Route 53's: whether each counts as healthy (`standby_writer` means that the standby owns); empty without a
    domain."""
    lag: Mapping[tuple[Role, Role], Reading[float]]
    """Seconds from source to destination: the recent maximum of the source region's ReplicationLatency. Silence is
    Unknown: replication may stand still (FACTS 1.2)."""
    time_scale: float = 1.0
    """How many times faster than real time its seconds pass: in an emulator only."""
    machine_ahead: Reading[float] = _CLOCKS_AGREE
    """Real seconds by which this machine's clock is ahead of the site's; ages and `read_at` are the site's already.
    Unknown where no answer from AWS carried the time: then they are this machine's."""

    @property
    def primary(self) -> RegionState:
        """The primary region."""
        return self.regions[Role.PRIMARY]

    @property
    def standby(self) -> RegionState:
        """The standby region."""
        return self.regions[Role.STANDBY]

    @property
    def writer(self) -> Reading[Writer | None]:
        """Return the writer by the strong read of any replica that has a quorum; the newest where several answer."""
        known = [state.control.value for state in self.regions.values() if isinstance(state.control, Known)]
        if known:
            return Known(max(known, key=lambda writer: 0 if writer is None else writer.epoch))
        return Unknown(
            "; ".join(
                f"{each.site.name}: {each.control.reason}"
                for each in self.regions.values()
                if isinstance(each.control, Unknown)
            )
        )

    @property
    def release(self) -> Reading[Release | None]:
        """Return the release under way or the last one, by the strong read of any replica that has a quorum."""
        known = [state.release for state in self.regions.values() if isinstance(state.release, Known)]
        if known:
            return known[0]
        reasons = (state.release.reason for state in self.regions.values() if isinstance(state.release, Unknown))
        return Unknown("; ".join(dict.fromkeys(reasons)))

    @property
    def owner(self) -> Role | None:
        """Return the role of the region that owns the writer, open or not; None if unknown."""
        writer = self.writer
        if isinstance(writer, Unknown) or writer.value is None:
            return None
        return self.site.role_of(writer.value.region)

    @property
    def serving(self) -> Role | None:
        """Return the role of the region that may store payments now; None if none may, or it is unknown."""
        writer = self.writer
        return self.owner if isinstance(writer, Known) and writer.value is not None and writer.value.is_open else None
