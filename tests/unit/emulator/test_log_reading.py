"""`FilterLogEvents` by prefix and page by page."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.core.responses import request_scope
from ministack.services import cloudwatch_logs

from emulator.logs.log_reading import in_pages

GROUP = "/aws/lambda/pay"


@pytest.fixture(autouse=True)
def _logged() -> Iterator[None]:
    """Store three events in the first of two streams, at times of which two are the same, and one in the second."""
    with request_scope("000000000000", "us-east-2"):
        cloudwatch_logs._create_log_group({"logGroupName": GROUP})
        for stream, times in (("day/[1]a", (10, 20, 20)), ("day/[2]b", (20,))):
            names = {"logGroupName": GROUP, "logStreamName": stream}
            cloudwatch_logs._create_log_stream(names)
            events = [{"timestamp": at, "message": f"{stream} {number}"} for number, at in enumerate(times)]
            cloudwatch_logs._put_log_events({**names, "logEvents": events})
        yield
    cloudwatch_logs._log_groups._data.clear()


def read(**asked: Any) -> tuple[int, dict[str, Any]]:
    status, _, body = in_pages(cloudwatch_logs._filter_log_events)({"logGroupName": GROUP, **asked})
    return status, json.loads(body)


def pages(**asked: Any) -> list[list[str]]:
    found: list[list[str]] = []
    token: dict[str, str] = {}
    while True:
        _, answer = read(**asked, **token)
        found.append([event["message"] for event in answer["events"]])
        if "nextToken" not in answer:
            return found
        token = {"nextToken": answer["nextToken"]}


def test_prefix_selects_the_streams() -> None:
    assert pages(logStreamNamePrefix="day/[1]") == [["day/[1]a 0", "day/[1]a 1", "day/[1]a 2"]]
    assert pages(logStreamNamePrefix="day/[3]") == [[]]


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_pages_hold_every_event_once(limit: int) -> None:
    found = pages(limit=limit)
    assert [message for page in found for message in page] == ["day/[1]a 0", "day/[1]a 1", "day/[1]a 2", "day/[2]b 0"]
    assert max(map(len, found)) == limit


def test_time_is_kept_from_page_to_page() -> None:
    assert pages(startTime=15, limit=2) == [["day/[1]a 1", "day/[1]a 2"], ["day/[2]b 0"]]
    assert pages(startTime=10, endTime=11) == [["day/[1]a 0"]]


def test_wrong_requests_are_refused() -> None:
    assert read(nextToken="?")[0] == 400
    assert read(logStreamNamePrefix="day", logStreamNames=["day/[1]a"])[0] == 400
    assert read(logGroupName="other")[0] == 400
