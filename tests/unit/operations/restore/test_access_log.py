"""Requests from the access log: those that may have stored a payment, page by page."""

import json
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from contract.names import access_log_group
from operations.release.call_pace import CallPace
from operations.restore.access_log import AccessLog
from operations.restore.witnesses import _PacedBy
from operations.topology.site_clock import SiteClock
from tests.unit.fake_clock import FakeClock
from tests.unit.operations.plans.topologies import SITE
from tests.unit.operations.restore.world import AccessLogs


def read(logs: AccessLogs, path: Path, *, since: float = 0, until: float = 100) -> list[dict[str, str]]:
    clock = SiteClock(FakeClock())
    log = AccessLog(logs, SITE.primary, SITE.suffix, CallPace(0.2, _PacedBy(clock)), clock)
    log.read(path / "requests", since=since, until=until, on_requests=lambda _: None)
    return [json.loads(line) for line in (path / "requests").read_text().splitlines()]


@pytest.fixture
def logs() -> AccessLogs:
    return AccessLogs(group=access_log_group(SITE.primary.name, SITE.suffix))


def event(logs: AccessLogs, second: int, **fields: str) -> None:
    line = {"requestId": f"r{second}", "httpMethod": "POST", "resourcePath": "/payment", "status": "201", **fields}
    logs.events.append({"timestamp": second * 1000, "message": json.dumps(line)})


def test_all_pages_of_the_period_are_read(logs: AccessLogs, tmp_path: Path) -> None:
    for second in range(9):
        event(logs, second)
    assert [each["requestId"] for each in read(logs, tmp_path, since=2, until=7)] == [f"r{n}" for n in range(2, 8)]


def test_what_stored_nothing_is_left_out(logs: AccessLogs, tmp_path: Path) -> None:
    event(logs, 0, httpMethod="GET")
    event(logs, 1, resourcePath="/health")
    event(logs, 2, status="409")
    event(logs, 3, status="504")
    event(logs, 4, status="202")
    logs.events.append({"timestamp": 5000, "message": "no JSON"})
    assert [each["status"] for each in read(logs, tmp_path)] == ["504", "202"]


def test_throttled_call_is_repeated(logs: AccessLogs, tmp_path: Path) -> None:
    event(logs, 1)
    logs.throttles = 2
    assert len(read(logs, tmp_path)) == 1


def test_log_that_is_not_there_is_an_error(logs: AccessLogs, tmp_path: Path) -> None:
    logs.down = True
    with pytest.raises(ClientError, match="ResourceNotFound"):
        read(logs, tmp_path)
