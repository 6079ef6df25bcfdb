"""What goes on after its request was answered: restores and exports take time, and stand still with their region."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from emulator.clock import EmulatorClock
from emulator.faults import ActiveFaults

_LOOK_SECONDS = 1


class RecoveryJob(NamedTuple):
    """Work in one region, after emulated seconds."""

    what: str
    region: str
    seconds: float
    work: Callable[[], Awaitable[None]]
    failed: Callable[[str], None]
    """Takes a message; called when the work raises."""


class RecoveryJobs:
    """Does each job when its time has come and DynamoDB is up in its region."""

    name = "table recovery"

    def __init__(self, *, clock: EmulatorClock, faults: ActiveFaults) -> None:
        self._clock, self._faults = clock, faults
        self._waiting: asyncio.Queue[RecoveryJob] = asyncio.Queue()

    def add(self, job: RecoveryJob) -> None:
        """Let a job be done; from the event loop's thread."""
        self._waiting.put_nowait(job)

    async def run(self) -> None:
        """Do jobs until cancelled."""
        async with asyncio.TaskGroup() as running:
            while True:
                running.create_task(self.do(await self._waiting.get()))

    async def do(self, job: RecoveryJob) -> None:
        """Wait until a job is due, and do it."""
        await self._clock.sleep(job.seconds)
        while not self._faults.reachable(job.region, "dynamodb"):
            await self._clock.sleep(_LOOK_SECONDS)
        try:
            await job.work()
        except Exception as error:  # noqa: BLE001 — a job that fails is no end of the others
            print(f"emulator: {job.what} failed: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
            job.failed(f"{type(error).__name__}: {error}")
