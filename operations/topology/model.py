"""Everything that decides who serves and who may write, as one picture taken at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from handlers.payments.fence import Fence
from operations.site import CheckName, QueueKind, RegionSite, Role, Site
from operations.topology.readings import Reading

LATE_HEARTBEAT_SECONDS = 150
"""Two are written within this time, and the third is under way; the sentinel waits a little longer."""
SLOW_REPLICATION_SECONDS = 30
"""The lag aimed at."""


@dataclass(frozen=True)
class Heartbeat:
    """A region's last sign of life as one replica holds it."""

    at: float
    """Seconds since the epoch, whole ones."""
    age: float
    """Seconds (emulated ones, in an emulator) from then until it was read."""
    release: str
    """The digest of the code that wrote it."""


class AlarmState(StrEnum):
    """CloudWatch's words."""

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
    """About how many messages a queue holds, as of a minute ago at worst (FACTS 4.8)."""

    waiting: int
    in_flight: int
    delayed: int

    @property
    def total(self) -> int:
        """All of them."""
        return self.waiting + self.in_flight + self.delayed


@dataclass(frozen=True)
class BucketBacklog:
    """What is still on its way into a region's bucket; no datapoint is Unknown: S3 publishes none for idle buckets."""

    operations: int
    bytes: int


@dataclass(frozen=True)
class Sentinel:
    """What a region's sentinel remembers, as the region's own replica holds it."""

    armed: bool
    """It has seen the peer healthy, both running the same release."""
    running_release: str
    peer_seen_healthy_at: str


@dataclass(frozen=True)
class RegionState:
    """One region, as itself tells it: its replica, its endpoint, its queues, its alarms."""

    site: RegionSite
    fences: Mapping[Role, Reading[Fence]]
    """The fence *of* each role's region, as *this* region's replica holds it."""
    heartbeats: Mapping[Role, Reading[Heartbeat]]
    """The heartbeat *of* each role's region, as *this* region's replica holds it."""
    health: Reading[bool]
    """Whether `/health` answers 200, or the function's own word that it is unhealthy; anything else is Unknown."""
    takeover: Reading[bool]
    """Whether `/takeover` answers 200 (this region serves in place of its peer) or 404."""
    alarms: Reading[tuple[Alarm, ...]]
    """All of the site's alarms in the region, of every state."""
    queues: Mapping[QueueKind, Reading[QueueDepth]]
    bucket_backlog: Reading[BucketBacklog]
    sentinel: Reading[Sentinel]
    automatic_takeover: Reading[bool]
    """The operators' switch in the region's parameters; it matters in the standby."""


@dataclass(frozen=True)
class DnsAnswer:
    """What DNS says about the failover name."""

    addresses: tuple[str, ...]
    ttl: float
    """Seconds that resolvers may keep it."""
    role: Reading[Role]
    """Whose addresses they are."""


@dataclass(frozen=True)
class Topology:
    """Both regions and what lies between them."""

    site: Site
    read_at: float
    """Seconds since the epoch, when reading began."""
    regions: Mapping[Role, RegionState]
    dns: Reading[DnsAnswer] | None
    """None without a domain."""
    health_checks: Mapping[CheckName, Reading[bool]]
    """Route 53's: whether each counts as healthy (`takeover` is inverted: healthy means *not* taken over); empty
    without a domain."""
    lag: Mapping[tuple[Role, Role], Reading[float]]
    """Seconds from source to destination: the recent maximum of the source region's ReplicationLatency. Silence is
    Unknown: replication may stand still (FACTS 1.2)."""
    time_scale: float = 1.0
    """How many times faster than real time its seconds pass: in an emulator only."""

    @property
    def primary(self) -> RegionState:
        """The primary region."""
        return self.regions[Role.PRIMARY]

    @property
    def standby(self) -> RegionState:
        """The standby region."""
        return self.regions[Role.STANDBY]

    def fence(self, of: Role, *, seen_by: Role) -> Reading[Fence]:
        """Return the fence of one region as another's (or its own) replica holds it."""
        return self.regions[seen_by].fences[of]
