"""The output of invocations that run for long."""

import time
from typing import Any

import pytest

from emulator.logs.live_logs import LiveLogs
from tests.unit.emulator.time_machine import TimeMachine

LATER = 6.0


class FakeWorker:
    """A worker that has printed something."""

    config: dict[str, Any] = {"FunctionName": "f"}  # noqa: RUF012 — never changed

    def __init__(self) -> None:
        self.printed = ["first"]

    def _drain_stderr(self) -> str:
        text, self.printed = "\n".join(self.printed), []
        return text


@pytest.fixture
def stored() -> list[tuple[str, str, str]]:
    return []


@pytest.fixture
def logs(stored: list[tuple[str, str, str]]) -> LiveLogs:
    def store(worker: FakeWorker, request_id: str, text: str) -> None:
        stored.append((worker.config["FunctionName"], request_id, text))

    return LiveLogs(clock=TimeMachine(), store=store)


def test_a_long_invocation_is_stored_while_it_runs(logs: LiveLogs, stored: list[tuple[str, str, str]]) -> None:
    def invoke(worker: FakeWorker, event: object, request_id: str) -> dict[str, Any]:
        logs.look(time.monotonic() + LATER)
        worker.printed = ["second", "third"]
        logs.look(time.monotonic() + LATER)
        logs.look(time.monotonic() + LATER)
        return {"log": worker._drain_stderr()}

    assert logs.noting(invoke)(FakeWorker(), {}, "1") == {"log": ""}
    assert stored == [("f", "1", "first"), ("f", "1", "second\nthird")]


def test_a_short_one_is_left_alone(logs: LiveLogs, stored: list[tuple[str, str, str]]) -> None:
    def invoke(worker: FakeWorker, event: object, request_id: str) -> dict[str, Any]:
        logs.look(time.monotonic())
        return {"log": worker._drain_stderr()}

    assert logs.noting(invoke)(FakeWorker(), {}, "1") == {"log": "first"}
    assert stored == []


def test_one_that_has_ended_is_forgotten(logs: LiveLogs, stored: list[tuple[str, str, str]]) -> None:
    def invoke(worker: FakeWorker, event: object, request_id: str) -> dict[str, Any]:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        logs.noting(invoke)(FakeWorker(), {}, "1")
    logs.look(time.monotonic() + LATER)
    assert stored == []
