"""Estimates what a move would lose or delay: acknowledged payments that the destination does not hold yet."""

from dataclasses import dataclass

from contract.outputs import QueueKind
from contract.roles import Role
from operations.aws import Aws
from operations.clock import OperationsClock
from operations.site import Site
from operations.timestamps import for_people
from operations.topology.asking import UNREADABLE, reason
from operations.topology.model import Topology
from operations.topology.readings import Known, Reading, Unknown
from operations.topology.replication_watch import WINDOW_SECONDS, ReplicationWatch


@dataclass(frozen=True)
class MissingPayments:
    """Payments of the source's stream that the destination does not hold."""

    count: int
    oldest_seconds: float


@dataclass(frozen=True)
class LossEstimate:
    """The payments that a move would leave behind in the source, as far as they are known."""

    source: str
    destination: str
    missing: Reading[MissingPayments]
    heard_at: Reading[float]
    """When the source wrote the heartbeat that the destination holds (seconds since the epoch)."""
    waiting: Reading[int]
    """Accepted payments in the source's retry queue, as far as its count shows (FACTS 4.8)."""
    is_long: bool = False
    """Whether nothing but the length of the source's stream keeps `missing` unknown."""

    @property
    def is_possible(self) -> bool:
        """Return whether anything is missing, or may be."""
        return isinstance(self.missing, Unknown) or self.missing.value.count > 0

    @property
    def text(self) -> str:
        """Return one line for people."""
        return f"{self._missing_text}; {self._waiting_text}"

    @property
    def _missing_text(self) -> str:
        match self.missing:
            case Known(missing) if missing.count:
                payments = "payment" if missing.count == 1 else "payments"
                return (
                    f"{missing.count} acknowledged {payments} of {self.source}, the oldest "
                    f"{missing.oldest_seconds:.0f} s old, not yet in {self.destination}"
                )
            case Known():
                return (
                    f"every payment that {self.source}'s stream shows of the last {WINDOW_SECONDS / 60:g} minutes is "
                    f"in {self.destination}"
                )
            case Unknown(reason_):
                after = (
                    f"payments acknowledged there after {for_people(self.heard_at.value)} may be missing"
                    if isinstance(self.heard_at, Known)
                    else "since when payments may be missing is not known either"
                )
                return (
                    f"it is unknown how many acknowledged payments of {self.source} are not yet in {self.destination} "
                    f"({reason_}); {after}"
                )

    @property
    def _waiting_text(self) -> str:
        if isinstance(self.waiting, Unknown):
            return f"how many wait in {self.source}'s retry queue is unknown ({self.waiting.reason})"
        return f"{self.waiting.value or 'none'} waiting in {self.source}'s retry queue"


def estimate_loss(
    topology: Topology, aws: Aws, clock: OperationsClock, *, source: Role, destination: Role, seconds: float
) -> LossEstimate:
    """Read the payments not yet in the destination; what cannot be read is unknown, not an error.

    Args:
        topology: The present state.
        aws: The clients.
        clock: Measures ages.
        source: The region that takes payments, or took them last.
        destination: The region that will take them.
        seconds: The limit for reading the source's stream, in real seconds.
    """
    site = topology.site
    heartbeat = topology.regions[destination].heartbeats[source]
    queue = topology.regions[source].queues[QueueKind.RETRY]
    missing, is_long = _missing(site, aws, clock, source, destination, seconds)
    return LossEstimate(
        source=site.regions[source].name,
        destination=site.regions[destination].name,
        missing=missing,
        heard_at=Known(heartbeat.value.at) if isinstance(heartbeat, Known) else heartbeat,
        waiting=Known(queue.value.total) if isinstance(queue, Known) else queue,
        is_long=is_long,
    )


def _missing(
    site: Site, aws: Aws, clock: OperationsClock, source: Role, destination: Role, seconds: float
) -> tuple[Reading[MissingPayments], bool]:
    try:
        watch = ReplicationWatch(site, aws.hurried(), clock, source=source, destination=destination)
        watch.catch_up(seconds)
    except UNREADABLE as error:
        return Unknown(reason(error)), False
    if not watch.knows_history:
        return Unknown(f"its stream holds more than can be read in {seconds:g} s"), True
    return Known(MissingPayments(len(watch.missing), watch.oldest_seconds)), False
