"""What ends a process, and when a command listens to it: a connection that breaks must not leave work half done."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_UNASKED = (signal.SIGTERM, signal.SIGHUP)


def taken_for_ctrl_c() -> None:
    """Let whatever ends the process interrupt it, as Ctrl-C does: a move undoes its closing, a drill rolls back."""
    for each in _UNASKED:
        if signal.getsignal(each) is signal.SIG_DFL:  # under nohup it is to go on
            signal.signal(each, _interrupt)


@contextmanager
def ignored() -> Iterator[None]:
    """Ignore all of them meanwhile: a roll back that is broken off leaves more damage than it takes time."""
    before = {each: signal.signal(each, signal.SIG_IGN) for each in (signal.SIGINT, *_UNASKED)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _interrupt(number: int, _: FrameType | None) -> None:
    """Interrupt what runs, once for SIGHUP: a terminal that is lost sends a second one, from the shell or the kernel.

    Raises:
        KeyboardInterrupt: Always.
    """
    if number == signal.SIGHUP:
        signal.signal(number, signal.SIG_IGN)
    raise KeyboardInterrupt
