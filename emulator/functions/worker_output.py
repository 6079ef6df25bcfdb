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
from weakref import WeakKeyDictionary

from ministack.core import lambda_runtime

from emulator.functions.worker_prelude import END_OF_OUTPUT
from emulator.patching import Theirs, wrap

_MOST_SECONDS: Final = 0.25
"""How long to wait for the mark of a worker that has died, or has closed its standard error: as long as MiniStack."""

_ended: Final = WeakKeyDictionary[queue.Queue[str], int]()
"""How many invocations have ended, by the queue of what their process prints."""


def install() -> None:
    """Read up to the mark."""
    wrap(lambda_runtime.Worker, "_drain_stderr_bounded", up_to_mark)
    wrap(lambda_runtime.Worker, "_drain_stderr", before_mark)


def up_to_mark(original: Callable[..., str]) -> Callable[..., str]:
    """Return what was printed up to the invocation's mark; workers that are not Python's set none.

    A mark that came too late for its own invocation ends no other: what was printed before it is kept, as late.
    """

    def drain(worker: Theirs, *limits: float, **named: float) -> str:
        if not str(worker.config.get("Runtime", "python")).startswith("python"):
            return original(worker, *limits, **named)
        printed = worker._stderr_queue
        number = _ended.get(printed, 0) + 1
        lines: list[str] = []
        deadline = time.monotonic() + _MOST_SECONDS
        with contextlib.suppress(queue.Empty):
            while _add(lines, printed.get(timeout=max(0.0, deadline - time.monotonic()))) < number:
                pass
        _ended[printed] = number
        return "\n".join(lines)

    return drain


def before_mark(_original: Callable[[Theirs], str]) -> Callable[[Theirs], str]:
    """Return what is there by now, for who looks while an invocation runs; its mark stays for its end."""

    def drain(worker: Theirs) -> str:
        printed = worker._stderr_queue
        lines: list[str] = []
        with contextlib.suppress(queue.Empty):
            while (number := _add(lines, printed.get_nowait())) <= _ended.get(printed, 0):
                pass
            printed.put(f"{END_OF_OUTPUT}{number}")
        return "\n".join(lines)

    return drain


def _add(lines: list[str], line: str) -> int:
    """Add a line to others without its mark; return the mark's number, also behind a last line without an end, or 0."""
    text, mark, number = line.rpartition(END_OF_OUTPUT)
    if not mark or not number.isdecimal():
        lines.append(line)
        return 0
    if text:
        lines.append(text)
    return int(number)
