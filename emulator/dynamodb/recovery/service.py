"""Puts the recovery of tables together."""

from collections.abc import Mapping
from typing import Any

from emulator.clock import EmulatorClock
from emulator.dynamodb.recovery.exports import TableExports
from emulator.dynamodb.recovery.histories import TableHistories
from emulator.dynamodb.recovery.imports import TableImports
from emulator.dynamodb.recovery.jobs import RecoveryJobs
from emulator.dynamodb.recovery.preparing import TablesInPreparation
from emulator.dynamodb.recovery.restores import TableRestores
from emulator.dynamodb.recovery.system_backups import SystemBackups
from emulator.faults import ActiveFaults


class TableRecovery:
    """Point-in-time recovery, exports and imports of DynamoDB's tables.

    Args:
        clock: Dates writes, and lets restores and exports take their time.
        faults: Says when DynamoDB and S3 stand still.
        delay_seconds: Emulated seconds by which the latest restorable moment lies behind.
    """

    def __init__(self, *, clock: EmulatorClock, faults: ActiveFaults, delay_seconds: float) -> None:
        self.jobs = RecoveryJobs(clock=clock, faults=faults)
        self._histories = TableHistories(clock=clock, delay_seconds=delay_seconds)
        self._preparing = TablesInPreparation()
        self._parts = (
            self._histories,
            SystemBackups(clock=clock, histories=self._histories),
            self._preparing,
            TableRestores(clock=clock, histories=self._histories, preparing=self._preparing, jobs=self.jobs),
            TableExports(clock=clock, faults=faults, histories=self._histories, jobs=self.jobs),
            TableImports(preparing=self._preparing),
        )

    def install(self) -> None:
        """Take the requests over from MiniStack; after replication and strong consistency are installed."""
        for part in self._parts:
            part.install()

    def report(self) -> Mapping[str, Any]:
        """Return how many writes are kept and how many tables are being made, for the emulator's status."""
        return {"writes_kept": len(self._histories), "tables_in_preparation": len(self._preparing)}
