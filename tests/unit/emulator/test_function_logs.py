"""What reaches CloudWatch Logs of an invocation."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from ministack.core.responses import request_scope
from ministack.services import cloudwatch_logs

from emulator.faults import ActiveFaults
from emulator.functions.execution_role import ExecutionRole
from emulator.functions.worker_runs import noting
from emulator.logs.function_logs import FunctionLogs

ACCOUNT, REGION = "000000000000", "us-east-2"
CONFIGURATION = {
    "FunctionName": "f",
    "FunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f:live",
    "Version": "3",
    "MemorySize": 128,
    "Role": "arn:aws:iam::000000000000:role/any",
}
FUNCTION = {"config": CONFIGURATION}


class Logged:
    """The logs of one function with one worker."""

    def __init__(self) -> None:
        self.worker = SimpleNamespace(config=CONFIGURATION, _proc=None, emulator_stream="2026/01/02/[3]abc")
        self.logs = FunctionLogs(ActiveFaults())
        self.emit = self.logs._storing_as_allowed(lambda *_: None)

    def invoke(self, request_id: str, **result: Any) -> None:
        noting(lambda *_: result)(self.worker, {}, request_id)
        self.emit(FUNCTION, request_id, result.get("log", ""), "error" in result, 5)

    def messages(self, stream: str = "2026/01/02/[3]abc") -> list[str]:
        stored = cloudwatch_logs._log_groups["/aws/lambda/f"]["streams"][stream]["events"]
        return [
            event["message"].split(": ")[0] if "REPORT" in event["message"] else event["message"] for event in stored
        ]


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[Logged]:
    monkeypatch.setattr(ExecutionRole, "allows", lambda *_: True)
    with request_scope(ACCOUNT, REGION):
        yield Logged()
    cloudwatch_logs._log_groups._data.clear()


REPORT = "REPORT RequestId"


def test_invocations_of_a_worker_follow_each_other_in_its_stream(logged: Logged) -> None:
    logged.invoke("1", status="ok", log="one\ntwo")
    logged.invoke("2", status="ok")
    assert logged.messages() == [
        *("START RequestId: 1 Version: 3", "one", "two", "END RequestId: 1", REPORT),
        *("START RequestId: 2 Version: 3", "END RequestId: 2", REPORT),
    ]


def test_long_invocation_has_begun_once(logged: Logged) -> None:
    logged.logs.store(logged.worker, "1", "first")
    logged.logs.store(logged.worker, "1", "second")
    logged.invoke("1", status="ok", log="third")
    start, *printed, end, _ = logged.messages()
    assert (start, end) == ("START RequestId: 1 Version: 3", "END RequestId: 1")
    assert printed == ["first", "second", "third"]


def test_failure_is_one_event_behind_what_was_printed(logged: Logged) -> None:
    logged.invoke(
        "1", status="error", error="no", log="printed", trace="Traceback:\n  File a\n  File b\nValueError: no"
    )
    _, printed, failure, *_ = logged.messages()
    assert (printed, failure) == ("printed", "[ERROR] ValueError: no\nTraceback:\n  File b")


def test_invocation_that_a_fault_ended_has_a_stream_and_an_error(logged: Logged) -> None:
    text = "RequestId: fault Error: Runtime exited with error: signal: killed"
    logged.emit(FUNCTION, "fault", text, "error", 5)
    [stream] = cloudwatch_logs._log_groups["/aws/lambda/f"]["streams"]
    assert stream.partition("]")[0].endswith("/[3")
    assert logged.messages(stream)[1] == f"{text}\nRuntime.ExitError"
    report = cloudwatch_logs._log_groups["/aws/lambda/f"]["streams"][stream]["events"][-1]["message"]
    assert report.endswith("\tStatus: error\tError Type: Runtime.ExitError")


def test_role_that_may_not_log_leaves_nothing(logged: Logged, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ExecutionRole, "allows", lambda *_: False)
    logged.invoke("1", status="ok", log="one")
    assert "/aws/lambda/f" not in cloudwatch_logs._log_groups
