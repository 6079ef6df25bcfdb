"""What Lambda writes into a log beside what the function prints."""

import re
import traceback
from datetime import UTC, datetime

from emulator.logs.platform_lines import (
    InvocationReport,
    exception_text,
    exit_message,
    is_exit,
    log_stream_name,
    timeout_line,
)

NOW = datetime(2026, 5, 4, 3, 2, 1, 500_000, tzinfo=UTC)


def test_stream_is_named_by_day_version_and_environment() -> None:
    name = log_stream_name("12", NOW)
    assert re.fullmatch(r"2026/05/04/\[12\][0-9a-f]{32}", name)
    assert name != log_stream_name("12", NOW)


def test_report_has_its_fields_between_tabs() -> None:
    report = InvocationReport("id", 1.234, 512, 80)
    assert report.line() == (
        "REPORT RequestId: id\tDuration: 1.23 ms\tBilled Duration: 2 ms\tMemory Size: 512 MB\tMax Memory Used: 80 MB"
    )


def test_start_of_an_environment_is_reported_and_billed() -> None:
    line = InvocationReport("id", 10.0, 512, 80, init_milliseconds=200.5).line()
    assert "\tBilled Duration: 211 ms\t" in line
    assert line.endswith("\tInit Duration: 200.50 ms")


def test_report_shows_how_an_invocation_failed() -> None:
    assert InvocationReport("id", 1, 1, 1, status="timeout").line().endswith("\tStatus: timeout")
    exited = InvocationReport("id", 1, 1, 1).exited().line()
    assert exited.endswith("\tStatus: error\tError Type: Runtime.ExitError")


def test_time_out_is_a_line_with_its_time() -> None:
    assert timeout_line("id", 3, NOW) == "2026-05-04T03:02:01.500Z id Task timed out after 3.00 seconds"


def test_exit_shows_signal_or_status() -> None:
    assert exit_message("id", -9) == "RequestId: id Error: Runtime exited with error: signal: killed"
    assert exit_message("id", 1) == "RequestId: id Error: Runtime exited with error: exit status 1"
    assert is_exit(exit_message("id", -9))
    assert not is_exit("Error: Runtime exited with error")


class PaymentError(Exception):
    """One with a module in its traceback."""


def test_exception_is_one_event_without_the_workers_own_frame() -> None:
    def handler() -> None:
        raise PaymentError("first\nsecond")

    try:
        handler()
    except PaymentError:
        text = exception_text(traceback.format_exc())
    head, second, marked, frame, *_ = text.split("\n")
    assert (head, second, marked) == ("[ERROR] PaymentError: first", "second", "Traceback (most recent call last):")
    assert frame.endswith("in handler")


def test_error_without_a_traceback_is_an_event_as_well() -> None:
    assert exception_text("No JSON response") == "[ERROR] No JSON response"
