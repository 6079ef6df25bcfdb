# ruff: noqa: SLF001 — MiniStack offers no public seams
"""What a long invocation prints is there while it still runs; MiniStack keeps it until the invocation ends.

Short ones are left as they are. A metric of a function that runs for minutes would be minutes late, and the alarms on
it would see gaps.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from ministack.core import lambda_runtime

from emulator.clock import EmulatorClock
from emulator.patching import Theirs, wrap

_LONG_SECONDS: Final = 5.0
"""Real ones: functions live in real time."""

_LOOK_SECONDS: Final = 1.0

StoreOutput = Callable[[Theirs, str, str], None]
"""Takes a function's worker, the id of a request and what was printed for it."""


@dataclass(eq=False)
class _Invocation:
    worker: Theirs
    request_id: str
    began: float = field(default_factory=time.monotonic)


class LiveLogs:
    """Stores the output of invocations that have been running for a while, again and again.

    Args:
        clock: Lets time pass between two looks.
        store: Stores what was printed.
    """

    name = "live-logs"

    def __init__(self, *, clock: EmulatorClock, store: StoreOutput) -> None:
        self._clock = clock
        self._store = store
        self._lock = threading.Lock()
        self._running: set[_Invocation] = set()

    def install(self) -> None:
        """Take note of every invocation from now on."""
        wrap(lambda_runtime.Worker, "invoke", self.noting)

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            self.look(time.monotonic())
            await self._clock.sleep(_LOOK_SECONDS * self._clock.scale)

    def look(self, now: float) -> None:
        """Store what the long invocations have printed since the last time."""
        with self._lock:
            for invocation in self._running:
                if now - invocation.began >= _LONG_SECONDS:
                    text = invocation.worker._drain_stderr()
                    if text:
                        self._store(invocation.worker, invocation.request_id, text)

    def noting(self, original: Callable[..., dict[str, Theirs]]) -> Callable[..., dict[str, Theirs]]:
        """Know which invocations run on which workers."""

        def invoke(worker: Theirs, event: Theirs, request_id: str, **more: Theirs) -> dict[str, Theirs]:
            invocation = _Invocation(worker, request_id)
            with self._lock:
                self._running.add(invocation)
            try:
                return original(worker, event, request_id, **more)
            finally:
                with self._lock:  # what is being stored is stored before the rest of the output
                    self._running.discard(invocation)

        return invoke
