"""Stands for the functions' telemetry in runs with releases, which are judged by what the functions log."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from simulation.history import History
from simulation.kernel.process import Process
from simulation.primitives.function_logs import LambdaLogs
from simulation.shipped.recorded_telemetry import RecordedLogger, RecordedTelemetry

_OUTCOMES = ("payment ", "queued payment ")


class LoggedLogger(RecordedLogger):
    """Writes what releases look for into the function's log."""

    def __init__(self, process: Process, history: History, logs: LambdaLogs | None) -> None:
        super().__init__(process, history)
        self.transaction_id = ""
        self._logs = logs

    def info(self, message: str, **_: Any) -> None:  # noqa: ANN401 -- as the logger's
        """Write what became of a payment."""
        if self._logs is not None and message.startswith(_OUTCOMES):
            self._logs.line(self._process, "INFO", message, self.transaction_id)

    def error(self, message: str, **more: Any) -> None:  # noqa: ANN401
        """Write it, and remember it."""
        self.warning(message, **more)
        if self._logs is not None:
            self._logs.line(self._process, "ERROR", message, self.transaction_id)

    critical = exception = error

    def append_keys(self, **keys: object) -> None:
        """Keep the transaction's id."""
        self.transaction_id = str(keys.get("transaction_id", self.transaction_id))

    def remove_keys(self, _keys: object) -> None:
        """Forget the transaction's id."""
        self.transaction_id = ""


class LoggedTelemetry(RecordedTelemetry):
    """Has the interface of `handlers.telemetry.Telemetry`."""

    def __init__(self, process: Process, history: History) -> None:
        super().__init__(process, history)
        self._logs: LambdaLogs | None = process.host.logs
        self.logger: LoggedLogger = LoggedLogger(process, history, self._logs)

    @contextmanager
    def about(self, transaction_id: str) -> Iterator[None]:
        """Log with the transaction's id."""
        self.logger.append_keys(transaction_id=transaction_id)
        try:
            yield
        finally:
            self.logger.remove_keys(())

    def begins(self, transaction_id: str) -> None:
        """Write that an attempt to store a payment begins."""
        if self._logs is not None:
            self._logs.line(self._process, "INFO", "payment begins", transaction_id)

    def warn(self, message: str, error: BaseException, **extra: object) -> None:
        """Remember what failed, and write what became of a payment."""
        super().warn(message, error, **extra)
        if self._logs is not None and message.startswith(_OUTCOMES):
            self._logs.line(self._process, "WARNING", message, self.logger.transaction_id)

    def fail(self, message: str, error: BaseException, **extra: object) -> None:
        """Remember what failed, and write it; what a bad version does is no surprise."""
        if self._history.releases.is_bad(self._process.version):
            self._remember(message, error)
        else:
            super().fail(message, error, **extra)
        if self._logs is not None:
            self._logs.line(self._process, "ERROR", message, self.logger.transaction_id)

    def count(self, metric: str, number: int = 1) -> None:
        """Count an event, and write that."""
        super().count(metric, number)
        if self._logs is not None:
            self._logs.metric(self._process, metric, number)
