"""The interface between steps and the site: the writer item, streams, replicas, endpoints, DNS, queues."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from contract.roles import Role
from handlers.writer.changes import Author, StaleEpochError
from handlers.writer.item import Writer
from operations.clock import OperationsClock
from operations.errors import OperationError
from operations.site import Site


class NotAvailableError(OperationError):
    """Something cannot be read or changed now; retrying may help."""


class DoubtfulEpochError(StaleEpochError):
    """Somebody else changed the writer; an answer was lost before, so the plan's own change may have come first."""


@dataclass(frozen=True)
class SeenPayment:
    """A payment that is stored, and the role of the region where it began."""

    transaction_id: str
    began_in: Role


class Replicating(Protocol):
    """Follows the payments of a source's stream into a destination; raises `NotAvailableError`."""

    @property
    def missing(self) -> Collection[str]:
        """Return the payments that the stream has shown and the destination did not hold."""

    @property
    def oldest_seconds(self) -> float:
        """Return the age of the oldest missing payment; 0 if none is missing."""

    @property
    def shown(self) -> int:
        """Return how many payments the stream has shown."""

    @property
    def knows_history(self) -> bool:
        """Return whether payments stored before the watch began are covered, too."""

    @property
    def at_end(self) -> bool:
        """Return whether the stream has had nothing new recently."""

    def expect_more(self) -> None:
        """Reset `at_end` until the stream has been read to its end again."""

    def catch_up(self, seconds: float) -> None:
        """Read the history of the stream to its end, for at most `seconds` real seconds."""

    def follow(self) -> None:
        """Read new records of the stream, and look up the payments not found so far."""


class Controls(Protocol):
    """Reads and changes the site for a plan; raises `NotAvailableError` for what cannot be read or changed now."""

    @property
    def site(self) -> Site:
        """Return the site."""

    @property
    def clock(self) -> OperationsClock:
        """Return the clock that waits and measures."""

    def author(self) -> Author:
        """Return who changes the writer, and why."""

    def writer(self) -> Writer | None:
        """Read the writer at any replica that has a quorum; None if it does not exist."""

    def change(self, before: Writer, after: Writer, *, near: Role) -> Writer:
        """Change the writer at any replica that has a quorum, trying the one of `near` first.

        Raises:
            StaleEpochError: Somebody else changed it since `before`.
            NotAvailableError: No replica has a quorum, or none answers: whether the change was made is unknown.
        """

    def break_glass(self, of: Role, epoch: int) -> None:
        """Let a region store without a quorum."""

    def replicating(self, source: Role, destination: Role) -> Replicating:
        """Start following the payments of the source's stream into the destination."""

    def begun_in(self, role: Role) -> Sequence[str]:
        """Return the payments that began in a region since the first call, from its stream."""

    def waiting_in(self, role: Role) -> int:
        """Return the approximate number of payments in a region's retry queue."""

    def waiting_payments(self, role: Role) -> Sequence[str]:
        """Return the ids of payments in a region's retry queue, as many as one receive returns."""

    def owns(self, role: Role) -> bool:
        """Return whether a region owns the writer according to its `/writer`."""

    def answered(self) -> Role:
        """Return the region that DNS answers with, uncached."""

    def pay(self) -> SeenPayment:
        """Pay 0.01 at the failover name; the payment is always the same, so repeating it is safe."""
