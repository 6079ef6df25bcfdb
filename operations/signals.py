"""Handles the signals that end a process, so that a lost terminal or a stop leaves no work half done."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_UNASKED = (signal.SIGTERM, signal.SIGHUP)


def taken_for_ctrl_c() -> None:
    """Turn signals that end the process into KeyboardInterrupt: a move then undoes its closing, a drill rolls back."""
    for each in _UNASKED:
        if signal.getsignal(each) is signal.SIG_DFL:  # under nohup the command goes on
            signal.signal(each, _interrupt)


@contextmanager
def ignored() -> Iterator[None]:
    """Ignore these signals within the block, because an incomplete roll back is worse than a slow end."""
    before = {each: signal.signal(each, signal.SIG_IGN) for each in (signal.SIGINT, *_UNASKED)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _interrupt(number: int, _: FrameType | None) -> None:
    """Raise KeyboardInterrupt, once for SIGHUP: a lost terminal sends a second one, from the shell or the kernel.

    Raises:
        KeyboardInterrupt: Always.
    """
    if number == signal.SIGHUP:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
