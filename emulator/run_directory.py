"""The directory of one run: gone with the emulator, or, when it was killed, with the next one's start."""

import contextlib
import fcntl
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

_PREFIX = "emulator-"
_LOCK = "lock"
REMOVAL = "removal of leftovers"
"""The name of the thread that does it."""

_SETTLED_SECONDS = 60
"""A younger directory may belong to an emulator that is about to lock it."""


@contextlib.contextmanager
def run_directory(parent: Path | None) -> Iterator[Path]:
    """Make a directory for as long as the block runs, and remove what killed emulators have left beside it.

    Each left some ten thousand files: to remove them takes longer than to start, so it is done meanwhile.
    """
    parent = parent or Path(tempfile.gettempdir())
    threading.Thread(target=_remove_leftovers, args=[parent], name=REMOVAL, daemon=True).start()
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
