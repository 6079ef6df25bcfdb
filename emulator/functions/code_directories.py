"""Where functions' code lies: unpacked once and compiled once, for all processes that run it.

MiniStack unpacks it anew for each process, which compiles all of it: a good part of what a start costs. It can be
shared since nobody writes to it: on AWS, /var/task is read-only.
"""

import hashlib
import shutil
import tempfile
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any
from zipfile import ZipFile

from ministack.core import lambda_runtime

from emulator.patching import wrap

_PYTHON_WORKER = "_worker.py"
"""What MiniStack puts beside the code of a Python function; beside that of others it adds to the code."""


class CodeDirectories:
    """Keeps what was unpacked, by what was packed.

    Args:
        directory: Where; it must not exist.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def install(self) -> None:
        """Let workers find their code here."""
        self._directory.mkdir()
        wrap(lambda_runtime, "zipfile", self.unpacking_once)

    def unpacking_once(self, original: ModuleType) -> SimpleNamespace:
        """Return the standard library's module with a `ZipFile` that unpacks a Python function's code once."""
        directories = self

        class SharedZipFile(ZipFile):
            def extractall(self, path: Any = None, *more: Any, **named: Any) -> None:  # noqa: ANN401 — as it is in the library
                target = Path(path or ".")
                if not (target.parent / _PYTHON_WORKER).exists():
                    super().extractall(path, *more, **named)
                    return
                target.rmdir()
                target.symlink_to(directories.unpacked(Path(str(self.filename))))

        return SimpleNamespace(**{**vars(original), "ZipFile": SharedZipFile})

    def unpacked(self, archive: Path) -> Path:
        """Return the directory with what an archive holds."""
        kept = self._directory / hashlib.sha256(archive.read_bytes()).hexdigest()
        if not kept.is_dir():
            fresh = Path(tempfile.mkdtemp(dir=self._directory))
            with ZipFile(archive) as packed:
                packed.extractall(fresh)
            try:
                fresh.rename(kept)
            except OSError:  # another start was faster
                shutil.rmtree(fresh)
        return kept
