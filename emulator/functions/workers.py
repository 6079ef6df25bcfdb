"""The processes that run functions: they see what a function sees on AWS, and find the data plane by name.

MiniStack starts each worker with the emulator's own environment and Python. Here it gets a clean environment, its
modules from its zip, the standard library and the SDK alone (as in AWS's Python runtimes), and name resolution.
"""

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Event
from types import ModuleType, SimpleNamespace

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from emulator.functions import sdk, waiting_invocations, worker_output, worker_prelude, worker_runs
from emulator.functions.code_directories import CodeDirectories
from emulator.functions.worker_starts import WorkerStarts
from emulator.patching import Theirs, wrap
from emulator.regions import ADDRESSES, CALLER_ADDRESSES, HOST_PATTERN

_FROM_LAMBDA = frozenset(
    {
        *("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
        *("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION"),
        *("LAMBDA_TASK_ROOT", "PATH"),
        # Not on AWS: where AWS is emulated, and what MiniStack's worker needs.
        *("AWS_ENDPOINT_URL", "_LAMBDA_FUNCTION_ARN", "_LAMBDA_TIMEOUT", "_LAMBDA_LAYERS_DIRS"),
        *("AWS_DISABLE_HOST_PREFIX_INJECTION",),
    }
)

_stopped = Event()
"""Set once the emulator stops."""


def install(directory: Path, ca_file: Path, data_plane_port: int, starts: WorkerStarts) -> None:
    """Make MiniStack start its Python workers this way, when `starts` lets it."""
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
        "mark_ends()\n"
    )

    def with_prelude(script: str) -> str:
        return prelude + start + script

    def in_clean_environment(original: ModuleType) -> SimpleNamespace:
        def start_worker(arguments: list[str], *, env: Mapping[str, str], **options: Theirs) -> subprocess.Popen[str]:
            # A session of its own: Ctrl-C in the emulator's terminal is the emulator's to handle.
            clean = worker_environment(env, ca_file)
            return subprocess.Popen(arguments, env=clean, start_new_session=True, **options)  # noqa: S603

        return SimpleNamespace(**{**vars(original), "Popen": start_worker})

    wrap(lambda_runtime, "_PYTHON_WORKER_SCRIPT", with_prelude)
    wrap(lambda_runtime, "subprocess", in_clean_environment)
    CodeDirectories(directory / "code").install()
    wrap(lambda_svc, "acquire_worker", starts.waiting)
    wrap(lambda_svc, "release_worker", starts.ending)
    wrap(lambda_svc, "invalidate_worker", starts.waking)
    wrap(lambda_runtime.Worker, "_spawn", starts.ending)
    wrap(lambda_runtime.Worker, "_spawn", _unless_stopped)
    wrap(lambda_svc, "_execute_function_warm", waiting_invocations.answering)
    wrap(lambda_svc, "_execute_function_provided_warm", waiting_invocations.answering)
    worker_output.install()
    worker_runs.install()


def worker_environment(environment: Mapping[str, str], ca_file: Path) -> dict[str, str]:
    """Return what a worker process gets; the function's own variables reach it by MiniStack's start message."""
    name = environment.get("AWS_LAMBDA_FUNCTION_NAME", "")
    return {
        **{key: value for key, value in environment.items() if key in _FROM_LAMBDA},
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": worker_runs.spawning_stream(),
        "LANG": "en_US.UTF-8",
        "PYTHONUTF8": "1",
        "TZ": ":UTC",
        # Functions probe the peer region's data plane over TLS; on AWS its certificates are publicly trusted.
        "SSL_CERT_FILE": str(ca_file),
    }


def stop() -> None:
    """End every worker and remove its files; schedules and queues that still run start no other."""
    _stopped.set()
    lambda_runtime.reset()


def _unless_stopped(original: Callable[[Theirs], None]) -> Callable[[Theirs], None]:
    def spawn(worker: Theirs) -> None:
        if _stopped.is_set():
            raise RuntimeError(f"the emulator stops and runs {worker.func_name} no more")
        original(worker)

    return spawn
