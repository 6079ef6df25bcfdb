# ruff: noqa: SLF001 — MiniStack offers no public seams
"""The histories of all replicas that have point-in-time recovery on; a table in each region has its own switch.

Every write of MiniStack's, of a client, of replication or of a transaction that is taken back, goes through the two
functions that store and remove an item.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ministack.services import dynamodb

from emulator.clock import EmulatorClock
from emulator.dynamodb.recovery.answers import RecoveryRequestError, answered
from emulator.dynamodb.recovery.windows import LONGEST_DAYS, RecoveryWindow, recovery_window
from emulator.dynamodb.recovery.write_history import HistoryItem, WriteHistory
from emulator.patching import Answer, Theirs, instead, wrap

StoredTable = dict[str, Theirs]


@dataclass
class TableHistory:
    """A replica's history, and for how many days it can be used."""

    writes: WriteHistory
    days: int


class TableHistories:
    """Keeps the histories, and answers how far back they reach.

    Args:
        clock: Dates the writes.
        delay_seconds: Emulated seconds by which the latest restorable moment lies behind; some 300 on AWS.
    """

    def __init__(self, *, clock: EmulatorClock, delay_seconds: float) -> None:
        self._clock, self._delay_seconds = clock, delay_seconds
        self._histories: dict[str, TableHistory] = {}
        """By the replica's id, which tells it from the others and from tables of the name that were deleted."""

    def install(self) -> None:
        """Take note of all writes, and take the switch over."""
        wrap(dynamodb, "_set_item", self._noting_set)
        wrap(dynamodb, "_remove_item", self._noting_removed)
        wrap(dynamodb, "_describe_continuous_backups", instead(self.describe))
        wrap(dynamodb, "_update_continuous_backups", instead(self.update))

    def __len__(self) -> int:
        return sum(len(each.writes) for each in self._histories.values())

    def window(self, table: StoredTable) -> RecoveryWindow | None:
        """Return when a table can be restored to; None while its point-in-time recovery is off."""
        history = self._histories.get(str(table.get("TableId")))
        if history is None:
            return None
        window = recovery_window(
            clock=self._clock, since=history.writes.since, days=history.days, delay_seconds=self._delay_seconds
        )
        history.writes.forget_before(window.earliest)
        return window

    def items_at(self, table: StoredTable, moment: float) -> list[tuple[str, str, HistoryItem]]:
        """Return keys and items of a table with point-in-time recovery as they were at a moment."""
        return list(self._histories[table["TableId"]].writes.items_at(moment, table["items"]))

    def end(self, table: StoredTable) -> bool:
        """Forget a table's history; return whether there was one."""
        return self._histories.pop(str(table.get("TableId")), None) is not None

    def describe(self, request: dict[str, Any]) -> Answer:
        """Answer `DescribeContinuousBackups`."""
        try:
            return self._described(_table(request))
        except RecoveryRequestError as error:
            return error.answer

    def update(self, request: dict[str, Any]) -> Answer:
        """Answer `UpdateContinuousBackups`: on begins a history, off ends it."""
        try:
            table = _table(request)
            specification = request.get("PointInTimeRecoverySpecification") or {}
            self._switch(table, bool(specification.get("PointInTimeRecoveryEnabled")), _days(specification))
        except RecoveryRequestError as error:
            return error.answer
        return self._described(table)

    def _switch(self, table: StoredTable, on: bool, days: int) -> None:  # noqa: FBT001 — the request's own flag
        history = self._histories.get(table["TableId"])
        if on and history is None:
            self._histories[table["TableId"]] = TableHistory(WriteHistory(self._clock.time()), days)
        elif on and history is not None:
            history.days = days
        else:
            self.end(table)
        dynamodb._pitr_settings[table["TableName"]] = on

    def _described(self, table: StoredTable) -> Answer:
        window = self.window(table)
        shown: dict[str, Any] = {"PointInTimeRecoveryStatus": "DISABLED"}
        if window is not None:
            days = self._histories[table["TableId"]].days
            shown = {"PointInTimeRecoveryStatus": "ENABLED", "RecoveryPeriodInDays": days, **window.shown}
        description = {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": shown}
        return answered({"ContinuousBackupsDescription": description})

    def _noting_set(self, original: Callable[..., Theirs]) -> Callable[..., Theirs]:
        def set_item(table: StoredTable, partition: str, sort: str, item: HistoryItem) -> HistoryItem | None:
            before: HistoryItem | None = original(table, partition, sort, item)
            history = self._histories.get(table.get("TableId", ""))
            if history is not None:
                history.writes.wrote(self._clock.time(), partition, sort, before)
            return before

        return set_item

    def _noting_removed(self, original: Callable[..., Theirs]) -> Callable[..., Theirs]:
        def remove_item(table: StoredTable, partition: str, sort: str) -> HistoryItem | None:
            before: HistoryItem | None = original(table, partition, sort)
            history = self._histories.get(table.get("TableId", ""))
            if history is not None and before is not None:
                history.writes.wrote(self._clock.time(), partition, sort, before)
            return before

        return remove_item


def _table(request: dict[str, Any]) -> StoredTable:
    name = dynamodb._normalize_table_name(request.get("TableName"))
    table: StoredTable | None = dynamodb._tables.get(name)
    if table is None:
        raise RecoveryRequestError("TableNotFoundException", f"Table not found: {name}")
    return table


def _days(specification: dict[str, Any]) -> int:
    days = specification.get("RecoveryPeriodInDays", LONGEST_DAYS)
    if not isinstance(days, int) or not 1 <= days <= LONGEST_DAYS:
        raise RecoveryRequestError(
            "ValidationException", f"RecoveryPeriodInDays must be between 1 and {LONGEST_DAYS}, got {days}"
        )
    return days
