# ruff: noqa: SLF001 — MiniStack offers no public seams
"""How faults take effect on what runs by itself: functions, event sources and schedules."""

import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from typing import Any, Final

from ministack.core import lambda_runtime
from ministack.core.responses import get_region
from ministack.services import eventbridge, lambda_svc

from emulator.faults import ActiveFaults
from emulator.patching import Theirs, wrap

_WAIT_SECONDS = 0.1
_LAMBDA: Final = "lambda"

_asynchronous: ContextVar[bool] = ContextVar("emulator_asynchronous", default=False)


class FunctionFaults:
    """Stops what runs in a region together with the region, and lets single functions crash."""

    def __init__(self, faults: ActiveFaults) -> None:
        self._faults = faults

    def install(self) -> None:
        """Ask the faults before anything runs."""
        wrap(lambda_svc, "_execute_function", self._only_where_running)
        wrap(lambda_svc, "invoke_async_with_retry", _known_as_asynchronous)
        wrap(lambda_svc, "_execute_function_warm", self._crashing)
        wrap(lambda_svc, "_iter_all_esms", self._only_polled_where_running)
        wrap(eventbridge, "_invoke_target", self._only_fired_where_running)

    def apply(self) -> None:
        """Kill what runs in regions that are down, with all it has started; nothing is waited for."""
        with lambda_runtime._lock:
            workers = [
                worker
                for key, pool in lambda_runtime._workers.items()
                if not self._faults.running(key.split(":")[1])  # account:region:function:version
                for worker in pool
            ]
        for worker in workers:
            process = worker._proc
            if process is not None and process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)

    def _only_where_running(self, original: Callable[..., Theirs]) -> Callable[..., Theirs]:
        def execute(function: Theirs, event: Theirs, *more: Theirs, **options: Theirs) -> Theirs:
            if not self._faults.active:
                return original(function, event, *more, **options)
            region = _region_of(function)
            # Lambda keeps the events of asynchronous invocations until it can deliver them.
            while _asynchronous.get() and not self._faults.reachable(region, _LAMBDA):
                time.sleep(_WAIT_SECONDS)
            if not self._faults.reachable(region, _LAMBDA):
                return _failed("ServiceException", f"Lambda in {region} is down")
            return original(function, event, *more, **options)

        return execute

    def _crashing(self, original: Callable[..., Theirs]) -> Callable[..., Theirs]:
        def execute(function: Theirs, event: Theirs, request_id: str, *more: Theirs) -> Theirs:
            if not self._faults.active:
                return original(function, event, request_id, *more)
            configuration = function.get("config") or function
            name, region = configuration["FunctionName"], _region_of(function)
            moment = self._faults.crash(name, region)
            if moment is None:
                return original(function, event, request_id, *more)
            if moment == "answer":
                original(function, event, request_id, *more)
            lambda_runtime.invalidate_worker(name, configuration.get("Version", "$LATEST"), region=region)
            status = "exit status 1" if moment == "init" else "signal: killed"
            return _failed("Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited with error: {status}")

        return execute

    def _only_polled_where_running(self, original: Callable[[], Iterator[Theirs]]) -> Callable[[], Iterator[Theirs]]:
        def mappings() -> Iterator[Theirs]:
            for account, region, mapping in original():
                source = mapping["EventSourceArn"].split(":")[2]
                if self._faults.reachable(region, source) and self._faults.lets_through(region, _LAMBDA):
                    yield account, region, mapping

        return mappings

    def _only_fired_where_running(self, original: Callable[..., Theirs]) -> Callable[..., Theirs]:
        def invoke(*target: Theirs, **more: Theirs) -> Theirs:
            return original(*target, **more) if self._faults.running(get_region()) else None

        return invoke


def _known_as_asynchronous(original: Callable[..., None]) -> Callable[..., None]:
    def invoke(*invocation: Theirs, **more: Theirs) -> None:
        token = _asynchronous.set(True)  # the thread that it starts inherits it
        try:
            original(*invocation, **more)
        finally:
            _asynchronous.reset(token)

    return invoke


def _region_of(function: Theirs) -> str:
    return str(lambda_runtime._account_region_from_function_config(function.get("config") or function)[1])


def _failed(error_type: str, message: str) -> dict[str, Any]:
    return {"body": {"errorMessage": message, "errorType": error_type}, "error": True, "log": message}
