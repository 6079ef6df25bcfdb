"""The event log of a running drill: appended to a file line by line, and told to whoever listens."""

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO, TypeVar

from operations.clock import OperationsClock
from operations.drills.events import AnyEvent

Listener = Callable[[AnyEvent], None]
E = TypeVar("E", bound=AnyEvent)


class EventLog:
    """Stamps events and writes them at once, so that a drill that is killed leaves what it saw.

    When the file cannot be written any more, it ends there, and so proves nothing; the drill itself must go on, or a
    fault would stay because a disk is full.
    """

    def __init__(self, path: Path, clock: OperationsClock) -> None:
        self._clock = clock
        self._start = clock.monotonic()
        self.started_at = clock.time()
        """Seconds since the epoch."""
        self._lock = threading.Lock()
        self._file: TextIO = path.open("x", encoding="utf-8")
        self._writable = True
        self._listeners: list[Listener] = []
        self.events: list[AnyEvent] = []

    def elapsed(self) -> float:
        """Return emulated seconds since the drill began."""
        return self._clock.monotonic() - self._start

    def listen(self, listener: Listener) -> None:
        """Tell a function each event from now on, in the thread that records it."""
        self._listeners.append(listener)

    def record(self, kind: type[E], **values: Any) -> E:  # noqa: ANN401 — the event's own fields
        """Write an event with the present time."""
        with self._lock:  # the log is in the order of its times
            event = kind(at=round(self._clock.time(), 3), elapsed=round(self.elapsed(), 3), **values)
            self.events.append(event)
            if self._writable:
                self._write(event.model_dump_json() + "\n")
        for listener in self._listeners:
            listener(event)
        return event

    def close(self) -> None:
        """End the log."""
        with self._lock, contextlib.suppress(OSError):  # what could not be written is tried once more
            self._file.close()

    def _write(self, line: str) -> None:
        try:
            self._file.write(line)
            self._file.flush()
        except OSError:
            self._writable = False
