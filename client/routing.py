"""Which of two regions a client pays in: decided from what it has seen, without DNS and without anything sent.

The rule is Route 53's, applied sooner: the primary, while it is well and has not been told to stand aside. A region
knows a payment that was made in the other one only once replication has carried it over, so moving is for a region that
does not serve, and slow is not down. A client leaves its region when

- the region says that it is fenced, or the other region says so: at once;
- none of its addresses is reached, twice in a row;
- it fails or does not answer, and its `/health` does not answer 200 either;
- it fails four times in a row although its `/health` answers 200.

An answer that does not come while `/health` is well moves nobody: the region is slow, and is waited for longer.
"""

from threading import Lock

from client.dns import Monotonic
from client.judgement import Verdict

PRIMARY, STANDBY = 0, 1

NOT_REACHED_MOST = 1
FAILURES_MOST = 3
"""How many in a row are forgiven."""

RETURN_AFTER_SECONDS = 60
"""How long the primary must have been seen well before a client returns to it unasked: a TTL, as with DNS."""

LONGEST_RETURN_AFTER_SECONDS = 960
"""Each relapse doubles it until then: a primary that flaps moves ever fewer payments to and fro."""


class Routing:
    """The region that serves; threads may share it."""

    def __init__(self, clock: Monotonic) -> None:
        self.current = PRIMARY
        self._clock = clock
        self._lock = Lock()
        self._not_reached = [0, 0]
        self._failures = [0, 0]
        self._closed_until = [0.0, 0.0]
        self._says_fenced = [False, False]
        self._well_since: float | None = None
        self._return_after: float = RETURN_AFTER_SECONDS
        self._has_returned = False

    def note(self, region: int, verdict: Verdict, *, is_well: bool = True, closed_for: float = 0) -> None:
        """Take in what an attempt in a region has shown: its verdict, its `/health`, its Retry-After in seconds."""
        with self._lock:
            self._closed_until[region] = self._clock.monotonic() + closed_for
            self._says_fenced[region] = verdict is Verdict.FENCED
            self._not_reached[region] = self._not_reached[region] + 1 if verdict is Verdict.NOT_REACHED else 0
            self._failures[region] = self._failures[region] + 1 if verdict is Verdict.FAILED else 0
            if (
                verdict is Verdict.FENCED
                or self._not_reached[region] > NOT_REACHED_MOST
                or self._failures[region] > FAILURES_MOST
                or (verdict.is_doubtful and not is_well)
            ):
                self._leave(region)

    def note_fence(self, region: int, *, fenced: bool | None) -> None:
        """Take in what the other region says of a region's fence; None is no knowledge, and changes nothing."""
        with self._lock:
            if fenced:
                self._leave(region)
            elif fenced is False and self._says_fenced[region]:  # no longer; what else it asked for still counts
                self._closed_until[region] = 0.0
                if self.closed_for(self.current) > 0:
                    self._leave(self.current)

    def note_primary(self, *, is_well: bool) -> None:
        """Take in whether the primary is well and known not to be fenced; return to it once it has been long enough."""
        with self._lock:
            now = self._clock.monotonic()
            if not is_well:
                self._well_since = None
            elif self._well_since is None:
                self._well_since = now
            elif self.current == STANDBY and now - self._well_since >= self._return_after:
                self._leave(STANDBY)
                self._has_returned = True

    def closed_for(self, region: int) -> float:
        """Return for how many more seconds a region wants to be left alone."""
        return max(0.0, self._closed_until[region] - self._clock.monotonic())

    def _leave(self, region: int) -> None:
        other = 1 - region
        if self.current != region or self.closed_for(other) > self.closed_for(region):
            return  # another thread has left it before, or the other one opens later
        if region == PRIMARY:
            longer = min(2 * self._return_after, LONGEST_RETURN_AFTER_SECONDS)
            self._return_after = longer if self._has_returned else RETURN_AFTER_SECONDS
        self.current = other
        self._has_returned = False
        self._not_reached[other] = self._failures[other] = 0
        self._well_since = None
