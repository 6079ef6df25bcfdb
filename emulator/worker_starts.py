"""Admission: which invocation gets a worker, and when another one may start.

MiniStack starts a worker for every invocation that finds none free. On a busy machine a burst then starts processes
faster than they become ready, and none of them ever is. Here whatever is warm is used first, a function starts one
worker at a time and all functions together as many as there are cores, in the order in which they were asked for.
"""

import os
import threading
import time
from collections.abc import Callable, Mapping
from typing import Final

from ministack.core import lambda_runtime

from emulator.patching import Theirs

MOST_WORKERS: Final = 8
"""Processes of one function. To start one takes longer than most invocations: on a busy machine, as many as there are
invocations would be started for nothing, and make it busier."""

MOST_TURN_SECONDS: Final = 60.0
"""How long an invocation waits for its turn to start a worker. No function's own limit counts that: it is the machine
that is slow, not the function."""

_LOOK_SECONDS: Final = 1.0
"""How soon a worker is missed that ended without notice."""


class WorkerStarts:
    """Leases workers to invocations.

    Args:
        most: How many workers of all functions may start at once; more would only make each other slower.
        turn_seconds: How long an invocation waits for its turn.
    """

    def __init__(self, most: int | None = None, turn_seconds: float = MOST_TURN_SECONDS) -> None:
        self._most = most or len(os.sched_getaffinity(0))
        self._turn_seconds = turn_seconds
        self._changed = threading.Condition()
        self._starting: dict[int, str] = {}
        """The functions (MiniStack's keys) of the workers that start, by the workers' ids."""
        self._line: dict[object, str] = {}
        """The functions of the invocations that wait, by a ticket, the longest waiting first."""

    def waits(self, account: str, region: str, name: str) -> bool:
        """Return whether an invocation of a function waits for a worker."""
        with self._changed:
            return any(key.startswith(f"{account}:{region}:{name}:") for key in self._line.values())

    def waiting(self, original: Callable[..., Theirs]) -> Callable[..., Theirs]:
        """Let an invocation wait for a free worker as long as its function may run, and for its turn to start one."""

        def acquire(name: str, configuration: Mapping[str, Theirs], code: bytes, qualifier: str) -> tuple[Theirs, str]:
            key = lambda_runtime._worker_key(name, configuration, qualifier)  # noqa: SLF001 — no public seam
            ticket = object()

            def lease(most: int) -> tuple[Theirs, str]:
                leased: tuple[Theirs, str] = original(name, configuration, code, qualifier, most)
                return leased

            with self._changed:
                self._line[ticket] = key
                try:
                    return self._lease(ticket, key, lease, float(configuration["Timeout"]))
                finally:
                    del self._line[ticket]
                    self._changed.notify_all()

        return acquire

    def ending(self, original: Callable[..., Theirs]) -> Callable[..., Theirs]:
        """Let a worker that has started, or is released, make room for those who wait."""

        def ended(worker: Theirs, *arguments: Theirs, **options: Theirs) -> Theirs:
            try:
                return original(worker, *arguments, **options)
            finally:
                with self._changed:
                    self._starting.pop(id(worker), None)
                    self._changed.notify_all()

        return ended

    def _lease(
        self, ticket: object, key: str, lease: Callable[[int], tuple[Theirs, str]], patience: float
    ) -> tuple[Theirs, str]:
        turn = self._turn_seconds
        while True:
            present = _present(key)
            may_start = self._may_start(ticket, key)
            worker, reason = lease(MOST_WORKERS if may_start else present) if present or may_start else (None, "")
            if reason == "spawn":
                self._starting[id(worker)] = key
            if worker is not None:
                return worker, reason
            if patience <= 0 or turn <= 0:
                return None, "func_cap"  # MiniStack throttles the call
            since = time.monotonic()
            self._changed.wait(min(patience, turn, _LOOK_SECONDS))
            if present >= MOST_WORKERS:
                patience -= time.monotonic() - since
            else:
                turn -= time.monotonic() - since

    def _may_start(self, ticket: object, key: str) -> bool:
        """Return whether it is an invocation's turn: those before it whose function cannot start one let it pass."""
        if len(self._starting) >= self._most or not self._can_start(key):
            return False
        return next(each for each, function in self._line.items() if self._can_start(function)) is ticket

    def _can_start(self, key: str) -> bool:
        return key not in self._starting.values() and _present(key) < MOST_WORKERS


def _present(key: str) -> int:
    return len(lambda_runtime._workers.get(key, ()))  # noqa: SLF001 — no public seam
