"""The controls of a deployed site: each call goes to the region that it is about, and to nothing else."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from botocore.credentials import Credentials

from handlers.control import read_activity
from handlers.payments.fence import Fence, FenceChange, clear_fence, set_fence
from handlers.runtime import timestamp
from operations.aws import Aws
from operations.clock import Clock
from operations.execution.controls import NotToldError, Receipt
from operations.site import QueueKind, Role, Site
from operations.surroundings import Surroundings
from operations.topology.asking import UNREADABLE, UnknownError, reason
from operations.topology.edge import EdgeReader
from operations.topology.readings import Unknown
from operations.topology.regional import RegionReader

DRILL_PREFIX = "drill-"
"""What the ids of payments begin with that operations make."""

_PROBE_SECONDS = 2.0
_OK, _CREATED = 200, 201


class LiveControls:
    """A deployed site.

    Args:
        site: Its names.
        aws: Whose rights count for fences and readings.
        clock: What waits and measures.
        surroundings: Where DNS and the data planes are.
        by: Who acts, as the fence tells.
        why: The fence's reason.
        payer: Whose rights count for a payment; None sends it unsigned.
    """

    def __init__(
        self,
        *,
        site: Site,
        aws: Aws,
        clock: Clock,
        surroundings: Surroundings,
        by: str,
        why: str,
        payer: Credentials | None = None,
    ) -> None:
        self.site, self.clock = site, clock
        self._aws, self._surroundings = aws, surroundings
        self._by, self._why, self._payer = by, why, payer
        self._edge = EdgeReader(site, aws, surroundings, seconds=_PROBE_SECONDS)
        self._regions = {role: RegionReader(site, role, aws, clock) for role in Role}
        self._payment = {"transactionId": f"{DRILL_PREFIX}{uuid4().hex}", "amount": "0.01", "currency": "EUR"}

    def fence(self, of: Role, *, seen_by: Role) -> Fence:
        """Read a region's fence in a replica."""
        with self._telling(f"{self._name(seen_by)}'s replica"):
            return self._regions[seen_by].fence(of)

    def set_fence(self, of: Role) -> FenceChange:
        """Forbid a region to store payments, in the standby's replica."""
        with self._telling(f"{self._name(Role.STANDBY)}'s replica"):
            table = self._regions[Role.STANDBY].table_client
            return set_fence(table, self.site.table_name, self._name(of), reason=self._why, by=self._by, at=self._now())

    def clear_fence(self, of: Role) -> FenceChange:
        """Allow a region to store payments, in the standby's replica."""
        with self._telling(f"{self._name(Role.STANDBY)}'s replica"):
            table = self._regions[Role.STANDBY].table_client
            return clear_fence(
                table, self.site.table_name, self._name(of), reason=self._why, by=self._by, at=self._now()
            )

    def heartbeat_at(self, of: Role, *, seen_by: Role) -> float:
        """Read when a region last said that it lives, in a replica (seconds since the epoch, by the region's clock)."""
        with self._telling(f"{self._name(of)}'s heartbeat in {self._name(seen_by)}'s replica"):
            return self._regions[seen_by].heartbeat_at(of)

    def paid_at(self, role: Role) -> float:
        """Read when a payment last began in a region, in its own replica (seconds since the epoch)."""
        with self._telling(f"payments in {self._name(role)}"):
            began = read_activity(self._regions[role].table_client, self.site.table_name, self._name(role))
            if began is None:
                raise UnknownError("there have been none yet")
            return began

    def waiting_in(self, role: Role) -> int:
        """Return about how many payments wait in a region's retry queue."""
        with self._telling(f"{self._name(role)}'s retry queue"):
            return self._regions[role].queue_depth(QueueKind.RETRY).total

    def taken_over(self) -> bool:
        """Ask the standby whether it serves in place of the primary."""
        with self._telling(f"{self._name(Role.STANDBY)}'s /takeover"):
            return self._edge.takeover(Role.STANDBY)

    def answered(self) -> Role:
        """Ask DNS anew which region it answers."""
        with self._telling("DNS"):
            answer = self._edge.dns(str(self.site.failover_endpoint_url)).role
        if isinstance(answer, Unknown):
            raise NotToldError(f"DNS: {answer.reason}")
        return answer.value

    def pay(self) -> Receipt:
        """Pay 0.01 at the failover name; always the same payment, so that trying again is harmless."""
        url = str(self.site.failover_endpoint_url)
        with self._telling("a payment of 0.01"):
            # A new client has nothing in its resolver's cache.
            answer = self._surroundings.client(url, credentials=self._payer).pay(self._payment)
            if answer.status not in {_OK, _CREATED}:
                raise UnknownError(f"answered {answer.status}")
            stored = answer.json()
            for role in Role:
                if isinstance(stored, dict) and stored.get("region") == self._name(role):
                    return Receipt(self._payment["transactionId"], role)
            raise UnknownError(f"answered {answer.status} without one of the two regions")

    def _name(self, role: Role) -> str:
        return self.site.regions[role].name

    def _now(self) -> str:
        return timestamp(self.clock.time())

    @staticmethod
    @contextmanager
    def _telling(what: str) -> Iterator[None]:
        try:
            yield
        except UNREADABLE as error:
            raise NotToldError(f"{what}: {reason(error)}") from error
