"""What ends a process, and when a drill listens to it: it must not leave a fault behind because a connection broke."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

_UNASKED = (signal.SIGTERM, signal.SIGHUP)


def taken_for_ctrl_c() -> None:
    """Let whatever ends the process interrupt it, as Ctrl-C does: a drill rolls back then."""
    for each in _UNASKED:
        if signal.getsignal(each) is signal.SIG_DFL:  # under nohup it is to go on
            signal.signal(each, signal.default_int_handler)


@contextmanager
def ignored() -> Iterator[None]:
    """Ignore all of them meanwhile: a roll back that is broken off leaves more damage than it takes time."""
    before = {each: signal.signal(each, signal.SIG_IGN) for each in (signal.SIGINT, *_UNASKED)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
