"""Keeps trouble with output from changing what the emulator does: a fault that was injected is, whoever reads of it."""

import errno
import os
import sys
from collections.abc import Callable
from typing import NoReturn, TextIO


def run(program: Callable[[], int]) -> NoReturn:
    """Run a program and exit with the status it returns; characters that the terminal lacks are escaped."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:  # nobody may have opened it
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    try:
        status = program()
    finally:
        show()
    sys.exit(status)


def show(*lines: str) -> None:
    """Print lines at once; drop them when standard output takes none: whoever closes a pipe has read enough."""
    stdout: TextIO | None = sys.stdout
    if stdout is None:
        return
    try:
        stdout.writelines(f"{line}\n" for line in lines)
        stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stdout.fileno())  # what is buffered would fail once more at the end
        if error.errno != errno.EPIPE:
            print(f"emulator: standard output was not written: {error.strerror}", file=sys.stderr)
