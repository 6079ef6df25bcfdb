"""The emulator's own parts: what runs beside MiniStack in its event loop, started with it and ended with it."""

import asyncio
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

Report = Callable[[], Mapping[str, Any] | Sequence[Any]]
"""What a part says about itself in the status: its backlog, what it last did."""


class BackgroundTask(Protocol):
    """Something that runs until it is cancelled."""

    @property
    def name(self) -> str:
        """What reports call it."""

    async def run(self) -> None:
        """Do its work; it never returns by itself."""


class Parts:
    """Starts parts, watches them, and ends the emulator when one of them fails."""

    def __init__(self, *, failed: Callable[[], None]) -> None:
        self._parts: list[BackgroundTask] = []
        self._failed = failed
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._reports: dict[str, Report] = {}
        self._stopping = False

    def add(self, part: BackgroundTask) -> None:
        """Supervise one more part; before `start`."""
        self._parts.append(part)

    def report(self, name: str, report: Report) -> None:
        """Let the status show what a callable says, under a name."""
        self._reports[name] = report

    def start(self) -> None:
        """Start every part in the running event loop."""
        for part in self._parts:
            task = asyncio.create_task(part.run(), name=part.name)
            self._tasks[part.name] = task
            task.add_done_callback(self._ended)

    async def stop(self) -> None:
        """Cancel every part and wait for it."""
        self._stopping = True
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    def status(self) -> dict[str, Any]:
        """Return which parts run, and what each reports."""
        return {
            "parts": {name: "ended" if task.done() else "running" for name, task in self._tasks.items()},
            **{name: self._asked(report) for name, report in self._reports.items()},
        }

    @staticmethod
    def _asked(report: Report) -> Mapping[str, Any] | Sequence[Any]:
        try:
            return report()
        except Exception as error:  # noqa: BLE001 — the status of the others must not suffer
            return {"error": f"{type(error).__name__}: {error}"}

    def _ended(self, task: asyncio.Task[None]) -> None:
        if self._stopping:
            return
        error = None if task.cancelled() else task.exception()
        if error is not None:
            traceback.print_exception(error, file=sys.stderr)
        why = f"{type(error).__name__}: {error}" if error else "it ended by itself"
        print(f"emulator: the part {task.get_name()!r} failed: {why}", file=sys.stderr, flush=True)
        self._failed()
