"""A version's log is read page by page, look by look: nothing twice, nothing left out, and told until when."""

from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any

import pytest

from contract.environment import Function
from operations.release.version_logs import MOST_PAGES, LoggedVersion, VersionLog
from operations.topology.site_clock import SiteClock
from tests.unit.fake_clock import FakeClock
from tests.unit.operations.release.world import NOW, log_event, refusal, request_lines

OF = LoggedVersion("us-east-2", Function.PAYMENT_API, "payment-api", "2")
TODAY = "2026/01/31/[2]"


@dataclass
class Logs:
    """Answers from a list of events, some to a page; the day before has none."""

    clock: FakeClock = field(default_factory=lambda: FakeClock(NOW))
    events: list[dict[str, Any]] = field(default_factory=list)
    page: int = 1000
    empty_pages: int = 0
    """So many come before each reading's first events."""
    ahead: float = 0.0
    """How far the machine's clock is ahead of the site's."""
    asked: list[dict[str, Any]] = field(default_factory=list)
    before_call: Callable[[dict[str, Any]], None] = lambda _: None

    def requests(self, numbers: range, *, at: Callable[[int], float] = lambda _: NOW) -> None:
        """Write what so many requests leave."""
        for n in numbers:
            for line in request_lines(str(n)):
                self.events.append(log_event(len(self.events), line, at=int(at(n) * 1000)))

    def filter_log_events(self, **request: Any) -> dict[str, Any]:
        self.before_call(request)
        self.asked.append(request)
        date = {"ResponseMetadata": {"HTTPHeaders": {"date": formatdate(self.clock.now - self.ahead, usegmt=True)}}}
        if request["logStreamNamePrefix"] != TODAY:
            return {"events": [], **date}
        empty, _, first = request.get("nextToken", "0/0").partition("/")
        if int(empty) < self.empty_pages:
            return {"events": [], "nextToken": f"{int(empty) + 1}/0", **date}
        found = [each for each in self.events if each["timestamp"] >= request["startTime"]]
        last = int(first) + self.page
        more = {"nextToken": f"{empty}/{last}"} if last < len(found) else {}
        return {"events": found[int(first) : last], **more, **date}

    @property
    def asked_today(self) -> list[dict[str, Any]]:
        return [each for each in self.asked if each["logStreamNamePrefix"] == TODAY]

    def log(self, **more: Any) -> VersionLog:
        return VersionLog(lambda: self, OF, NOW - 60 + self.ahead, **more)

    def look(self, log: VersionLog, *, later: float = 3.0) -> int:
        self.clock.advance(later)
        return log.look(self.clock.now).requests


def test_what_one_look_does_not_reach_the_next_one_reads() -> None:
    logs = Logs(page=5)
    logs.requests(range(45), at=lambda n: NOW - 30 + n / 10)  # in 5 s, which is less than what is read again
    log = logs.log()
    seen = [logs.look(log) for _ in range(4)]
    assert seen == [MOST_PAGES, 40, 45, 45]


def test_log_says_until_when_it_was_read() -> None:
    logs = Logs(page=5)
    logs.requests(range(45), at=lambda n: NOW - 50 + n)
    log = logs.log()
    logs.look(log)
    assert log.read_until == pytest.approx(NOW - 50 + MOST_PAGES - 1)
    logs.look(log)
    logs.look(log)
    assert log.read_until >= logs.clock.now - 10


def test_empty_pages_are_read_through_and_are_no_data() -> None:
    logs = Logs(empty_pages=MOST_PAGES + 5)
    logs.requests(range(3))
    log = logs.log()
    assert logs.look(log) == 0
    assert log.read_until == pytest.approx(NOW - 60)
    assert logs.look(log) == 3
    assert len(logs.asked_today) == MOST_PAGES + 6
    assert log.read_until > NOW


def test_sample_is_not_taken_from_empty_pages() -> None:
    logs = Logs(empty_pages=7)
    logs.requests(range(3))
    assert logs.look(logs.log(is_sample=True, most_pages=5)) == 3


def test_sample_leaves_out_what_does_not_fit() -> None:
    logs = Logs(page=5)
    logs.requests(range(30), at=lambda n: NOW - 30 + n / 10)
    log = logs.log(is_sample=True, most_pages=5)
    assert logs.look(log) == 5
    assert log.read_until > NOW


def test_late_events_count_once() -> None:
    logs = Logs()
    logs.requests(range(3))
    log = logs.log()
    assert [logs.look(log, later=35.0), logs.look(log, later=35.0)] == [3, 3]
    logs.requests(range(3, 5), at=lambda _: logs.clock.now - 60)
    logs.events.sort(key=lambda each: int(each["timestamp"]))
    assert [logs.look(log, later=35.0), logs.look(log)] == [5, 5]


@pytest.mark.parametrize("ahead", [20.0, 3600.0, -3600.0])
def test_wrong_clock_of_this_machine_is_put_right(ahead: float) -> None:
    logs = Logs(ahead=ahead)
    logs.clock.advance(ahead)
    logs.requests(range(2), at=lambda _: NOW - 1000)  # before the release
    logs.requests(range(2, 5))
    log = logs.log(site_clock=SiteClock(logs.clock))
    assert logs.look(log) == 3
    assert log.read_until == pytest.approx(logs.clock.now, abs=2)
    assert log.counted_before(logs.clock.now + 10) == (3, 3)
    assert log.counted_before(logs.clock.now - 20) == (0, 0)


def test_throttled_look_goes_on_where_it_was() -> None:
    logs = Logs(page=5)
    logs.requests(range(30), at=lambda n: NOW - 50 + n)
    log = logs.log()

    def throttle(request: dict[str, Any]) -> None:
        if request["logStreamNamePrefix"] == TODAY and len(logs.asked_today) == 7:
            logs.before_call = lambda _: None
            raise refusal("ThrottlingException", "FilterLogEvents")

    logs.before_call = throttle
    assert logs.look(log) == 7
    assert log.read_until < NOW - 30
    assert logs.look(log) == 7 + MOST_PAGES


def test_expired_token_is_asked_for_anew() -> None:
    logs = Logs(page=5)
    logs.requests(range(22))
    log = logs.log()
    logs.look(log)

    def expire(request: dict[str, Any]) -> None:
        if "nextToken" in request:
            logs.before_call = lambda _: None
            raise refusal("InvalidParameterException", "FilterLogEvents")

    logs.before_call = expire
    assert [logs.look(log) for _ in range(3)] == [20, 20, 22]


def test_denied_log_read_is_reported() -> None:
    logs = Logs()

    def refuse(_: dict[str, Any]) -> None:
        raise refusal("AccessDeniedException", "FilterLogEvents")

    logs.before_call = refuse
    with pytest.raises(Exception, match="AccessDenied"):
        logs.look(logs.log())


def test_day_without_streams_is_asked_for_seldom() -> None:
    logs = Logs()
    log = logs.log()
    for _ in range(10):
        logs.look(log)
    assert len(logs.asked_today) == 10
    assert len(logs.asked) == 11
