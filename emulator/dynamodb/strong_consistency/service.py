"""Puts multi-Region strong consistency together."""

from collections.abc import Mapping
from typing import Any

from emulator.clock import EmulatorClock
from emulator.dynamodb.strong_consistency.cloud_control import GlobalTables
from emulator.dynamodb.strong_consistency.requests import StrongRequests
from emulator.dynamodb.strong_consistency.tables import StrongTables
from emulator.faults import ActiveFaults


class StrongConsistency:
    """Global tables with multi-Region strong consistency, made by Cloud Control or by `UpdateTable`.

    Args:
        clock: What time is measured by.
        faults: Says which regions reach which.
        latency_seconds: Real seconds that strong reads and writes take at least.
        catch_up_seconds: Emulated seconds that a replica takes to catch up after it was isolated.
    """

    def __init__(
        self, *, clock: EmulatorClock, faults: ActiveFaults, latency_seconds: float, catch_up_seconds: float
    ) -> None:
        self._tables = StrongTables(clock=clock, faults=faults, catch_up_seconds=catch_up_seconds)
        self._requests = StrongRequests(clock=clock, tables=self._tables, latency_seconds=latency_seconds)

    def install(self) -> None:
        """Take such tables over from MiniStack; after the eventually consistent replication is installed."""
        self._tables.install()
        self._requests.install()
        GlobalTables(self._tables).install()

    def report(self) -> Mapping[str, Any]:
        """Return the state of each replica by table, for the emulator's status."""
        return self._tables.report()
