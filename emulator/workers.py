# ruff: noqa: SLF001 — MiniStack offers no public seams
"""The processes that run functions: they see what a function sees on AWS, and find the data plane by name.

MiniStack starts each worker with the emulator's own environment and Python. Here it gets a clean environment, its
modules from its zip, the standard library and the SDK alone (as in AWS's Python runtimes), and name resolution. And
MiniStack starts one for every invocation that finds none free, where here a function has a few at most, and a few
start at once.
"""

import json
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from emulator import sdk, worker_prelude
from emulator.patching import Theirs, wrap
from emulator.regions import ADDRESSES, CALLER_ADDRESSES, HOST_PATTERN

_MOST_WORKERS = 8
"""Processes of one function. To start one takes longer than most invocations: on a busy machine, as many as there are
invocations would be started for nothing, and make it busier."""

_MOST_STARTS = 2
"""Processes of all functions that start at once: more would only make each other slower."""

_LOOK_SECONDS = 0.01

_FROM_LAMBDA = frozenset(
    {
        *("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
        *("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION"),
        *("AWS_LAMBDA_LOG_STREAM_NAME", "LAMBDA_TASK_ROOT", "PATH"),
        # Not on AWS: where AWS is emulated, and what MiniStack's worker needs.
        *("AWS_ENDPOINT_URL", "_LAMBDA_FUNCTION_ARN", "_LAMBDA_TIMEOUT", "_LAMBDA_LAYERS_DIRS"),
        *("AWS_DISABLE_HOST_PREFIX_INJECTION",),
    }
)


def install(directory: Path, ca_file: Path, data_plane_port: int) -> None:
    """Make MiniStack start its Python workers this way."""
    prelude = Path(worker_prelude.__file__).read_text(encoding="utf-8")
    names = {
        "sdk": str(sdk.link(directory / "sdk")),
        "addresses": ADDRESSES,
        "pattern": HOST_PATTERN,
        "port": data_plane_port,
    }
    start = (
        "\nend_with_parent()\n"
        f"call_from({CALLER_ADDRESSES!r}[os.environ['AWS_REGION']])\n"
        f"prepare(**json.loads({json.dumps(names)!r}))\n"
    )
    lambda_runtime._PYTHON_WORKER_SCRIPT = prelude + start + lambda_runtime._PYTHON_WORKER_SCRIPT

    def start_worker(arguments: list[str], *, env: Mapping[str, str], **options: Theirs) -> subprocess.Popen[str]:
        # A session of its own: Ctrl-C in the emulator's terminal is the emulator's to handle.
        clean = worker_environment(env, ca_file)
        return subprocess.Popen(arguments, env=clean, start_new_session=True, **options)  # noqa: S603

    lambda_runtime.subprocess = SimpleNamespace(**{**vars(subprocess), "Popen": start_worker})
    starts = WorkerStarts()
    wrap(lambda_svc, "acquire_worker", starts.waiting)
    wrap(lambda_svc, "release_worker", starts.ending)
    wrap(lambda_runtime.Worker, "_spawn", starts.ending)


class WorkerStarts:
    """The workers that are starting, over all functions: a bound on how many do at once.

    Without it a burst of invocations starts workers faster than they become ready, and none of them ever is.
    """

    def __init__(self, most: int = _MOST_STARTS) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._starting: set[int] = set()

    def waiting(self, original: Callable[..., Theirs]) -> Callable[..., Theirs]:
        """Let an invocation wait for a free worker, or for its turn to start one, as long as its function may run."""

        def acquire(name: str, configuration: Mapping[str, Theirs], code: bytes, qualifier: str) -> tuple[Theirs, str]:
            deadline = time.monotonic() + configuration["Timeout"]
            key = lambda_runtime._worker_key(name, configuration, qualifier)
            while True:
                with self._lock:
                    present = len(lambda_runtime._workers.get(key, ()))
                    most = _MOST_WORKERS if len(self._starting) < self._most else present
                    worker, reason = (
                        original(name, configuration, code, qualifier, most) if most else (None, "func_cap")
                    )
                    if reason == "spawn":
                        self._starting.add(id(worker))
                if worker is not None or time.monotonic() >= deadline:  # without one, MiniStack throttles the call
                    return worker, reason
                time.sleep(_LOOK_SECONDS)

        return acquire

    def ending(self, original: Callable[..., Theirs]) -> Callable[..., Theirs]:
        """Let a worker that has started, or is released without a start, make room for the next."""

        def ended(worker: Theirs, *arguments: Theirs, **options: Theirs) -> Theirs:
            try:
                return original(worker, *arguments, **options)
            finally:
                with self._lock:
                    self._starting.discard(id(worker))

        return ended


def worker_environment(environment: Mapping[str, str], ca_file: Path) -> dict[str, str]:
    """Return what a worker process gets; the function's own variables reach it by MiniStack's start message."""
    name = environment.get("AWS_LAMBDA_FUNCTION_NAME", "")
    return {
        **{key: value for key, value in environment.items() if key in _FROM_LAMBDA},
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
        "LANG": "en_US.UTF-8",
        "PYTHONUTF8": "1",
        "TZ": ":UTC",
        # Functions probe the peer region's data plane over TLS; on AWS its certificates are publicly trusted.
        "SSL_CERT_FILE": str(ca_file),
    }


def stop() -> None:
    """End every worker and remove its files; schedules and queues that still run start no other."""
    lambda_runtime.Worker._spawn = _refuse
    lambda_runtime.reset()


def _refuse(worker: Theirs) -> None:
    raise RuntimeError(f"the emulator stops and runs {worker.func_name} no more")
