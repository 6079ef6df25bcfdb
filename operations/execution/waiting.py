"""Repeats what is not told at once, up to a limit."""

from collections.abc import Callable
from typing import TypeVar

from operations.clock import OperationsClock
from operations.execution.controls import NotToldError
from operations.execution.errors import StepError

T = TypeVar("T")


class Waiting:
    """Waits by a clock; `told` hears what is waited for."""

    def __init__(self, clock: OperationsClock, told: Callable[[str], None] = lambda _: None) -> None:
        self.clock, self.told = clock, told

    def until(self, seconds: float, attempt: Callable[[], T], *, pause: float) -> T:
        """Return what `attempt` returns as soon as it does.

        Args:
            seconds: The limit, in real seconds.
            attempt: Raises `NotToldError` as long as it must be repeated.
            pause: How long to wait between two attempts, in real seconds.

        Raises:
            StepError: Not within the limit; the last reason is the text.
        """
        deadline = self.now() + seconds
        while True:
            try:
                return attempt()
            except NotToldError as error:
                if self.now() >= deadline:
                    raise StepError(f"not within {seconds:g} s: {error}") from error
                self.told(str(error))
            self.clock.sleep(pause * self.clock.scale)

    def now(self) -> float:
        """Return real seconds since some start."""
        return self.clock.monotonic() / self.clock.scale
