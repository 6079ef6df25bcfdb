# ruff: noqa: SLF001 — MiniStack offers no public seams
"""What an invocation has printed ends with a mark, so that nobody has to wait and see whether more will come.

MiniStack looks a thousand times a second until a worker has been silent for a while: as much work as a short
invocation itself, and five milliseconds at least in which the worker serves nobody else.
"""

import contextlib
import queue
import time
from collections.abc import Callable
from typing import Final

from ministack.core import lambda_runtime

from emulator.patching import Theirs, wrap
from emulator.worker_prelude import END_OF_OUTPUT

_MOST_SECONDS: Final = 0.25
"""How long to wait for the mark of a worker that has died, or has closed its standard error: as long as MiniStack."""


def install() -> None:
    """Read up to the mark."""
    wrap(lambda_runtime.Worker, "_drain_stderr_bounded", up_to_mark)
    wrap(lambda_runtime.Worker, "_drain_stderr", before_mark)


def up_to_mark(original: Callable[..., str]) -> Callable[..., str]:
    """Return what was printed up to the mark; workers that are not Python's set none."""

    def drain(worker: Theirs, *limits: float, **named: float) -> str:
        if not str(worker.config.get("Runtime", "python")).startswith("python"):
            return original(worker, *limits, **named)
        lines: list[str] = []
        deadline = time.monotonic() + _MOST_SECONDS
        with contextlib.suppress(queue.Empty):
            while not _ends(lines, worker._stderr_queue.get(timeout=max(0.0, deadline - time.monotonic()))):
                pass
        return "\n".join(lines)

    return drain


def before_mark(_original: Callable[[Theirs], str]) -> Callable[[Theirs], str]:
    """Return what is there by now, for who looks while an invocation runs; its mark stays for its end."""

    def drain(worker: Theirs) -> str:
        lines: list[str] = []
        with contextlib.suppress(queue.Empty):
            while not _ends(lines, worker._stderr_queue.get_nowait()):
                pass
            worker._stderr_queue.put(END_OF_OUTPUT)
        return "\n".join(lines)

    return drain


def _ends(lines: list[str], line: str) -> bool:
    """Add a line to others without its mark; return whether it had one, also behind a last line without an end."""
    text = line.removesuffix(END_OF_OUTPUT)
    if text or text == line:
        lines.append(text)
    return text != line
