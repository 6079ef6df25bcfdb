"""Decides which of two regions a client pays in, from the answers it has seen; sends nothing.

A client follows the writer with the highest epoch it has seen, and prefers no region. While the writer is closed or its
region is unreachable, the client sends no payment and polls both regions for the writer. Only when no region knows the
writer does it send a payment on a guess; a region that does not know refuses it. A client leaves its region when

- a higher epoch names the other one: at once;
- none of its addresses is reached, twice in a row; any answer of the region resets the count.

A failed or missing answer does not change the region: it counts as slow, and gets a longer timeout.
"""

from collections.abc import Mapping
from threading import Lock

from client.attempt_results import AttemptResult
from client.dns import Monotonic
from client.writer import SeenWriter, seen_writer

NOT_REACHED_MOST = 1
"""How many attempts in a row that reach no address are forgiven."""

POLL_SECONDS = 1.0
"""How often the regions are asked who writes while nobody may be paid at; a refusal lasts at least as long."""


class Routing:
    """The region to pay in; threads may share it."""

    def __init__(self, clock: Monotonic) -> None:
        self._clock = clock
        self._lock = Lock()
        self._names: list[str | None] = [None, None]
        self.writer: SeenWriter | None = None
        """As the highest epoch names it; None before any region has."""
        self._guess = 0
        self._may_guess = True  # a client starts with a payment
        self._avoided: int | None = None
        self._not_reached = [0, 0]
        self._closed_until = [0.0, 0.0]
        self._refused = [False, False]

    @property
    def current(self) -> int:
        """Return the region for the next payment: 0 or 1."""
        chosen = self._guess if self.writer is None else self.writer.owner
        return 1 - chosen if self._avoided == chosen else chosen

    @property
    def may_pay(self) -> bool:
        """Return whether a payment may be sent now; otherwise poll the regions for the writer."""
        with self._lock:
            writer = self.writer
            is_known = writer is not None and writer.is_open and writer.owner != self._avoided
            is_due = self._closed_until[self.current] <= self._clock.monotonic()
            return is_due and (is_known or self._may_guess)

    def note_attempt(
        self, region: int, verdict: AttemptResult, *, said: Mapping[str, object] | None = None, closed_for: float = 0
    ) -> None:
        """Note an attempt: its verdict, the body of a refusal, its Retry-After in seconds."""
        with self._lock:
            if verdict is AttemptResult.REFUSED:
                self._note_writer(region, said or {})
                closed_for = max(closed_for, POLL_SECONDS)
            self._refused[region] = verdict is AttemptResult.REFUSED
            self._closed_until[region] = self._clock.monotonic() + closed_for
            self._may_guess = self._may_guess and verdict is AttemptResult.FINAL
            if verdict is AttemptResult.NOT_REACHED:
                self._not_reached[region] += 1
                if self._not_reached[region] > NOT_REACHED_MOST:
                    self._avoided = region
                    self._not_reached[1 - region] = 0
            else:
                self._note_reached(region)
            if verdict is AttemptResult.REFUSED and self.writer is None:
                self._guess = 1 - region

    def note_answer(self, region: int, said: Mapping[str, object]) -> bool:
        """Note the body of a region's `/writer`; return whether the region knows the writer."""
        with self._lock:
            self._note_reached(region)
            return self._note_writer(region, said)

    def note_silence(self) -> None:
        """Note that no region knows the writer."""
        with self._lock:
            self._may_guess = True

    def _note_reached(self, region: int) -> None:
        self._not_reached[region] = 0
        if self._avoided == region:
            self._avoided = None

    def _note_writer(self, region: int, said: Mapping[str, object]) -> bool:
        name = said.get("servedBy")
        if isinstance(name, str) and name:
            self._names[region] = name
        nested = said.get("writer")
        writer = seen_writer(nested if isinstance(nested, dict) else said, by=region, name=self._names[region])
        if writer is None:
            return False
        self._may_guess = False
        if writer.supersedes(self.writer):
            self.writer = writer
            self._avoided = None if self._avoided == writer.owner else self._avoided
            for each in (0, 1):
                self._lift_refusal(each)
        elif writer == self.writer and writer.is_open and writer.said_by == writer.owner:
            self._lift_refusal(region)
        return True

    def _lift_refusal(self, region: int) -> None:
        """Clear a refusal once its region may store again; a throttled or failing region keeps its wait."""
        if self._refused[region]:
            self._refused[region], self._closed_until[region] = False, 0.0
