"""What steps touch, as steps see it: fences, heartbeats, payments, DNS."""

from dataclasses import dataclass
from typing import Protocol

from handlers.payments.fence import Fence, FenceChange
from operations.clock import Clock
from operations.errors import OperationError
from operations.site import Role, Site


class NotToldError(OperationError):
    """Something cannot be read or changed now; later it may be."""


@dataclass(frozen=True)
class Receipt:
    """A payment that is stored, and the role of the region where it began."""

    transaction_id: str
    began_in: Role


class Controls(Protocol):
    """What a plan is carried out on; whatever cannot be told or done raises `NotToldError`."""

    @property
    def site(self) -> Site:
        """The site."""

    @property
    def clock(self) -> Clock:
        """What waits and measures."""

    def fence(self, of: Role, *, seen_by: Role) -> Fence:
        """Read a region's fence in a replica."""

    def set_fence(self, of: Role) -> FenceChange:
        """Forbid a region to store payments, in the standby's replica."""

    def clear_fence(self, of: Role) -> FenceChange:
        """Allow a region to store payments, in the standby's replica."""

    def heartbeat_at(self, of: Role, *, seen_by: Role) -> float:
        """Read when a region last said that it lives, in a replica (seconds since the epoch, by the region's clock)."""

    def paid_at(self, role: Role) -> float:
        """Read when a payment last began in a region, in its own replica (seconds since the epoch)."""

    def waiting_in(self, role: Role) -> int:
        """Return about how many payments wait in a region's retry queue."""

    def taken_over(self) -> bool:
        """Ask the standby whether it serves in place of the primary."""

    def answered(self) -> Role:
        """Ask DNS anew which region it answers."""

    def pay(self) -> Receipt:
        """Pay 0.01 at the failover name; always the same payment, so that trying again is harmless."""
