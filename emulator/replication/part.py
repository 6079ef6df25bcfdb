"""The part that lets time pass on the links between regions."""

import asyncio
import contextlib
import math
from collections.abc import Mapping
from typing import Any

from emulator.clock import EmulatorClock
from emulator.cloudwatch.minute_metrics import MinuteMetrics, Publish, Statistics, put
from emulator.dynamodb.table_replication import ItemWrite, TableReplication
from emulator.faults import ActiveFaults
from emulator.replication.lag import Lag
from emulator.replication.transfers import Transfers
from emulator.s3.bucket_replication import BucketReplicator, ObjectWrite

_BATCH = 100
"""How many writes of each link may arrive before requests get their turn."""

_BREATH_SECONDS = 0.02
"""Emulated seconds between two looks at the links, at least: under load, many writes then cost one look."""

_SHORTEST_PAUSE_SECONDS = 0.001
"""Real seconds; however fast the emulator runs, requests get their turn."""


class Replication:
    """Carries items of global tables and objects of replicated buckets from region to region."""

    name = "replication"

    def __init__(
        self,
        *,
        clock: EmulatorClock,
        faults: ActiveFaults,
        lag: Lag,
        publish: Publish = put,
    ) -> None:
        self._clock = clock
        self._metrics = MinuteMetrics(Statistics, clock=clock, faults=faults, publish=publish)
        self._item_transfers: Transfers[ItemWrite] = Transfers(
            kind="dynamodb", clock=clock, faults=faults, lag=lag, scheduled=self._scheduled
        )
        self._object_transfers: Transfers[ObjectWrite] = Transfers(
            kind="s3", clock=clock, faults=faults, lag=lag, scheduled=self._scheduled
        )
        self._tables = TableReplication(clock=clock, transfers=self._item_transfers, metrics=self._metrics)
        self.buckets = BucketReplicator(clock=clock, transfers=self._object_transfers, metrics=self._metrics)
        self._woken = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._looks_at = math.inf
        faults.observe(self.wake)

    def install(self) -> None:
        """Take over from MiniStack's replication, which is part of the writing request."""
        self._tables.install()
        self.buckets.install()

    async def run(self) -> None:
        """Deliver what arrives, when it arrives, until cancelled."""
        self._loop = asyncio.get_running_loop()
        try:
            while True:
                self.step()
                await self._pause()
        finally:
            self._loop = None

    def step(self) -> None:
        """Deliver what has arrived by now, a batch of each link at most, and publish a minute that is over."""
        self._metrics.turn(self.buckets.sample)
        for item in self._item_transfers.arrivals(_BATCH):
            self._tables.arrive(item)
        self.buckets.arrive(self._object_transfers.arrivals(_BATCH))

    def next_at(self) -> float:
        """Return when there is something to do next, unless something changes before; infinity when nothing is."""
        following = min(self._item_transfers.next_at(), self._object_transfers.next_at())
        if self._metrics or self._object_transfers:
            following = min(following, self._clock.monotonic() + self._metrics.seconds_left())
        return following

    def wake(self) -> None:
        """Look again soon, since faults or the clock's scale have changed; called from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._woken.set)

    def report(self) -> Mapping[str, Any]:
        """Return the backlogs of all links that were used, for the emulator's status; ages in emulated seconds."""
        shown: dict[str, dict[str, Any]] = {}
        for kind, transfers in (("dynamodb", self._item_transfers), ("s3", self._object_transfers)):
            for (source, destination), backlog in transfers.backlogs().items():
                link = shown.setdefault(f"{source} -> {destination}", {})
                link[kind] = {"pending": backlog.writes, "oldest_seconds": round(backlog.oldest_seconds, 3)}
        return shown

    async def _pause(self) -> None:
        """Wait until there is something to do, or something changes what there is to do."""
        self._looks_at = self.next_at()
        seconds = (self._looks_at - self._clock.monotonic()) / self._clock.scale
        breath = max(_BREATH_SECONDS / self._clock.scale, _SHORTEST_PAUSE_SECONDS)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(None if seconds == math.inf else max(seconds, breath)):
                await self._woken.wait()
                await asyncio.sleep(breath)
        self._woken.clear()

    def _scheduled(self, due: float) -> None:
        if due < self._looks_at:
            self._looks_at = -math.inf  # once is enough
            self.wake()
