# ruff: noqa: SLF001 — MiniStack offers no public seams
"""What API Gateway publishes about REST APIs: per API, and per API and stage.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
"""

import time
from collections import Counter
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field

from ministack import app
from ministack.services import apigateway_v1

from emulator.apigateway.data_plane import api_of, serving
from emulator.clock import EmulatorClock
from emulator.cloudwatch.minute_metrics import MetricSeries, MinuteMetrics, Unit, rounded
from emulator.faults import ActiveFaults
from emulator.outage import DATA_PLANE
from emulator.patching import Theirs, wrap

ApiStage = tuple[str, str]
"""An API's id and the name of one of its stages."""


@dataclass(slots=True)
class _Call:
    """One request while it is served."""

    target: ApiStage | None = None
    integration_seconds: float | None = None


@dataclass
class _Minute:
    """The requests to one stage in a minute."""

    statuses: Counter[int] = field(default_factory=Counter)
    """By class: 2 for 2xx."""
    latencies: Counter[float] = field(default_factory=Counter)
    integration_latencies: Counter[float] = field(default_factory=Counter)


_call: ContextVar[_Call | None] = ContextVar("emulator_api_call", default=None)


class ApiMetrics:
    """Counts requests by stage, and what became of them; all in the event loop's thread."""

    def __init__(self, *, clock: EmulatorClock, faults: ActiveFaults, tally: MinuteMetrics) -> None:
        self._clock, self._faults, self._tally = clock, faults, tally
        self._minutes: dict[ApiStage, _Minute] = {}

    def install(self) -> None:
        """Watch every request, together with what faults do to it: the latest to be installed is the first asked."""
        wrap(app, "_handle_special_data_plane_request", self._watched)
        wrap(app, "_enforce_execute_api", _noticed)
        wrap(apigateway_v1, "_call_lambda_raw", _timed)

    def count(self, target: ApiStage, status: int, seconds: float, integration_seconds: float | None) -> None:
        """Count one answer, by its HTTP status and the real seconds that it and its integration took."""
        minute = self._minutes.get(target)
        if minute is None:
            minute = self._minutes[target] = _Minute()
        minute.statuses[status // 100] += 1
        minute.latencies[rounded(1000 * seconds)] += 1
        if integration_seconds is not None:
            minute.integration_latencies[rounded(1000 * integration_seconds)] += 1

    def sample(self) -> None:
        """Hand over a minute's requests; those to APIs that are gone, or no REST APIs, are nobody's."""
        minutes, self._minutes = self._minutes, {}
        for (api_id, stage), minute in minutes.items():
            scope = apigateway_v1.find_api_scope(api_id)
            if scope is not None:
                name = ("ApiName", apigateway_v1._rest_apis.get_scoped(*scope, api_id)["name"])
                for dimensions in ((name,), (name, ("Stage", stage))):
                    self._hand_over(scope, dimensions, minute)

    def _hand_over(self, scope: tuple[str, str], dimensions: tuple[tuple[str, str], ...], minute: _Minute) -> None:
        def add(metric: str, unit: Unit, values: Counter[float]) -> None:
            for value, times in values.items():
                self._tally.add(MetricSeries(*scope, "AWS/ApiGateway", metric, unit, dimensions), value, times)

        requests = minute.statuses.total()
        add("Count", "Count", Counter({1.0: requests}))
        for metric, status in (("4XXError", 4), ("5XXError", 5)):
            # Of every request a 1 or a 0: the average is the rate, as documented.
            errors = minute.statuses[status]
            add(metric, "Count", +Counter({1.0: errors, 0.0: requests - errors}))
        add("Latency", "Milliseconds", minute.latencies)
        add("IntegrationLatency", "Milliseconds", minute.integration_latencies)

    def _watched(self, original: Callable[..., Theirs]) -> Callable[..., Theirs]:
        async def answer(method: str, path: str, headers: dict[str, str], *request: Theirs, **more: Theirs) -> Theirs:
            call = _Call()
            _call.set(call)
            started = time.perf_counter()
            response = await original(method, path, headers, *request, **more)
            region = serving.get()
            if region and call.target is None and response and response[0] >= 500:  # noqa: PLR2004 — server's errors
                call.target = api_of(region, headers.get("host", ""), path)  # a fault answered before the API could
            if call.target:
                seconds = time.perf_counter() - started + self._skipped_seconds(region)
                self.count(call.target, response[0], seconds, call.integration_seconds)
            return response

        return answer

    def _skipped_seconds(self, region: str | None) -> float:
        """Return by how much an injected delay, which is emulated, would have taken longer in real time."""
        if region is None or not self._faults.active:
            return 0.0
        return self._faults.behaviour(region, DATA_PLANE).delay_seconds * (1 - 1 / self._clock.scale)


def _noticed(original: Callable[..., Theirs]) -> Callable[..., Theirs]:
    def enforce(api_id: str, stage: str, *request: Theirs, **more: Theirs) -> Theirs:
        call = _call.get()
        if call is not None:
            call.target = api_id, stage
        return original(api_id, stage, *request, **more)

    return enforce


def _timed(original: Callable[..., Theirs]) -> Callable[..., Theirs]:
    async def integrate(*invocation: Theirs, **more: Theirs) -> Theirs:
        started = time.perf_counter()
        try:
            return await original(*invocation, **more)
        finally:
            call = _call.get()
            if call is not None:
                call.integration_seconds = time.perf_counter() - started

    return integrate
