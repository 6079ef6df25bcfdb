# ruff: noqa: SLF001 — MiniStack offers no public seams
"""What one invocation was like for the process that ran it: its log stream, its start, time, memory and end.

A process that has used more than the function's memory is killed, as on AWS, though only when its invocation has
ended: what it holds is looked at once then.
"""

import contextlib
import os
import signal
import time
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from emulator.logs import platform_lines
from emulator.logs.platform_lines import EXIT_ERROR, OUT_OF_MEMORY, UNKNOWN_ERROR, InvocationReport
from emulator.patching import Theirs, wrap

_DIED: Final = frozenset({"Worker process died", "Worker returned no response"})
_KIB_PER_MIB: Final = 1024

_MOST_BYTES: Final = 4096
"""Of a process's status, which has fewer."""


@dataclass
class WorkerRun:
    """One invocation on one worker, filled in as it goes on."""

    worker: Theirs
    request_id: str
    milliseconds: float = 0.0
    init_milliseconds: float | None = None
    memory_used: int = 0
    status: str = ""
    error_type: str = ""
    output: str = ""
    """What the function has printed, without what the live log has stored already."""
    failure: str = ""
    """What is logged about the failure, as one event."""

    def report(self) -> InvocationReport:
        """Return what the REPORT line says."""
        return InvocationReport(
            request_id=self.request_id,
            milliseconds=self.milliseconds,
            memory_size=int(self.worker.config.get("MemorySize", 128)),
            memory_used=self.memory_used,
            init_milliseconds=self.init_milliseconds,
            status=self.status,
            error_type=self.error_type,
        )


_latest: ContextVar[WorkerRun | None] = ContextVar("emulator_worker_run", default=None)
_spawning: ContextVar[str] = ContextVar("emulator_spawning_stream", default="")


def install() -> None:
    """Take note of every invocation on a worker of Python or Node."""
    wrap(lambda_runtime.Worker, "_spawn", spawning)
    wrap(lambda_runtime.Worker, "invoke", noting)
    wrap(lambda_svc, "_execute_function_warm", _named_as_on_aws)


def run_of(request_id: str) -> WorkerRun | None:
    """Return what was noted about an invocation that has just ended in this thread; None if no worker ran it."""
    run = _latest.get()
    return run if run is not None and run.request_id == request_id else None


def spawning_stream() -> str:
    """Return the log stream of the worker that is being started in this thread."""
    return _spawning.get()


def stream_of(worker: Theirs) -> str:
    """Return the log stream of a worker's present process, or of its last one."""
    return str(getattr(worker, "emulator_stream", "")) or platform_lines.log_stream_name(_version(worker))


def spawning(original: Callable[..., None]) -> Callable[..., None]:
    """Give each process a log stream of its own, and time its start."""

    def spawn(worker: Theirs, *arguments: Theirs, **named: Theirs) -> None:
        worker.emulator_stream = platform_lines.log_stream_name(_version(worker))
        worker.emulator_peak = 0
        token, began = _spawning.set(worker.emulator_stream), time.perf_counter()
        try:
            original(worker, *arguments, **named)
        finally:
            _spawning.reset(token)
            worker.emulator_init = 1000 * (time.perf_counter() - began)
            worker.emulator_process = worker._proc

    return spawn


def noting(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Note how an invocation goes, and end a process that is left with more memory than its function may use."""

    def invoke(worker: Theirs, event: Theirs, request_id: str, **more: Theirs) -> dict[str, Any]:
        run = WorkerRun(worker, request_id)
        _latest.set(run)
        worker.emulator_init = None
        began = time.perf_counter()
        try:
            result = original(worker, event, request_id, **more)
        except Exception as error:
            _note_failed_start(run, str(error))
            raise
        run.init_milliseconds = worker.emulator_init
        run.milliseconds = 1000 * (time.perf_counter() - began) - (run.init_milliseconds or 0)
        run.output = result.get("log") or ""
        _note_memory(run)
        if result.get("status") == "error":
            _note_failure(run, result)
        elif run.memory_used > int(worker.config.get("MemorySize", 128)):
            return _killed(run, result)
        return result

    return invoke


def _version(worker: Theirs) -> str:
    return str(worker.config.get("Version", "$LATEST"))


def _note_failed_start(run: WorkerRun, message: str) -> None:
    run.status = "error"
    run.error_type = EXIT_ERROR if "exited" in message else UNKNOWN_ERROR
    run.failure = f"[ERROR] {message}"
    init = getattr(run.worker, "emulator_init", None) or 0.0
    run.output = platform_lines.init_report_line(init, run.error_type)


def _note_failure(run: WorkerRun, result: dict[str, Any]) -> None:
    message = str(result.get("error", ""))
    if message.startswith("Task timed out"):
        run.status = "timeout"
        run.failure = platform_lines.timeout_line(run.request_id, float(run.worker.config.get("Timeout", 3)))
    elif message in _DIED:
        process = getattr(run.worker, "emulator_process", None)
        _note_exit(run, result, None if process is None else process.poll(), EXIT_ERROR)
    else:
        run.failure = platform_lines.exception_text(str(result.get("trace") or message))


def _note_exit(run: WorkerRun, result: dict[str, Any], returncode: int | None, error_type: str) -> None:
    run.status, run.error_type = "error", error_type
    message = platform_lines.exit_message(run.request_id, returncode)
    run.failure = f"{message}\n{EXIT_ERROR}"
    result["error"] = message


def _note_memory(run: WorkerRun) -> None:
    """Read the most that the process has held; what it held last time if it has gone."""
    process = run.worker._proc
    run.memory_used = peak = getattr(run.worker, "emulator_peak", 0)
    if process is not None:
        with contextlib.suppress(OSError, IndexError):  # it has just gone
            peak = _peak_mebibytes(process.pid)
        run.worker.emulator_peak = run.memory_used = peak


def _peak_mebibytes(pid: int) -> int:
    """Read a process's high-water mark; without `pathlib`, which takes four times as long, after every invocation."""
    status = os.open(f"/proc/{pid}/status", os.O_RDONLY)
    try:
        text = os.read(status, _MOST_BYTES)
    finally:
        os.close(status)
    return int(text.split(b"VmHWM:", 1)[1].split(maxsplit=1)[0]) // _KIB_PER_MIB


def _killed(run: WorkerRun, result: dict[str, Any]) -> dict[str, Any]:
    process, run.worker._proc = run.worker._proc, None
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    run.memory_used = int(run.worker.config.get("MemorySize", 128))
    run.worker.emulator_peak = 0
    failed = {"status": "error", "cold_start": result.get("cold_start"), "log": run.output}
    _note_exit(run, failed, -signal.SIGKILL, OUT_OF_MEMORY)
    return failed


def _named_as_on_aws(original: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """An error that ended the process is named so to the caller, and an exception by its class."""

    def execute(function: Theirs, event: Theirs, request_id: str) -> dict[str, Any]:
        result = original(function, event, request_id)
        run, body = run_of(request_id), result.get("body")
        if run is not None and run.failure and isinstance(body, dict) and result.get("error"):
            if platform_lines.is_exit(run.failure):
                body["errorType"] = EXIT_ERROR
            elif not run.status and run.failure.startswith("[ERROR] "):
                body["errorType"] = run.failure[len("[ERROR] ") :].split("\n")[0].split(":")[0].rpartition(".")[2]
        return result

    return execute
