"""Stands for `threading` and `time` where a command keeps a thread beside its work."""

from collections.abc import Callable

from simulation.kernel.loop import current_process
from simulation.kernel.pending import Pending


class ProcessThread:
    """Has what is used of `threading.Thread`."""

    def __init__(self, *, target: Callable[[], object], daemon: bool = False) -> None:
        self._target = target
        self._is_daemon = daemon
        self._is_over = False
        self._waiting: list[Pending] = []

    def start(self) -> None:
        """Start a thread of the current process."""
        current_process().spawn(self._run)

    def join(self, timeout: float | None = None) -> None:
        """Wait until the thread has ended."""
        _wait(self._waiting, lambda: self._is_over, timeout)

    def _run(self) -> None:
        try:
            self._target()
        finally:
            self._is_over = True
            _wake(self._waiting)


class ProcessEvent:
    """Has what is used of `threading.Event`."""

    def __init__(self) -> None:
        self._is_set = False
        self._waiting: list[Pending] = []

    def is_set(self) -> bool:
        """Return whether it is set."""
        return self._is_set

    def set(self) -> None:
        """Let all go on that wait."""
        self._is_set = True
        _wake(self._waiting)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set, or for so long; return whether it is."""
        _wait(self._waiting, lambda: self._is_set, timeout)
        return self._is_set


class ProcessLock:
    """Has what is used of `threading.Lock`."""

    def __init__(self) -> None:
        self._is_held = False
        self._waiting: list[Pending] = []

    def __enter__(self) -> None:
        while self._is_held:
            _wait(self._waiting, lambda: not self._is_held, None)
        self._is_held = True

    def __exit__(self, *_: object) -> None:
        self._is_held = False
        _wake(self._waiting)


class ProcessThreading:
    """Stands for the module `threading`."""

    Thread = ProcessThread
    Event = ProcessEvent
    Lock = ProcessLock


class ProcessModuleTime:
    """Stands for the module `time`."""

    @staticmethod
    def monotonic() -> float:
        """Return the seconds of the current process's monotonic clock."""
        return current_process().clock.monotonic()

    @staticmethod
    def time() -> float:
        """Return what the current process takes for the time."""
        return current_process().clock.wall()

    @staticmethod
    def sleep(seconds: float) -> None:
        """Let the current process's thread wait."""
        current_process().sleep(seconds)


def _wait(waiting: list[Pending], is_over: Callable[[], bool], timeout: float | None) -> None:
    if is_over():
        return
    process = current_process()
    pending = Pending(process)
    waiting.append(pending)
    if timeout is not None:
        process.kernel.after(timeout / process.clock.rate, pending.resolve)
    pending.wait()


def _wake(waiting: list[Pending]) -> None:
    while waiting:
        waiting.pop().resolve()
