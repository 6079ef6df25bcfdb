"""What Lambda itself writes into a function's log in the text format: START, END, REPORT, and why an invocation failed.

https://docs.aws.amazon.com/lambda/latest/dg/python-logging.html
"""

import re
import signal
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from math import ceil
from uuid import uuid4

EXIT_ERROR = "Runtime.ExitError"
OUT_OF_MEMORY = "Runtime.OutOfMemory"
UNKNOWN_ERROR = "Runtime.Unknown"

_EXITED = re.compile(r"^RequestId: \S+ Error: Runtime exited with error: .+$", re.MULTILINE)

_SIGNALS: dict[int, str] = {
    signal.SIGKILL: "killed",
    signal.SIGSEGV: "segmentation fault",
    signal.SIGTERM: "terminated",
}


@dataclass(frozen=True)
class InvocationReport:
    """What the REPORT line says about one invocation.

    Args:
        status: `timeout`, `error` or nothing when the function has answered, if only by an exception.
        error_type: Why there is no answer, with the status `error`.
    """

    request_id: str
    milliseconds: float
    memory_size: int
    memory_used: int
    init_milliseconds: float | None = None
    status: str = ""
    error_type: str = ""

    def exited(self) -> "InvocationReport":
        """Return the report of the same invocation if its process has ended in the end."""
        return replace(self, status="error", error_type=EXIT_ERROR)

    def line(self) -> str:
        """Return the REPORT line."""
        parts = [
            f"REPORT RequestId: {self.request_id}",
            f"Duration: {self.milliseconds:.2f} ms",
            f"Billed Duration: {ceil(self.milliseconds + (self.init_milliseconds or 0))} ms",
            f"Memory Size: {self.memory_size} MB",
            f"Max Memory Used: {self.memory_used} MB",
        ]
        if self.init_milliseconds is not None:
            parts.append(f"Init Duration: {self.init_milliseconds:.2f} ms")
        if self.status:
            parts.append(f"Status: {self.status}")
        if self.error_type:
            parts.append(f"Error Type: {self.error_type}")
        return "\t".join(parts)


def log_stream_name(version: str, now: datetime | None = None) -> str:
    """Return a new name for the log stream of one execution environment."""
    return f"{now or datetime.now(UTC):%Y/%m/%d}/[{version}]{uuid4().hex}"


def start_line(request_id: str, version: str) -> str:
    """Return the line before everything that an invocation prints."""
    return f"START RequestId: {request_id} Version: {version}"


def end_line(request_id: str) -> str:
    """Return the line after everything that an invocation prints."""
    return f"END RequestId: {request_id}"


def init_report_line(milliseconds: float, error_type: str) -> str:
    """Return the line about an initialization that has failed."""
    return f"INIT_REPORT Init Duration: {milliseconds:.2f} ms\tPhase: init\tStatus: error\tError Type: {error_type}"


def timeout_line(request_id: str, seconds: float, now: datetime | None = None) -> str:
    """Return the line about an invocation that has run for too long."""
    stamp = (now or datetime.now(UTC)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return f"{stamp} {request_id} Task timed out after {seconds:.2f} seconds"


def exit_message(request_id: str, returncode: int | None) -> str:
    """Return what a caller is told about a process that has ended by itself or was killed."""
    if returncode is not None and returncode < 0:
        how = f"signal: {_SIGNALS.get(-returncode) or signal.strsignal(-returncode)}"
    else:
        how = f"exit status {returncode or 0}"
    return f"RequestId: {request_id} Error: Runtime exited with error: {how}"


def is_exit(message: str) -> bool:
    """Return whether a text tells about a process that has ended."""
    return _EXITED.search(message) is not None


def exception_text(trace: str) -> str:
    """Return how the Python runtime logs an exception of the handler, by the traceback that its worker wrote."""
    lines = trace.rstrip().split("\n")
    last_frame = max((number for number, line in enumerate(lines) if line.startswith("  ")), default=-1)
    name, colon, message = "\n".join(lines[last_frame + 1 :]).partition(":")
    frames = lines[1 : last_frame + 1]
    # The first frame is the worker's own, which calls the handler.
    theirs = next((number for number, line in enumerate(frames) if number and line.startswith("  File ")), len(frames))
    head = f"[ERROR] {name.rpartition('.')[2]}{colon}{message}"
    return "\n".join((head, lines[0], *frames[theirs:])) if frames else head
