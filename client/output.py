"""Keeps output errors from changing the exit status: a payment that was made stays a success.

Characters that the encoding lacks are written in ASCII. Text that cannot be written (closed pipe, full disk, lost
terminal) is dropped, and the exit status still reports what the program did. `client`, `costs`, `operations`, `sandbox`
and `simulation` start through `run`.
"""

import codecs
import errno
import io
import json
import os
import re
import select
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_SIZES = ("COLUMNS", "LINES", "TERMINAL_WIDTH")
_SIZE = re.compile(r"[1-9][0-9]{0,3}")
_ASCII = {"→": "->", "…": "...", "·": "*", "—": "-", "│": "|", "╵": "'", "╷": ","}
"""How what the programs themselves write looks in ASCII; all other characters are written by their number."""

_HANDLER = "in-ascii"


class _LossyFile(io.RawIOBase):
    """Writes to a file descriptor until a write fails, and drops everything after that."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.error: OSError | None = None

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def write(self, data: "ReadableBuffer") -> int:
        left = memoryview(data).cast("B")
        while left and self.error is None:
            try:
                left = left[os.write(self._descriptor, left) :]
            except BlockingIOError:  # another process that shares the terminal may have made it non-blocking
                select.select([], [self._descriptor], [])
            except OSError as error:
                self.error = error
        return memoryview(data).nbytes


def run(name: str, program: Callable[[], int | None]) -> NoReturn:
    """Run a program and exit with the status it returns; `name` prefixes its lines on standard error."""
    prepare()
    try:
        status = program()
    finally:
        lost = output_error()
        if lost is not None and lost.errno != errno.EPIPE:  # the reader closed the pipe: not an error
            sys.stderr.write(f"{name}: standard output was not written: {lost.strerror}\n")
    sys.exit(status)


def prepare() -> None:
    """Make both streams accept all text and never fail, and ignore invalid terminal sizes."""
    for size in _SIZES:
        if not _SIZE.fullmatch(os.environ.get(size, "1")):
            del os.environ[size]
    _fill_descriptors()
    codecs.register_error(_HANDLER, _in_ascii)
    sys.stdout, sys.stderr = _lossy(1, sys.stdout), _lossy(2, sys.stderr)


def output_error() -> OSError | None:
    """Return why writing to standard output stopped; None while it works."""
    sys.stdout.flush()
    buffer = getattr(sys.stdout, "buffer", None)
    file = getattr(buffer, "raw", buffer)
    return file.error if isinstance(file, _LossyFile) else None


def writes_all_text() -> bool:
    """Return whether standard output's encoding covers all characters."""
    return codecs.lookup(sys.stdout.encoding or "utf-8").name.startswith("utf")


def _fill_descriptors() -> None:
    """Open closed standard descriptors: otherwise the next file or socket gets the number, and receives the output."""
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDWR)


def _lossy(descriptor: int, stream: TextIO | None) -> TextIO:
    """Return a replacement for one of Python's streams, with its encoding and buffering as `PYTHONUNBUFFERED` asks."""
    encoding = stream.encoding if stream is not None else "utf-8"
    file = _LossyFile(descriptor)
    if getattr(stream, "write_through", False):
        unbuffered: Any = file  # as Python itself does; typeshed expects a buffer
        return io.TextIOWrapper(unbuffered, encoding=encoding, errors=_HANDLER, write_through=True)
    is_direct = descriptor == 2 or file.isatty()  # noqa: PLR2004 -- standard error
    return io.TextIOWrapper(io.BufferedWriter(file), encoding=encoding, errors=_HANDLER, line_buffering=is_direct)


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(_ASCII.get(char) or json.dumps(char)[1:-1] for char in missing), error.end
