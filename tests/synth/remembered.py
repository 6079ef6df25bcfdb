"""What long work came to, by the content of all that it depends on: while that stays the same, nobody waits again."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


class Remembered:
    """A result that is JSON, kept under `build/`; of each kind of work only the latest."""

    def __init__(self, name: str, *, depends_on: Iterable[bytes]) -> None:
        digests = b"".join(hashlib.sha256(each).digest() for each in depends_on)
        self._name = name
        self._file = ROOT / "build" / f"tested-{name}-{hashlib.sha256(digests).hexdigest()[:32]}.json"

    @property
    def result(self) -> Any | None:
        """What was kept; None where nothing was."""
        return json.loads(self._file.read_bytes()) if self._file.exists() else None

    def keep(self, result: Any) -> None:
        """Remember a result, and forget those of its predecessors."""
        for old in self._file.parent.glob(f"tested-{self._name}-*"):
            old.unlink(missing_ok=True)
        unfinished = self._file.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(result))
        unfinished.replace(self._file)
