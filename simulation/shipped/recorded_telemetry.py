"""Stands for the functions' telemetry: counts metrics, and remembers what a person would look for in the logs."""

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from contract.environment import Metric
from simulation.history import History
from simulation.kernel.process import Process

_NOTHING: AbstractContextManager[None] = nullcontext()

_UNEXPECTED = frozenset({"request failed"})
"""What is logged when a request ends with 500."""


class RecordedLogger:
    """The logger's methods."""

    def __init__(self, process: Process, history: History) -> None:
        self._process = process
        self._history = history

    def info(self, message: str, **_: Any) -> None:  # noqa: ANN401 -- as the logger's
        """Ignore what happens all the time."""

    debug = info

    def warning(self, message: str, **_: Any) -> None:  # noqa: ANN401
        """Remember it."""
        self._history.note(f"{self._process}: {message}")

    error = critical = exception = warning

    def append_keys(self, **_: object) -> None:
        """Ignore the keys of a log line."""

    def remove_keys(self, _keys: object) -> None:
        """Ignore the keys of a log line."""


class RecordedTelemetry:
    """Has the interface of `handlers.telemetry.Telemetry`."""

    def __init__(self, process: Process, history: History) -> None:
        self.logger = RecordedLogger(process, history)
        self._process = process
        self._history = history

    def invocation(self, _correlation_id: str) -> AbstractContextManager[None]:
        """Return a context that does nothing."""
        return _NOTHING

    def about(self, _transaction_id: str) -> AbstractContextManager[None]:
        """Return a context that does nothing."""
        return _NOTHING

    def begins(self, _transaction_id: str) -> None:
        """Ignore that a payment begins."""

    def warn(self, message: str, error: BaseException, **_: object) -> None:
        """Remember what failed."""
        self._remember(message, error)

    def fail(self, message: str, error: BaseException, **_: object) -> None:
        """Remember what failed; what should not have is judged."""
        if message in _UNEXPECTED:
            self._history.fail(f"{self._process}: {message} ({type(error).__name__}: {error})")
        else:
            self._remember(message, error)

    def count(self, metric: str, number: int = 1) -> None:
        """Count an event."""
        self._history.counts[metric] += number
        if metric == Metric.PAYMENTS_CHANGED:
            self._history.changes_counted[self._process.place] += number

    def seconds(self, _metric: str, _value: float) -> None:
        """Ignore a duration."""

    def _remember(self, message: str, error: BaseException) -> None:
        self._history.note(f"{self._process}: {message} ({type(error).__name__}: {error})")
