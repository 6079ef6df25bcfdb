"""Repeats what cannot be read or changed at once, up to a limit."""

from collections.abc import Callable
from typing import TypeVar

from operations.clock import OperationsClock
from operations.execution.controls import NotAvailableError
from operations.execution.errors import StepError

T = TypeVar("T")


class Waiting:
    """Waits by a clock; calls `on_wait` with each reason for waiting."""

    def __init__(self, clock: OperationsClock, on_wait: Callable[[str], None] = lambda _: None) -> None:
        self.clock, self.on_wait = clock, on_wait

    def until(self, seconds: float, attempt: Callable[[], T], *, pause: float) -> T:
        """Return the result of `attempt` once it succeeds.

        Args:
            seconds: The limit, in real seconds.
            attempt: Raises `NotAvailableError` while it must be repeated.
            pause: The wait between two attempts, in real seconds.

        Raises:
            StepError: The limit has passed; the text is the last reason.
        """
        deadline = self.now() + seconds
        while True:
            try:
                return attempt()
            except NotAvailableError as error:
                if self.now() >= deadline:
                    raise StepError(f"not within {seconds:g} s: {error}") from error
                self.on_wait(str(error))
            self.clock.sleep(pause * self.clock.scale)

    def now(self) -> float:
        """Return real seconds since some start."""
        return self.clock.monotonic() / self.clock.scale
