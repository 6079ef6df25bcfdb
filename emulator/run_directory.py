"""The directory of one run: gone with the emulator, or, when it was killed, with the next one's start."""

import contextlib
import fcntl
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

_PREFIX = "emulator-"
_LOCK = "lock"
_SETTLED_SECONDS = 60
"""A younger directory may belong to an emulator that is about to lock it."""


@contextlib.contextmanager
def run_directory(parent: Path | None) -> Iterator[Path]:
    """Make a directory for as long as the block runs, and remove what killed emulators have left beside it."""
    parent = parent or Path(tempfile.gettempdir())
    _remove_leftovers(parent)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=parent, ignore_cleanup_errors=True) as name:
        directory = Path(name)
        with (directory / _LOCK).open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # the kernel ends it with the process, however that ends
            yield directory


def _remove_leftovers(parent: Path) -> None:
    for lock_file in parent.glob(f"{_PREFIX}*/{_LOCK}"):
        with contextlib.suppress(OSError):  # somebody else's, in use, or just removed
            if time.time() - lock_file.stat().st_mtime < _SETTLED_SECONDS:
                continue
            with lock_file.open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(lock_file.parent, ignore_errors=True)
