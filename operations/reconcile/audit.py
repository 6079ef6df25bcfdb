"""The audit trail: JSON lines that each name the hash of the line before, so that none can be changed unnoticed."""

import hashlib
import json
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self, TextIO

from handlers.runtime import timestamp
from operations.clock import Clock
from operations.errors import OperationError, UsageError

TRAILS = "reconciliation"
"""The directory, beside an environment's journals, of what failbacks found when they compared."""

_START = "0" * 64


class AuditTrail:
    """Appends what was seen, proposed and done, by whom and when, to a file; a context manager."""

    def __init__(self, path: Path, *, by: str, clock: Clock) -> None:
        self._path, self._by, self._clock = path, by, clock
        self._previous = _START
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if self._path.exists():
                self._previous = verify(self._path.read_text(encoding="utf-8").splitlines())
            self._file = self._path.open("a", encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(self._unusable(error)) from None
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            with suppress(OSError):  # what could not be written has been said
                self._file.close()

    @property
    def by(self) -> str:
        """Who acts."""
        return self._by

    def note(self, event: str, **what: Any) -> None:  # noqa: ANN401 — whatever JSON holds
        """Append one line; it is on its way to the disk before this returns.

        Raises:
            OperationError: It cannot be written.
        """
        if self._file is None:
            raise RuntimeError("the trail is not open")
        line = {"at": timestamp(self._clock.time()), "by": self._by, "event": event, **what, "previous": self._previous}
        self._previous = _hash(line)
        try:
            self._file.write(f"{json.dumps({**line, 'hash': self._previous})}\n")
            self._file.flush()
        except OSError as error:
            raise OperationError(self._unusable(error)) from None

    def _unusable(self, error: OSError | UnicodeDecodeError) -> str:
        why = getattr(error, "strerror", error)
        return f"--audit must be a writable file of JSON lines, got {self._path}: {why}"


def verify(lines: Iterable[str]) -> str:
    """Check the chain and return the last hash.

    Raises:
        OperationError: A line was changed, removed or put in between; the text names it.
    """
    previous = _START
    for number, text in enumerate(lines, start=1):
        try:
            line = json.loads(text)
            stated = line.pop("hash")
            whole = line["previous"] == previous and stated == _hash(line)
        except (ValueError, KeyError, AttributeError):
            whole = False
        if not whole:
            raise OperationError(f"line {number} of the audit trail does not follow from the lines before it")
        previous = stated
    return previous


def _hash(line: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(line, sort_keys=True).encode()).hexdigest()
