"""Reads the functions' logs version by version: Lambda names a log stream `YYYY/MM/DD/[<version>]<hex>`.

The day is the one on which the environment was started, which may be the day before; the version before may have been
running for longer than the release. IAM: logs:FilterLogEvents on the functions' log groups.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from contract.environment import Function
from handlers.faults import error_code, is_throttling
from operations.release.figures import VersionFigures
from operations.release.log_lines import GatheredLog
from operations.topology.site_clock import SiteClock, at_site

LATE_SECONDS = 20.0
"""Events of a period mostly arrive within so long of its end; they are asked for again, and taken once."""

VERY_LATE_SECONDS = 120.0
"""Some arrive so late: now and then, they are asked for again from so long before."""

SELDOM_SECONDS = 30.0
"""How often that is done, and how often a day is asked for of which no environment has written anything."""

MOST_PAGES = 20
"""Of one look at one version: 20 MB. What is beyond is read by the next look."""

SAMPLE_PAGES = 5
"""Of one look at a version that is only compared with: it serves nearly all payers, and a part of them is enough."""

_HEARD_ANSWERS = 3
"""So many answers of each log tell what time it is at the site."""


@dataclass(frozen=True)
class LoggedVersion:
    """One version of one function, in a region."""

    region: str
    function: Function
    function_name: str
    version: str


@dataclass
class _DayRead:
    """How far the streams of environments that were started on one day were read, in seconds of the site."""

    start: float = 0.0
    """Where what is being read begins: a token is good for it alone."""
    began: float = 0.0
    token: str | None = None
    complete_until: float | None = None
    seen: float = 0.0
    """The newest event that came; events come in the order of time."""
    has_events: bool = False
    looked_at: float = 0.0
    went_back_at: float = 0.0

    @property
    def until(self) -> float:
        return max(self.complete_until or 0.0, self.seen)


@dataclass
class VersionLog:
    """What is known of one version from some moment on; each look adds what is new."""

    client: Callable[[], Any]
    """Returns the client of its region."""
    of: LoggedVersion
    since: float
    """Seconds since the epoch, by this machine's clock."""
    most_pages: int = MOST_PAGES
    is_sample: bool = False
    """Whether what does not fit into one look is left out."""
    site_clock: SiteClock | None = None
    """Puts this machine's clock right; it hears the dates of the answers."""
    answered: Callable[[], None] = lambda: None
    """Is told of each answer."""
    await_turn: Callable[[], None] = lambda: None
    """Waits before each call until the region takes another one."""
    read_until: float = field(init=False)
    """Until when all is read but what is still on its way, by this machine's clock."""
    _gathered: GatheredLog = field(init=False)
    _days: dict[date, _DayRead] = field(init=False, default_factory=dict)
    _heard: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._gathered, self.read_until = GatheredLog(self.of.function), self.since

    def look(self, now: float) -> VersionFigures:
        """Read what has come since the last look, and return the figures of all."""
        correction = self._correction(now)
        self._read_days(now)
        if self._correction(now) != correction:  # the first answers told that this machine's clock is wrong
            self._days, self._gathered = {}, GatheredLog(self.of.function)
            self._read_days(now)
        return self.figures()

    def figures(self) -> VersionFigures:
        """Return the figures of what was read so far."""
        return self._gathered.figures()

    def counted_before(self, moment: float) -> tuple[int, int]:
        """Return how many requests and payments were read from before a moment of this machine's clock."""
        return self._gathered.counted_before(moment - self._correction(moment))

    def _read_days(self, now: float) -> None:
        ahead = self._correction(now)
        since, site_now = self.since - ahead, now - ahead
        last = datetime.fromtimestamp(site_now, UTC).date()
        day = datetime.fromtimestamp(since, UTC).date() - timedelta(days=1)
        awake: list[_DayRead] = []
        while day <= last:
            read = self._days.setdefault(day, _DayRead(seen=since))
            is_asleep = day < last and not read.has_events and read.token is None
            if not is_asleep or site_now - read.looked_at >= SELDOM_SECONDS:
                read.looked_at = site_now
                self._read(f"{day:%Y/%m/%d}/[{self.of.version}]", read, since, site_now)
            if day == last or read.has_events or read.token is not None:
                awake.append(read)
            day += timedelta(days=1)
        until = min((each.until for each in awake), default=since)
        self.read_until = until + ahead
        self._gathered.forget(until - VERY_LATE_SECONDS - LATE_SECONDS)

    def _read(self, prefix: str, read: _DayRead, since: float, now: float) -> None:
        """Read some pages of one day's streams, from where the look before ended."""
        if read.token is None:
            self._start(read, since, now)
        with_events = 0
        for _ in range(MOST_PAGES if self.is_sample else self.most_pages):
            answer = self._page(prefix, read)
            if answer is None:
                return
            for event in answer["events"]:
                if event["timestamp"] / 1000 >= since:
                    self._gathered.add(event)
                read.seen = max(read.seen, min(now, event["timestamp"] / 1000))
            with_events += bool(answer["events"])
            read.has_events = read.has_events or bool(answer["events"])
            read.token = answer.get("nextToken")
            if self.is_sample and with_events >= self.most_pages:
                read.token = None
            if read.token is None:
                read.complete_until = read.began
                return

    def _start(self, read: _DayRead, since: float, now: float) -> None:
        read.start = since
        if read.complete_until is not None:
            is_due = now - read.went_back_at >= SELDOM_SECONDS and not self.is_sample
            read.start = max(since, read.complete_until - (VERY_LATE_SECONDS if is_due else LATE_SECONDS))
            read.went_back_at = now if is_due else read.went_back_at
        else:
            read.went_back_at = now
        read.began = now

    def _page(self, prefix: str, read: _DayRead) -> dict[str, Any] | None:
        """Return a page; None if the next look has to ask for it."""
        self.await_turn()
        began = time.monotonic()
        try:
            answer: dict[str, Any] = self.client().filter_log_events(
                logGroupName=f"/aws/lambda/{self.of.function_name}",
                logStreamNamePrefix=prefix,
                startTime=max(0, int(read.start * 1000)),
                **({} if read.token is None else {"nextToken": read.token}),
            )
        except ClientError as error:
            if is_throttling(error):  # what is behind for long is unknown; a moment later it goes on
                return None
            if read.token is not None and error_code(error) == "InvalidParameterException":  # it has expired
                read.token = None
                return None
            raise
        self.answered()
        self._hear(answer, time.monotonic() - began)
        return answer

    def _hear(self, answer: dict[str, Any], seconds: float) -> None:
        told = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
        if self.site_clock is not None and told and self._heard < _HEARD_ANSWERS:
            self._heard += 1
            self.site_clock.hear(told, seconds)

    def _correction(self, now: float) -> float:
        """Return how many seconds this machine's clock is ahead of the site's."""
        return 0.0 if self.site_clock is None else now - at_site(now, self.site_clock.ahead)
