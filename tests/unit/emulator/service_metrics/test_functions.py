"""What is published about functions, whoever invokes them."""

from collections.abc import Callable
from typing import Any

import pytest
from ministack.core.responses import get_account_id, request_scope
from ministack.services import lambda_svc

from tests.unit.emulator.service_metrics.watching import Watching

OHIO = "us-east-2"
NAME = "payment-api"


class Lambda:
    """Lambda with one function, whose executor the test decides on."""

    def __init__(self, watching: Watching) -> None:
        self.watching = watching
        self.reserved: int | None = None
        self.during: Callable[[], None] = lambda: None
        self.result: dict[str, Any] = {"body": None, "error": False}

    def execute(self, *_: Any) -> dict[str, Any]:
        self.during()
        return self.result

    def invoke(self, qualifier: str = "", version: str = "$LATEST") -> dict[str, Any]:
        """Invoke the function as MiniStack does for APIs, queues and schedules."""
        configuration = {
            "FunctionName": NAME,
            "FunctionArn": f"arn:aws:lambda:{OHIO}:{get_account_id()}:function:{NAME}{qualifier}",
            "Version": version,
            "Runtime": "python3.13",
        }
        with request_scope(get_account_id(), OHIO):
            answer: dict[str, Any] = lambda_svc._execute_function(
                {"config": configuration, "concurrency": self.reserved}, {}
            )
        return answer


@pytest.fixture
def functions(monkeypatch: pytest.MonkeyPatch) -> Lambda:
    functions = Lambda(Watching())
    for name in ("_emit_lambda_metrics", "_acquire_execution_slot", "_execute_function_dispatch"):
        monkeypatch.setattr(lambda_svc, name, getattr(lambda_svc, name))
    monkeypatch.setattr(lambda_svc, "_execute_function_warm", functions.execute)
    monkeypatch.setattr(lambda_svc, "_emit_lambda_logs", lambda *_, **__: None)
    functions.watching.metrics.functions.install()
    return functions


def test_an_invocation_is_counted_in_the_functions_region(functions: Lambda) -> None:
    functions.invoke()
    shown = functions.watching.minute()
    assert (shown["Invocations"], shown["Errors"], shown["Throttles"]) == ({1: 1}, {0: 1}, {0: 1})
    series = functions.watching.published[0].series
    assert (series.namespace, series.region, series.dimensions) == ("AWS/Lambda", OHIO, (("FunctionName", NAME),))


def test_a_failed_one_is_an_error_and_an_invocation(functions: Lambda) -> None:
    functions.invoke()
    functions.result = {"body": {"errorType": "Runtime.ExitError"}, "error": True}
    functions.invoke()
    shown = functions.watching.minute()
    assert (shown["Invocations"], shown["Errors"]) == ({1: 2}, {0: 1, 1: 1})


def test_alias_is_counted_as_a_whole_and_by_the_version_it_ran(functions: Lambda) -> None:
    functions.invoke(":live", "1")
    functions.invoke(":live", "2")
    functions.invoke(":2", "2")
    functions.watching.minute()
    counted = {
        tuple(value for _, value in each.series.dimensions): sum(each.values.values())
        for each in functions.watching.published
        if each.series.metric == "Invocations"
    }
    assert counted == {
        (NAME,): 3,
        (NAME, f"{NAME}:live"): 2,
        (NAME, f"{NAME}:live", "1"): 1,
        (NAME, f"{NAME}:live", "2"): 1,
        (NAME, f"{NAME}:2"): 1,
    }


def test_throttled_alias_is_counted_by_its_name(functions: Lambda) -> None:
    functions.reserved = 0
    functions.invoke(":live", "1")
    functions.watching.minute()
    throttled = [each.series.dimensions for each in functions.watching.published if each.series.metric == "Throttles"]
    assert (("FunctionName", NAME), ("Resource", f"{NAME}:live")) in throttled


def test_what_is_throttled_is_no_invocation(functions: Lambda) -> None:
    functions.reserved = 0
    assert functions.invoke()["throttle"]
    assert functions.watching.minute() == {"Throttles": {1: 1}}


def test_concurrent_executions_are_seen(functions: Lambda) -> None:
    def invoke_another() -> None:
        functions.during = lambda: None
        functions.invoke()

    functions.during = invoke_another
    functions.invoke()
    assert max(functions.watching.minute()["ConcurrentExecutions"]) == 2


@pytest.mark.parametrize(("since_seconds", "age_milliseconds"), [(0, 0), (0.9, 0), (1.5, 500), (301, 300_000)])
def test_a_batch_is_as_old_as_its_last_record(functions: Lambda, since_seconds: float, age_milliseconds: float) -> None:
    clock = functions.watching.clock
    stamped = int(clock.time())
    clock.advance(since_seconds)
    with request_scope(get_account_id(), OHIO):
        functions.watching.metrics.functions.batch_sent(NAME, {"dynamodb": {"ApproximateCreationDateTime": stamped}})
    assert functions.watching.minute()["IteratorAge"] == {age_milliseconds: 1}
