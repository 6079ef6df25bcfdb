"""A version's log becomes figures, each event once, each request once."""

import json

import pytest

from contract.environment import Function
from operations.release.figures import VersionFigures
from operations.release.log_lines import GatheredLog
from tests.unit.operations.release.world import log_event, request_lines


def figures(*messages: str, function: Function = Function.PAYMENT_API) -> VersionFigures:
    log = GatheredLog(function)
    for number, message in enumerate(messages):
        log.add(log_event(number, message))
    return log.figures()


def test_request_is_read() -> None:
    found = figures(*request_lines("a", 12.5))
    assert (found.requests, found.failing, found.durations) == (1, 0, (12.5,))
    assert (found.memory_used, found.memory_size) == (90, 512)
    assert (found.answers("stored"), found.payments, found.stored) == (1, 1, ("rent-a",))


def test_event_counts_once() -> None:
    log = GatheredLog(Function.PAYMENT_API)
    for _ in range(2):
        for number, message in enumerate(request_lines("a")):
            log.add(log_event(number, message))
    assert log.figures().requests == 1
    assert log.figures().stored == ("rent-a",)


@pytest.mark.parametrize(
    ("status", "timed_out", "killed"),
    [
        ("\tStatus: timeout", 1, 0),
        ("\tStatus: error\tError Type: Runtime.ExitError", 0, 1),
        ("\tStatus: error\tError Type: Runtime.OutOfMemory", 0, 1),
        ("\tStatus: error\tError Type: ValueError", 0, 0),
    ],
)
def test_status_of_the_report(status: str, timed_out: int, killed: int) -> None:
    found = figures(*request_lines("a", status=status))
    assert (found.failing, found.timed_out, found.killed) == (1, timed_out, killed)


@pytest.mark.parametrize(
    "line",
    [
        "[ERROR] ValueError: no\nTraceback (most recent call last):",
        "[ERROR] Runtime.ImportModuleError: Unable to import module 'handlers.payment_api'",
        "2026-01-31T12:00:00.000Z a Task timed out after 30.03 seconds",
        json.dumps({"level": "ERROR", "message": "request failed"}),
    ],
)
def test_failing_request_counts_once_whatever_it_logs(line: str) -> None:
    start, *others, end, report = request_lines("a")
    found = figures(start, *others, line, line, end, report.replace("\n", "\tStatus: error"))
    assert (found.requests, found.failing) == (1, 1)


def test_errors_that_a_ticker_logs_are_no_failures() -> None:
    line = json.dumps({"level": "ERROR", "message": "unhealthy"})
    assert figures(line, function=Function.TICKER).failing == 0


def test_payment_of_a_killed_process_is_in_doubt() -> None:
    begins = [json.dumps({"message": "payment begins", "transaction_id": id_}) for id_ in ("rent-a", "rent-b")]
    start, stored, *others = request_lines("a")
    assert figures(start, begins[0], stored, *others, begins[1]).in_doubt == ("rent-b",)
    doubtful = json.dumps({"message": "payment in doubt: the writer moved", "transaction_id": "rent-b"})
    assert figures(begins[1], doubtful).in_doubt == ("rent-b",)


def test_first_request_of_an_environment_has_no_duration() -> None:
    *others, report = request_lines("a")
    found = figures(*others, report.replace("\n", "\tInit Duration: 300.00 ms"))
    assert (found.durations, found.init_durations) == ((), (300.0,))


def test_durations_are_those_of_payments() -> None:
    start, _, metric, end, report = request_lines("b", 3.5)
    found = figures(*request_lines("a", 12.5), start, end, report)
    assert (found.requests, found.durations) == (2, (12.5,))
    del metric


@pytest.mark.parametrize("message", ["unhealthy: the table", "unhealthy: the control table"])
def test_error_of_a_health_check_is_no_payers_request_that_failed(message: str) -> None:
    start, _, _, end, report = request_lines("a")
    found = figures(start, json.dumps({"level": "ERROR", "message": message}), end, report)
    assert (found.requests, found.failing) == (1, 0)


def test_second_attempt_of_a_killed_process_is_in_doubt_although_the_first_was_logged() -> None:
    begins = json.dumps({"message": "payment begins", "transaction_id": "rent-a"})
    refused = json.dumps({"message": "payment refused: nothing durable took it", "transaction_id": "rent-a"})
    assert figures(begins, refused).in_doubt == ()
    assert figures(begins, refused, begins).in_doubt == ("rent-a",)


def test_what_is_no_line_of_ours_is_left_out() -> None:
    assert figures("{not json", "hello", "{}") == VersionFigures()
