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
from emulator.minute_metrics import MetricSeries, MinuteMetrics, Unit, rounded
from emulator.patching import Theirs, silenced, wrap

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
            name = configuration["FunctionName"]
            if slot is None:
                self._add(name, "Throttles", 1)  # and no invocation
            else:
                self._add(name, "ConcurrentExecutions", lambda_svc._inflight.get(slot, 1))
            return slot, limit

        return acquire

    def _counted(self, original: Callable[..., Theirs]) -> Callable[..., Theirs]:
        def execute(function: Theirs, configuration: dict[str, Theirs], *more: Theirs) -> Theirs:
            started = time.perf_counter()
            result = original(function, configuration, *more)
            name = configuration["FunctionName"]
            self._add(name, "Invocations", 1)
            self._add(name, "Errors", 1 if result.get("error") else 0)
            self._add(name, "Throttles", 0)
            self._add(name, "Duration", rounded(1000 * (time.perf_counter() - started)), "Milliseconds")
            return result

        return execute

    def _add(self, function: str, metric: str, value: float, unit: Unit = "Count") -> None:
        dimensions = (("FunctionName", function),)
        self._tally.add(MetricSeries(get_account_id(), get_region(), "AWS/Lambda", metric, unit, dimensions), value)
