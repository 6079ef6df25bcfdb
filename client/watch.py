"""Polls both regions for the writer: in the background, and at once while no region may receive payments."""

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
    """A client of one region: `client.payments.PaymentClient`, or a fake that raises the same errors."""

    @property
    def endpoint_url(self) -> str:
        """The endpoint."""

    def pay(self, payment: Mapping[str, object] | bytes, *, timeouts: Timeouts | None = None) -> Response:
        """Send a payment."""

    def get(self, transaction_id: str, *, timeouts: Timeouts | None = None) -> Response:
        """Read a payment."""

    def probe(self, path: str = "/health", *, timeouts: Timeouts | None = None) -> Response:
        """Get a path that needs no authorization."""


class WriterWatch:
    """Polls for the writer and passes the answers to the routing."""

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
        self._looked = -math.inf  # a client starts with a poll
        self._polling = Lock()
        self._polled = -math.inf

    def look_when_due(self) -> None:
        """Poll both regions in the background, unless a poll is recent or running."""
        now = self._clock.monotonic()
        if self._every_seconds and now - self._looked >= self._every_seconds and self._looking.acquire(blocking=False):
            self._looked = now
            try:
                self._in_background(self._look)
            except Exception:  # noqa: BLE001 — no thread can be started; payments work without polling
                self._looking.release()

    def poll(self, deadline: float) -> float:
        """Poll both regions, at most once per `POLL_SECONDS`; return the seconds to wait before the next poll.

        Args:
            deadline: The clock time by which the last answer must arrive.
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
                return 0.0  # the other region's answer is older
        if not any(answers):
            self._routing.note_silence()
        return max(0.0, now + POLL_SECONDS - self._clock.monotonic())

    def ask(self, region: int, deadline: float = math.inf) -> bool | None:
        """Ask a region for the writer; return whether it knows, None if it does not answer."""
        timeouts = _TIMEOUTS.within(deadline - self._clock.monotonic())
        try:
            answer = self._clients[region].probe("/writer", timeouts=timeouts)
        except Exception:  # noqa: BLE001 — any failure means no answer
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
