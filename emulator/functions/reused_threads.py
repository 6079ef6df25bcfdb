"""Threads that are used again: MiniStack starts two for each invocation of a function, and to start one takes long.

Starting one costs ten times as much CPU as waking one that waits, and whoever starts it, such as the event loop, stands
still until the machine has let it run. There is no bound: an invocation may invoke other functions and wait for them,
so that a new thread is started whenever none is free.
"""

import contextvars
import queue
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import ModuleType, SimpleNamespace
from typing import Any, Final

from ministack.core import concurrency, lambda_runtime

from emulator.patching import wrap

_KEPT_SECONDS: Final = 30.0
"""How long a thread waits for more work before it ends."""

_free: Final[list["queue.SimpleQueue[ReusedThread]"]] = []
"""The inboxes of the threads that wait, the one that waits shortest last."""


class ReusedThread:
    """What a `threading.Thread` is to those who start one and wait for its end."""

    def __init__(
        self,
        group: None = None,  # noqa: ARG002 — the standard library's own signature
        target: Callable[..., object] = lambda: None,
        name: str = "",
        args: Iterable[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        daemon: bool = True,
    ) -> None:
        self.name, self.daemon = name, daemon
        self._work: Callable[[], object] = partial(target, *args, **(kwargs or {}))
        self._running = threading.Lock()

    def start(self) -> None:
        """Let a thread that is free do the work, or start one.

        Raises:
            RuntimeError: The system has no more threads.
        """
        self._running.acquire()
        try:
            inbox = _free.pop()
        except IndexError:
            inbox = queue.SimpleQueue()
            try:
                threading.Thread(target=_serve, args=(inbox,), name="emulator-reused", daemon=True).start()
            except RuntimeError:
                self._running.release()
                raise
        inbox.put(self)

    def join(self, timeout: float | None = None) -> None:
        """Wait until the work is done, or for so many seconds."""
        if self._running.acquire(timeout=-1 if timeout is None else max(0.0, timeout)):
            self._running.release()

    def is_alive(self) -> bool:
        """Return whether the work is under way."""
        return self._running.locked()

    def do(self) -> None:
        """Do the work, in this thread, as if it were a new one."""
        try:
            contextvars.Context().run(self._work)
        finally:
            self._running.release()


def install() -> None:
    """Let invocations run in such threads."""
    wrap(concurrency, "threading", with_reused_threads)
    wrap(lambda_runtime, "threading", with_reused_threads)


def with_reused_threads(original: ModuleType) -> SimpleNamespace:
    """Return the standard library's module with another `Thread`."""
    return SimpleNamespace(**{**vars(original), "Thread": ReusedThread})


def _serve(inbox: "queue.SimpleQueue[ReusedThread]") -> None:
    """Do what comes, until nothing has come for a while; work that fails ends the thread, as it would a new one."""
    while True:
        try:
            thread = inbox.get(timeout=_KEPT_SECONDS)
        except queue.Empty:
            try:
                _free.remove(inbox)
            except ValueError:
                continue  # taken this very moment
            return
        thread.do()
        del thread  # what it has done is not kept while waiting
        _free.append(inbox)
