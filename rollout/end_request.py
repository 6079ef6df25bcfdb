"""Ctrl-C, SIGTERM and a lost terminal, while a child works that must end in good order."""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

_ASKED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class EndRequest:
    """Whether this process was asked to end, and whom it passes that on to."""

    def __init__(self) -> None:
        self.is_asked = False
        self._process: subprocess.Popen[bytes] | None = None

    def ask(self, _: int, __: FrameType | None) -> None:
        """Pass the first request on; at a second one Terraform would drop what it does, and its state with it."""
        self.is_asked = True
        self._interrupt()

    def pass_on_to(self, process: subprocess.Popen[bytes]) -> None:
        """Pass requests on to a process, one that has come already as well."""
        self._process = process
        if self.is_asked:
            self._interrupt()

    def _interrupt(self) -> None:
        process, self._process = self._process, None  # once
        if process is not None and process.poll() is None:
            os.kill(process.pid, signal.SIGINT)


@contextmanager
def passed_on() -> Iterator[EndRequest]:
    """Have what would end this process end a child in good order, within the block."""
    asked = EndRequest()
    before: Mapping[signal.Signals, Any] = {each: signal.getsignal(each) for each in _ASKED}
    for each, handler in before.items():
        if handler is not signal.SIG_IGN:  # under nohup it is to go on
            signal.signal(each, asked.ask)
    try:
        yield asked
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
