"""What is noted about one invocation of a worker."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from emulator.functions.worker_runs import WorkerRun, noting, run_of, spawning, spawning_stream, stream_of

Result = dict[str, Any]


class FakeWorker:
    """A worker whose process only waits."""

    def __init__(self, memory: int = 128) -> None:
        self.config = {"FunctionName": "f", "Version": "7", "MemorySize": memory, "Timeout": 3}
        self._proc: subprocess.Popen[bytes] | None = None
        self.streams: list[str] = []

    def spawn(self) -> None:
        self.streams.append(spawning_stream())
        command = [sys.executable, "-c", "print(flush=True); input()"]
        pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self._proc = subprocess.Popen(command, start_new_session=True, **pipes)
        assert self._proc.stdout is not None
        self._proc.stdout.readline()


@pytest.fixture
def worker() -> Iterator[FakeWorker]:
    worker = FakeWorker()
    yield worker
    if worker._proc is not None:
        worker._proc.kill()
        worker._proc.wait()


def run(worker: FakeWorker, result: Result, before: Callable[[], None] = lambda: None) -> tuple[Result, WorkerRun]:
    """Let a worker start if it has not, and return a result."""

    def invoke(worker: FakeWorker, _event: object, _request_id: str) -> Result:
        if worker._proc is None:
            spawning(FakeWorker.spawn)(worker)
        before()
        return result

    answered = noting(invoke)(worker, {}, "id")
    noted = run_of("id")
    assert noted is not None
    return answered, noted


def test_each_process_has_a_stream_of_its_own(worker: FakeWorker) -> None:
    _, first = run(worker, {"status": "ok"})
    streams = [stream_of(worker)]
    _, second = run(worker, {"status": "ok"})
    assert [stream_of(worker)] == streams == worker.streams
    assert "/[7]" in streams[0]
    assert first.init_milliseconds is not None
    assert second.init_milliseconds is None


def test_memory_is_the_processs_own(worker: FakeWorker) -> None:
    answered, noted = run(worker, {"status": "ok", "log": "printed"})
    assert answered["status"] == "ok"
    assert 1 < noted.memory_used < 128
    assert (noted.output, noted.failure, noted.report().status) == ("printed", "", "")


def test_process_with_too_much_memory_is_killed(worker: FakeWorker) -> None:
    worker.config["MemorySize"] = 1
    answered, noted = run(worker, {"status": "ok", "result": "lost"})
    assert answered["error"] == "RequestId: id Error: Runtime exited with error: signal: killed"
    assert worker._proc is None
    assert noted.failure == f"{answered['error']}\nRuntime.ExitError"
    assert "\tMax Memory Used: 1 MB\t" in noted.report().line()
    assert noted.report().line().endswith("\tStatus: error\tError Type: Runtime.OutOfMemory")


def test_exited_process_is_reported_with_its_status(worker: FakeWorker) -> None:
    def end() -> None:
        assert worker._proc is not None
        os.killpg(worker._proc.pid, 9)
        worker._proc.wait()
        worker._proc = None

    answered, noted = run(worker, {"status": "error", "error": "Worker process died"}, end)
    assert answered["error"].endswith("signal: killed")
    assert (noted.status, noted.error_type) == ("error", "Runtime.ExitError")


def test_time_out_differs_from_exception(worker: FakeWorker) -> None:
    _, timed_out = run(worker, {"status": "error", "error": "Task timed out after 3.00 seconds"})
    _, raised = run(
        worker, {"status": "error", "error": "no", "trace": "Traceback:\n  File a\n    x\nValueError: no\n"}
    )
    assert (timed_out.status, raised.status) == ("timeout", "")
    assert timed_out.failure.endswith("id Task timed out after 3.00 seconds")
    assert raised.failure.startswith("[ERROR] ValueError: no")


def test_failed_start_is_an_error_of_the_invocation(worker: FakeWorker) -> None:
    def invoke(*_: object) -> Result:
        raise RuntimeError("Worker init failed: No module named 'gone'")

    with pytest.raises(RuntimeError):
        noting(invoke)(worker, {}, "id")
    noted = run_of("id")
    assert noted is not None
    assert noted.output.startswith("INIT_REPORT ")
    assert noted.failure == "[ERROR] Worker init failed: No module named 'gone'"
    assert (noted.status, noted.error_type) == ("error", "Runtime.Unknown")


def test_other_invocations_are_not_taken_for_it(worker: FakeWorker) -> None:
    run(worker, {"status": "ok"})
    assert run_of("another") is None
