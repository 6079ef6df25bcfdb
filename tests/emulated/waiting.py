"""Waiting for what happens in its own time: always with a deadline, and with the reason when it passes."""

import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


def eventually(attempt: Callable[[], Result], *, within: float = 300, every: float = 0.2) -> Result:
    """Return what `attempt` returns once its assertions hold.

    Raises:
        AssertionError: They did not hold within so many seconds; it is the last one that failed.
    """
    deadline = time.monotonic() + within
    while True:
        try:
            return attempt()
        except AssertionError:
            if time.monotonic() > deadline:
                raise
        time.sleep(every)
