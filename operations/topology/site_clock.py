"""The site's time from AWS's answers; ages are measured by it, because this machine's clock may be wrong."""

from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from threading import Lock

from operations.clock import OperationsClock
from operations.topology.readings import Known, Reading, Unknown

CLOCKS_AGREE_SECONDS = 2.0
"""Clocks that differ by no more are taken for the same: answers tell whole seconds, and take time to arrive."""


class SiteClock:
    """This machine's clock, corrected by the dates of AWS's answers.

    An answer names the second in which it was made, between the call's beginning and its end. The answers of both
    regions together leave a narrow range for the difference; the smallest value in it is used. The majority decides,
    since a host may be wrong; without a majority the difference is unknown.
    """

    def __init__(self, clock: OperationsClock) -> None:
        self._clock = clock
        self.scale = clock.scale
        self._lock = Lock()
        self._ranges: list[tuple[float, float]] = []
        """By answer, the least that this machine can be ahead of the site, and the most."""

    def hear(self, date: str, seconds: float) -> None:
        """Note an answer's `Date` header; `seconds` is the duration of its call, which ends now."""
        try:
            told = parsedate_to_datetime(date).timestamp()
        except (ValueError, OverflowError):
            return
        now = self._clock.time()
        with self._lock:
            self._ranges.append((now - seconds - told - 1, now - told))

    @property
    def ahead(self) -> Reading[float]:
        """Return how many seconds this machine's clock is ahead of the site's; negative where it is behind."""
        with self._lock:
            ranges = list(self._ranges)
        if not ranges:
            return Unknown("no answer from AWS carried the time")
        for slack in (0.0, CLOCKS_AGREE_SECONDS / 2):  # on both sides: the clocks of AWS's hosts differ slightly
            agreed = _agreed([(least - slack, most + slack) for least, most in ranges])
            if agreed is not None:
                least, most = agreed
                return Known(min(max(0.0, least), most))
        return Unknown("AWS's answers contradict each other about the time")

    def time(self) -> float:
        """Return the site's time in seconds since the epoch; this machine's if both agree or no answer arrived."""
        return at_site(self._clock.time(), self.ahead)

    def monotonic(self) -> float:
        """Return emulated seconds since some start."""
        return self._clock.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait for emulated seconds."""
        self._clock.sleep(seconds)


def _agreed(ranges: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    """Return the intersection of most of the ranges; None without a majority, or with several (Marzullo)."""
    ends = sorted(most for _, most in ranges)
    common: dict[float, tuple[int, float]] = {}
    """By where it ends, how many ranges meet there, and from where on."""
    for least, _ in ranges:
        meeting = sum(begin <= least <= end for begin, end in ranges)
        end = next(end for end in ends if end >= least)
        common[end] = max(common.get(end, (0, least)), (meeting, least))
    most_meet = max(meeting for meeting, _ in common.values())
    best = [(least, end) for end, (meeting, least) in common.items() if meeting == most_meet]
    return best[0] if len(best) == 1 and most_meet * 2 > len(ranges) else None


def at_site(moment: float, ahead: Reading[float]) -> float:
    """Convert a time by this machine's clock, which is `ahead` seconds ahead, to the site's time."""
    return moment - ahead.value if isinstance(ahead, Known) and differs(ahead) else moment


def at_machine(moment: float, ahead: Reading[float]) -> float:
    """Convert the site's time to this machine's clock."""
    return moment + ahead.value if isinstance(ahead, Known) and differs(ahead) else moment


def differs(ahead: Reading[float]) -> bool:
    """Return whether this machine's clock is known to differ from the site's."""
    return isinstance(ahead, Known) and abs(ahead.value) > CLOCKS_AGREE_SECONDS
