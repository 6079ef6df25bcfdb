"""What steps touch, as steps see it: the writer item, streams, replicas, endpoints, DNS, queues."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from contract.roles import Role
from handlers.writer.changes import Author, StaleEpochError
from handlers.writer.item import Writer
from operations.clock import OperationsClock
from operations.errors import OperationError
from operations.site import Site


class NotToldError(OperationError):
    """Something cannot be read or changed now; later it may be."""


class DoubtfulEpochError(StaleEpochError):
    """Somebody else changed the writer; an answer was lost before, so that the own change may have come first."""


@dataclass(frozen=True)
class SeenPayment:
    """A payment that is stored, and the role of the region where it began."""

    transaction_id: str
    began_in: Role


class Replicating(Protocol):
    """Follows the payments of a source's stream into a destination; raises `NotToldError`."""

    @property
    def missing(self) -> Collection[str]:
        """Return the payments that the stream has shown and the destination did not hold."""

    @property
    def oldest_seconds(self) -> float:
        """Return how old the oldest missing payment is; 0 if none is missing."""

    @property
    def shown(self) -> int:
        """Return how many payments the stream has shown."""

    @property
    def knows_history(self) -> bool:
        """Return whether what was stored before the watch began is known, too."""

    @property
    def at_end(self) -> bool:
        """Return whether the stream showed nothing new lately."""

    def expect_more(self) -> None:
        """Let `at_end` hold only once the stream has been read to its end anew."""

    def catch_up(self, seconds: float) -> None:
        """Read the history of the stream to its end, for so many real seconds at most."""

    def follow(self) -> None:
        """Read what the stream shows by now, and look up what has not been found yet."""


class Controls(Protocol):
    """What a plan is carried out on; whatever cannot be told or done raises `NotToldError`."""

    @property
    def site(self) -> Site:
        """Return the site."""

    @property
    def clock(self) -> OperationsClock:
        """Return what waits and measures."""

    def author(self) -> Author:
        """Return who changes the writer now, and why."""

    def writer(self) -> Writer | None:
        """Read the writer at any replica that has a quorum; None if nobody has created it."""

    def change(self, before: Writer, after: Writer, *, near: Role) -> Writer:
        """Change the writer at any replica that has a quorum, asking the one of `near` first.

        Raises:
            StaleEpochError: Somebody else changed it since `before`.
            NotToldError: No replica has a quorum, or none answers: whether the change was made is unknown.
        """

    def break_glass(self, of: Role, epoch: int) -> None:
        """Let a region store without a quorum."""

    def replicating(self, source: Role, destination: Role) -> Replicating:
        """Begin to follow the payments of the source's stream into the destination."""

    def begun_in(self, role: Role) -> Sequence[str]:
        """Return the payments that began in a region since this was asked first, as its stream shows them."""

    def waiting_in(self, role: Role) -> int:
        """Return about how many payments wait in a region's retry queue."""

    def waiting_payments(self, role: Role) -> Sequence[str]:
        """Return the ids of payments that wait in a region's retry queue, of as many as one look shows."""

    def owns(self, role: Role) -> bool:
        """Ask a region's `/writer` whether the region owns the writer."""

    def answered(self) -> Role:
        """Ask DNS anew which region it answers."""

    def pay(self) -> SeenPayment:
        """Pay 0.01 at the failover name; always the same payment, so that trying again is harmless."""
