"""Run first in every worker process, as part of its script: the standard library is all there is yet.

The name resolution stands for DNS: hosts that belong to one region's data plane resolve to that region's address.
Names that several regions share, such as the failover name, do not resolve here.
"""

import contextlib
import json  # noqa: F401 — the worker's script uses it to call `prepare`
import os
import re
import select
import signal
import socket
import sys
import threading
from typing import Any

END_OF_OUTPUT = "\0end of output\0"
"""Begins the line on standard error that ends what one invocation has printed; which one of the process's, follows."""


def prepare(*, sdk: str, addresses: dict[str, str], pattern: str, port: int) -> None:
    """Hide what is installed on this machine, and resolve the data plane's names."""
    installed = ("site-packages", "dist-packages")
    # The first entry is the worker script's own directory, which is no part of the function.
    sys.path[:] = [*(entry for entry in sys.path[1:] if not entry.endswith(installed)), sdk]
    host_pattern = re.compile(pattern)
    resolve = socket.getaddrinfo

    def getaddrinfo(host: Any, service: Any, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401 — as it is in the library
        match = host_pattern.match(host.lower()) if isinstance(host, str) else None
        region = match and next(filter(None, match.groups()), None)
        if region in addresses:
            return resolve(
                addresses[region], port if service in (443, "443", "https") else service, *arguments, **options
            )
        return resolve(host, service, *arguments, **options)

    socket.getaddrinfo = getaddrinfo  # type: ignore[assignment]  # the library's overloads say no more


def end_with_parent() -> None:
    """End this process, and whatever it has started, when the emulator is killed before it could do that."""
    parent = os.pidfd_open(os.getppid())

    def wait() -> None:
        select.select([parent], [], [])
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=wait, daemon=True).start()


def call_from(address: str) -> None:
    """Connect from the region's own address, so that the emulator knows which region calls."""
    connect = socket.socket.connect

    def connect_from(self: socket.socket, target: Any) -> None:  # noqa: ANN401 — any kind of address
        if self.family == socket.AF_INET and str(target[0]).startswith("127."):
            with contextlib.suppress(OSError):  # the function has bound it itself
                self.bind((address, 0))
        connect(self, target)

    socket.socket.connect = connect_from  # type: ignore[assignment, method-assign]


def mark_ends() -> None:
    """Write a mark to standard error before each answer: the worker answers on standard output, first when it is ready.

    The script takes `sys.stdout` for its answers, and has what the function prints go to standard error.
    """
    sys.stdout = _Answers(sys.stdout)


class _Answers:
    """Standard output, for a line at a time."""

    def __init__(self, stream: Any) -> None:  # noqa: ANN401 — any text stream
        self._stream = stream
        self._written = 0

    def write(self, line: str) -> None:
        """Write an answer behind the mark of what was printed before it."""
        if self._written:
            with contextlib.suppress(OSError, ValueError):  # the function has closed it
                sys.stderr.flush()
                os.write(2, f"{END_OF_OUTPUT}{self._written}\n".encode())
        self._written += 1
        self._stream.write(line)

    def flush(self) -> None:
        """Send what was written."""
        self._stream.flush()
