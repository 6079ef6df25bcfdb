"""The audit trail: JSON lines that each contain the hash of the previous line, so that changes are detected."""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Self, TextIO

from handlers.runtime import timestamp
from operations.clock import OperationsClock
from operations.errors import OperationError, UsageError

TRAILS = "reconciliation"
"""The directory, beside an environment's journals, of what failbacks found when they compared."""

_START = "0" * 64
_BEGINS = '{"at": "'


class AuditTrail:
    """Appends findings, proposals and actions, with author and time, to a file; a context manager."""

    def __init__(self, path: Path, *, by: str, clock: OperationsClock) -> None:
        self._path, self._by, self._clock = path, by, clock
        self._previous = _START
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._file = open(self._path, "a+", encoding="utf-8", newline="", opener=_open_for_its_owner)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._continue(self._file)
        except BlockingIOError:
            self._close()
            raise UsageError(
                f"--audit must be a file that no other command writes right now, got {self._path}"
            ) from None
        except (OSError, UnicodeDecodeError) as error:
            self._close()
            raise UsageError(self._unusable(error)) from None
        except OperationError:
            self._close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _continue(self, file: TextIO) -> None:
        """Continue after the last line; a torn one (after a kill or on a full disk) is recorded as such."""
        file.seek(0)
        text = file.read()
        lines = finished_lines(text)
        torn = text.rpartition("\n")[2]
        if torn and not (torn.startswith(_BEGINS) or _BEGINS.startswith(torn)):
            lines.append(torn)  # not a line of a trail
        self._previous = verify(lines)
        if torn:
            os.truncate(self._path, len(text.removesuffix(torn).encode()))
            self.note("unfinished", text=torn)

    def _close(self) -> None:
        if self._file is not None:
            with suppress(OSError):  # the write error has been reported
                self._file.close()

    @property
    def by(self) -> str:
        """The operator."""
        return self._by

    def note(self, event: str, **what: Any) -> None:  # noqa: ANN401 — any JSON value
        """Append one line and flush it.

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


def finished_lines(text: str) -> list[str]:
    """Return a trail's lines, without an unfinished last one."""
    return text.split("\n")[:-1]


def verify(lines: Iterable[str]) -> str:
    """Check the chain and return the last hash.

    Raises:
        OperationError: A line was changed, removed or inserted; the text names it.
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


def _open_for_its_owner(path: str, flags: int) -> int:
    """Open a file that only its owner may read, because a trail contains payments."""
    return os.open(path, flags, 0o600)


def _hash(line: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(line, sort_keys=True).encode()).hexdigest()
