"""What two regions say of each other: whether one is well, and whether it has been told to stand aside."""

import math
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from threading import Lock, Thread
from typing import Protocol

from client.dns import Monotonic
from client.https import Response, Timeouts
from client.routing import PRIMARY, STANDBY, Routing

_TIMEOUTS = Timeouts(connect=1, answer=2)
"""Route 53's limit for an answer, so that a client and a health checker agree (FACTS 2.1)."""

_FENCED = {int(HTTPStatus.OK): True, int(HTTPStatus.NOT_FOUND): False}
"""What a region's `/takeover` says of the other one; anything else says nothing."""


class Regional(Protocol):
    """A client of one region, `client.payments.PaymentClient` or a test's; its methods raise OSError."""

    @property
    def endpoint_url(self) -> str:
        """The endpoint."""

    def pay(self, payment: Mapping[str, object] | bytes, *, timeouts: Timeouts | None = None) -> Response:
        """Send a payment."""

    def get(self, transaction_id: str, *, timeouts: Timeouts | None = None) -> Response:
        """Read a payment."""

    def probe(self, path: str = "/health", *, timeouts: Timeouts | None = None) -> Response:
        """Ask a path that needs no authorization."""


class Watch:
    """Asks both regions, when it is told to or when it is due, and lets the routing know."""

    def __init__(
        self,
        clients: Sequence[Regional],
        routing: Routing,
        *,
        clock: Monotonic,
        every_seconds: float,
        in_background: Callable[[Callable[[], None]], None] | None = None,
    ) -> None:
        self._clients = clients
        self._routing = routing
        self._clock = clock
        self._every_seconds = every_seconds
        self._in_background = in_background or _in_a_thread
        self._busy = Lock()
        self._began = -math.inf  # a client begins by asking

    def look(self) -> None:
        """Ask whether the primary may serve."""
        fenced = self.is_fenced(PRIMARY)
        self._routing.note_fence(PRIMARY, fenced=fenced)
        if self._routing.current == STANDBY:
            self._routing.note_primary(is_well=fenced is False and self.is_well(PRIMARY))

    def look_when_due(self) -> None:
        """Do so in the background, unless that was done lately or is being done."""
        now = self._clock.monotonic()
        if self._every_seconds and now - self._began >= self._every_seconds and self._busy.acquire(blocking=False):
            self._began = now
            self._in_background(self._look_once)

    def is_fenced(self, region: int, deadline: float = math.inf) -> bool | None:
        """Ask the other region, which knows the fence that matters; None if it does not tell."""
        status = self._asked(1 - region, "/takeover", deadline)
        return None if status is None else _FENCED.get(status)

    def is_well(self, region: int, deadline: float = math.inf) -> bool:
        """Ask a region's health check."""
        return self._asked(region, "/health", deadline) == HTTPStatus.OK

    def _asked(self, region: int, path: str, deadline: float) -> int | None:
        timeouts = _TIMEOUTS.within(deadline - self._clock.monotonic())
        try:
            return self._clients[region].probe(path, timeouts=timeouts).status
        except OSError:
            return None

    def _look_once(self) -> None:
        try:
            self.look()
        finally:
            self._busy.release()


def _in_a_thread(run: Callable[[], None]) -> None:
    Thread(target=run, daemon=True, name="payment-client-watch").start()
