"""What a thread waits for: one value or one error, whichever comes first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from greenlet import GreenletExit, getcurrent

if TYPE_CHECKING:
    from simulation.kernel.process import Process


class Pending:
    """A result that arrives later; what arrives after the first is ignored."""

    __slots__ = ("_error", "_is_waited_for", "_process", "_task", "_value", "is_done")

    def __init__(self, process: Process) -> None:
        self.is_done = False
        self._process = process
        self._task: Any = getcurrent()
        self._is_waited_for = False
        self._value: Any = None
        self._error: BaseException | None = None

    def resolve(self, value: object = None) -> None:
        """Hand over a value."""
        if not self.is_done:
            self.is_done = True
            self._value = value
            if self._is_waited_for:
                self._process.kernel.make_ready(self._task)

    def fail(self, error: BaseException) -> None:
        """Hand over an error."""
        if not self.is_done:
            self._error = error
            self.resolve()

    def wait(self) -> Any:  # noqa: ANN401 -- whatever is handed over
        """Return the value once it is there, or raise the error."""
        process = self._process
        if process.is_dead:  # a `finally` of a thread that is being ended: it reaches nothing any more
            raise GreenletExit
        if not self.is_done:
            self._is_waited_for = True
            process.kernel.hub.switch()
        if self._error is not None:
            raise self._error
        return self._value
