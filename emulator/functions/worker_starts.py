# ruff: noqa: SLF001 — MiniStack offers no public seams
"""Admission: which invocation gets a worker, and when another one may start.

MiniStack starts a worker for every invocation that finds none free. On a busy machine a burst then starts processes
faster than they become ready, and none of them ever is. Here whatever is warm is used first, a function starts one
worker at a time and all functions together as many as there are cores, in the order in which they were asked for. What
has waited runs the function as it is by then.
"""

import os
import threading
import time
from collections.abc import Callable
from typing import Final

from ministack.core import lambda_runtime

from emulator.functions.waiting_invocations import WaitingInvocation
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
        runs: Whether Lambda runs in a region.
        most: How many workers of all functions may start at once; more would only make each other slower.
        turn_seconds: How long an invocation waits for its turn.
    """

    def __init__(
        self,
        runs: Callable[[str], bool] = lambda _: True,
        *,
        most: int | None = None,
        turn_seconds: float = MOST_TURN_SECONDS,
    ) -> None:
        self._runs = runs
        self._most = most or len(os.sched_getaffinity(0))
        self._turn_seconds = turn_seconds
        self._changed = threading.Condition()
        self._starting: dict[Theirs, str] = {}
        """The workers that start, with the keys of their functions."""
        self._line: list[WaitingInvocation] = []
        """The invocations that wait, the longest waiting first."""

    def waits(self, account: str, region: str, name: str) -> bool:
        """Return whether an invocation of a function waits for a worker: without a lock, since the event loop asks."""
        return any(each.key.startswith(f"{account}:{region}:{name}:") for each in list(self._line))

    def wake(self) -> None:
        """Let those who wait look again, now or within a second: the event loop calls this, and never waits itself."""
        if self._changed.acquire(blocking=False):
            self._changed.notify_all()
            self._changed.release()

    def waiting(self, original: Callable[..., Theirs]) -> Callable[..., Theirs]:
        """Let an invocation wait for a free worker as long as its function may run, and for its turn to start one."""

        def acquire(name: str, configuration: dict[str, Theirs], code: bytes, qualifier: str) -> tuple[Theirs, str]:
            key = lambda_runtime._worker_key(name, configuration, qualifier)
            invocation = WaitingInvocation(key, name, configuration, code, qualifier)

            def lease(most: int) -> tuple[Theirs, str]:
                leased: tuple[Theirs, str] = original(name, invocation.configuration, invocation.code, qualifier, most)
                return leased

            with self._changed:
                self._line.append(invocation)
                try:
                    return self._lease(invocation, lease)
                finally:
                    self._line.remove(invocation)
                    self._changed.notify_all()

        return acquire

    def ending(self, original: Callable[..., Theirs]) -> Callable[..., Theirs]:
        """Let a worker that has started, or is released, make room for those who wait."""

        def ended(worker: Theirs, *arguments: Theirs, **options: Theirs) -> Theirs:
            try:
                return original(worker, *arguments, **options)
            finally:
                with self._changed:
                    self._starting.pop(worker, None)
                    self._changed.notify_all()

        return ended

    def waking(self, original: Callable[..., None]) -> Callable[..., None]:
        """Let those who wait look again when a function has been changed or deleted."""

        def changed(*function: Theirs, **more: Theirs) -> None:
            original(*function, **more)
            self.wake()

        return changed

    def _lease(self, invocation: WaitingInvocation, lease: Callable[[int], tuple[Theirs, str]]) -> tuple[Theirs, str]:
        patience, turn = float(invocation.configuration["Timeout"]), self._turn_seconds
        while True:
            _drop_ended(invocation.key)
            present = _present(invocation.key)
            most = self._most_for(invocation, present)
            worker, reason = lease(most) if most else (None, "")
            if reason == "spawn":
                self._starting[worker] = invocation.key
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
            invocation.renew(self._runs)

    def _most_for(self, invocation: WaitingInvocation, present: int) -> int:
        """Return how many workers its function may have with what an invocation is leased; 0 if others come first."""
        if next(each for each in self._line if each.key == invocation.key) is not invocation:
            return 0
        return MOST_WORKERS if self._may_start(invocation) else present

    def _may_start(self, invocation: WaitingInvocation) -> bool:
        """Return whether it is an invocation's turn: those before it whose function cannot start one let it pass."""
        # MiniStack does not release a worker whose invocation fails before there is a process.
        self._starting = {
            worker: key
            for worker, key in self._starting.items()
            if worker.in_use and worker in lambda_runtime._workers.get(key, ())
        }
        if len(self._starting) >= self._most or not self._can_start(invocation.key):
            return False
        return next(each for each in self._line if self._can_start(each.key)) is invocation

    def _can_start(self, key: str) -> bool:
        return key not in self._starting.values() and _present(key) < MOST_WORKERS


def _present(key: str) -> int:
    return len(lambda_runtime._workers.get(key, ()))


def _drop_ended(key: str) -> None:
    """Take free workers without a process out of their pool: used again, they would start one without a turn."""
    with lambda_runtime._lock:
        pool = lambda_runtime._workers.get(key, [])
        ended = [each for each in pool if not each.in_use and (each._proc is None or each._proc.poll() is not None)]
        for worker in ended:
            pool.remove(worker)
    if ended:  # beside the others, who would wait for the lock meanwhile
        threading.Thread(target=lambda_runtime.kill_workers, args=(ended,), daemon=True).start()
