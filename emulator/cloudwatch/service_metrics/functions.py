# ruff: noqa: SLF001 — MiniStack offers no public seams
"""What Lambda publishes about functions. MiniStack does so for `Invoke` alone, not for APIs, queues and schedules.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
"""

import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from ministack.core.responses import get_account_id, get_region
from ministack.services import lambda_svc

from emulator.clock import EmulatorClock
from emulator.cloudwatch.minute_metrics import MetricSeries, MinuteMetrics, Unit, rounded
from emulator.patching import Theirs, silenced, wrap

Dimensions = tuple[tuple[str, str], ...]

_STAMP_SECONDS: Final = 1
"""The precision of the time in a stream's record."""


class FunctionMetrics:
    """Counts invocations, whoever invokes, in the region of the function."""

    def __init__(self, *, clock: EmulatorClock, tally: MinuteMetrics) -> None:
        self._clock, self._tally = clock, tally

    def install(self) -> None:
        """Take over from MiniStack."""
        wrap(lambda_svc, "_emit_lambda_metrics", silenced)
        wrap(lambda_svc, "_acquire_execution_slot", self._admitted)
        wrap(lambda_svc, "_execute_function_dispatch", self._counted)

    def batch_sent(self, function: str, record: Mapping[str, Any]) -> None:
        """Publish how old the last record of a batch is when the batch is handed to a function.

        It was written in the second that it is stamped with; by its end, at the latest.
        """
        now = self._clock.time()
        written = min(float(record["dynamodb"]["ApproximateCreationDateTime"]) + _STAMP_SECONDS, now)
        seconds = self._clock.emulated(now) - self._clock.emulated(written)
        self._add(function, "IteratorAge", round(1000 * seconds), "Milliseconds")

    def _admitted(self, original: Callable[..., Theirs]) -> Callable[..., Theirs]:
        def acquire(function: Theirs, configuration: dict[str, Theirs]) -> Theirs:
            slot, limit = original(function, configuration)
            views = views_of(configuration)
            if slot is None:
                self._add_to(views, "Throttles", 1)  # and no invocation
            else:
                self._add_to(views[:1], "ConcurrentExecutions", lambda_svc._inflight.get(slot, 1))
            return slot, limit

        return acquire

    def _counted(self, original: Callable[..., Theirs]) -> Callable[..., Theirs]:
        def execute(function: Theirs, configuration: dict[str, Theirs], *more: Theirs) -> Theirs:
            started = time.perf_counter()
            result = original(function, configuration, *more)
            views = views_of(configuration)
            self._add_to(views, "Invocations", 1)
            self._add_to(views, "Errors", 1 if result.get("error") else 0)
            self._add_to(views, "Throttles", 0)
            self._add_to(views, "Duration", rounded(1000 * (time.perf_counter() - started)), "Milliseconds")
            return result

        return execute

    def _add(self, function: str, metric: str, value: float, unit: Unit = "Count") -> None:
        self._add_to([(("FunctionName", function),)], metric, value, unit)

    def _add_to(self, views: list[Dimensions], metric: str, value: float, unit: Unit = "Count") -> None:
        for dimensions in views:
            self._tally.add(MetricSeries(get_account_id(), get_region(), "AWS/Lambda", metric, unit, dimensions), value)


def views_of(configuration: Mapping[str, Any]) -> list[Dimensions]:
    """Return the dimensions under which an invocation is counted.

    The function as a whole, the version or alias that was invoked, and the version that an alias has run.
    """
    function = ("FunctionName", str(configuration["FunctionName"]))
    qualifier = ":".join(str(configuration["FunctionArn"]).split(":")[7:])
    if not qualifier:
        return [(function,)]
    resource = ("Resource", f"{function[1]}:{qualifier}")
    views: list[Dimensions] = [(function,), (function, resource)]
    if not qualifier.isdecimal() and qualifier != "$LATEST":
        views.append((function, resource, ("ExecutedVersion", str(configuration.get("Version", "$LATEST")))))
    return views
