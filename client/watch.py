"""Asks both regions who writes, in the background now and then, and at once while nobody may be paid at."""

import math
from collections.abc import Callable, Mapping, Sequence
from threading import Lock, Thread
from typing import Protocol

from client.attempt_results import document
from client.dns import Monotonic
from client.https import Response, Timeouts
from client.routing import POLL_SECONDS, Routing

_TIMEOUTS = Timeouts(connect=1, answer=2)
"""Route 53's limit for an answer, so that a client and a health checker agree (FACTS 2.1)."""


class Regional(Protocol):
    """A client of one region, `client.payments.PaymentClient` or a test's; its methods raise as that one's do."""

    @property
    def endpoint_url(self) -> str:
        """The endpoint."""

    def pay(self, payment: Mapping[str, object] | bytes, *, timeouts: Timeouts | None = None) -> Response:
        """Send a payment."""

    def get(self, transaction_id: str, *, timeouts: Timeouts | None = None) -> Response:
        """Read a payment."""

    def probe(self, path: str = "/health", *, timeouts: Timeouts | None = None) -> Response:
        """Ask a path that needs no authorization."""


class WriterWatch:
    """Asks for the writer and lets the routing know."""

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
        self._looking = Lock()
        self._looked = -math.inf  # a client begins by asking
        self._polling = Lock()
        self._polled = -math.inf

    def look_when_due(self) -> None:
        """Ask both regions in the background, unless that was done lately or is being done."""
        now = self._clock.monotonic()
        if self._every_seconds and now - self._looked >= self._every_seconds and self._looking.acquire(blocking=False):
            self._looked = now
            try:
                self._in_background(self._look)
            except Exception:  # noqa: BLE001 — no thread can be started: payments go on without
                self._looking.release()

    def poll(self, deadline: float) -> float:
        """Ask until a region may be paid at, at most once each `POLL_SECONDS`; return how long to wait before the next.

        Args:
            deadline: The moment of the clock at which the last answer must have come.
        """
        with self._polling:
            now = self._clock.monotonic()
            if (due := self._polled + POLL_SECONDS) > now:
                return due - now
            self._polled = now
        before, current = self._routing.writer, self._routing.current
        answers = []
        for region in (current, 1 - current):
            answers.append(self.ask(region, deadline))
            if self._routing.writer != before and self._routing.may_pay:
                return 0.0  # what the other region says is older
        if not any(answers):
            self._routing.note_silence()
        return max(0.0, now + POLL_SECONDS - self._clock.monotonic())

    def ask(self, region: int, deadline: float = math.inf) -> bool | None:
        """Ask a region who writes; return whether it knows, None if it does not answer."""
        timeouts = _TIMEOUTS.within(deadline - self._clock.monotonic())
        try:
            answer = self._clients[region].probe("/writer", timeouts=timeouts)
        except Exception:  # noqa: BLE001 — whatever it is, the region has said nothing
            return None
        return self._routing.note_answer(region, document(answer))

    def _look(self) -> None:
        try:
            for region in (0, 1):
                self.ask(region)
        finally:
            self._looking.release()


def _in_a_thread(run: Callable[[], None]) -> None:
    Thread(target=run, daemon=True, name="payment-client-watch").start()
