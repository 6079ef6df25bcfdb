"""How a ticker tries something: what fails is logged, and the tick goes on."""

from types import TracebackType
from typing import Self

from botocore.exceptions import BotoCoreError, ClientError

from handlers.telemetry import Telemetry
from handlers.tickers.memory import SupersededRunError


class TickerAttempt:
    """Something that a ticker tries: what fails is logged, except that a newer run is the active one."""

    def __init__(self, telemetry: Telemetry, what: str) -> None:
        self.failed = False
        self._telemetry = telemetry
        self._what = what

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: TracebackType | None) -> bool:
        if not isinstance(error, Exception) or isinstance(error, SupersededRunError):
            return False
        self.failed = True
        if isinstance(error, BotoCoreError | ClientError):
            self._telemetry.warn(f"failed: {self._what}", error)
        else:
            self._telemetry.fail(f"failed: {self._what}", error)
        return True
