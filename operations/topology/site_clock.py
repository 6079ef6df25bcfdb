"""What time it is at the site, by AWS's own answers: ages count by it, because this machine's clock may be wrong."""

from email.utils import parsedate_to_datetime
from threading import Lock

from operations.clock import OperationsClock
from operations.topology.readings import Known, Reading, Unknown

CLOCKS_AGREE_SECONDS = 2.0
"""Clocks that differ by no more are taken for the same: answers tell whole seconds, and take time to arrive."""


class SiteClock:
    """This machine's clock, put right by the dates of AWS's answers.

    An answer names the second in which it was made, which was between the call's beginning and its end. Together the
    answers of both regions leave a narrow range for the difference; the smallest in it counts.
    """

    def __init__(self, clock: OperationsClock) -> None:
        self._clock = clock
        self.scale = clock.scale
        self._lock = Lock()
        self._least: float | None = None
        """The least that this machine can be ahead of the site, and the most."""
        self._most = 0.0

    def hear(self, date: str, seconds: float) -> None:
        """Note an answer's `Date` header; `seconds` is how long its call took, which ends now."""
        try:
            told = parsedate_to_datetime(date).timestamp()
        except (ValueError, OverflowError):
            return
        now = self._clock.time()
        least, most = now - seconds - told - 1, now - told
        with self._lock:
            self._most = most if self._least is None else min(self._most, most)
            self._least = least if self._least is None else max(self._least, least)

    @property
    def ahead(self) -> Reading[float]:
        """Return how many seconds this machine's clock is ahead of the site's; negative where it is behind."""
        with self._lock:
            least, most = self._least, self._most
        if least is None:
            return Unknown("no answer of AWS told the time")
        if least > most:  # two hosts of AWS, a little apart
            return Known((least + most) / 2)
        return Known(min(max(0.0, least), most))

    def time(self) -> float:
        """Return the site's time in seconds since the epoch; this machine's where both agree, or no answer told."""
        return self.at_site(self._clock.time())

    def at_site(self, moment: float) -> float:
        """Return the site's time at a moment of this machine's clock."""
        return at_site(moment, self.ahead)

    def monotonic(self) -> float:
        """Return emulated seconds since some start."""
        return self._clock.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait for emulated seconds."""
        self._clock.sleep(seconds)


def at_site(moment: float, ahead: Reading[float]) -> float:
    """Return the site's time at a moment of this machine's clock, which is `ahead` by so many seconds."""
    return moment - ahead.value if isinstance(ahead, Known) and differs(ahead) else moment


def at_machine(moment: float, ahead: Reading[float]) -> float:
    """Return what this machine's clock shows at a moment of the site's."""
    return moment + ahead.value if isinstance(ahead, Known) and differs(ahead) else moment


def differs(ahead: Reading[float]) -> bool:
    """Return whether this machine's clock is known to be another than the site's."""
    return isinstance(ahead, Known) and abs(ahead.value) > CLOCKS_AGREE_SECONDS
