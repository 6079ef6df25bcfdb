# ruff: noqa: SLF001 — MiniStack offers no public seams
"""Restores: a new, independent table with the items of a moment or of a backup, and the settings that AWS restores.

Indexes, capacity and encryption come from the source as it is now, or from the request; streams, Time to Live, tags,
deletion protection and point-in-time recovery do not come along (FACTS 1.14).
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableToPointInTime.html
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import dynamodb

from emulator.clock import EmulatorClock
from emulator.dynamodb.recovery import rights
from emulator.dynamodb.recovery.answers import RecoveryRequestError, answered, required
from emulator.dynamodb.recovery.histories import StoredTable, TableHistories
from emulator.dynamodb.recovery.jobs import RecoveryJob, RecoveryJobs
from emulator.dynamodb.recovery.preparing import TablesInPreparation
from emulator.dynamodb.recovery.write_history import HistoryItem
from emulator.patching import Answer, Theirs, instead, wrap

RESTORE_SECONDS: Final = 5
"""Emulated seconds; on AWS most restores take minutes, and some hours."""

_MOST_AT_ONCE: Final = 50

Items = Iterable[tuple[str, str, HistoryItem]]


class TableRestores:
    """Answers `RestoreTableToPointInTime` and `RestoreTableFromBackup`."""

    def __init__(
        self,
        *,
        clock: EmulatorClock,
        histories: TableHistories,
        preparing: TablesInPreparation,
        jobs: RecoveryJobs,
        may: rights.May = rights.may,
    ) -> None:
        self._clock, self._histories, self._preparing, self._jobs = clock, histories, preparing, jobs
        self._may = may
        self._running = 0

    def install(self) -> None:
        """Take the requests over, and describe what is restored."""
        wrap(dynamodb, "_restore_table_to_point_in_time", instead(self.to_point_in_time))
        wrap(dynamodb, "_restore_table_from_backup", instead(self.from_backup))
        wrap(dynamodb, "_table_description", _with_restore)

    def to_point_in_time(self, request: dict[str, Any]) -> Answer:
        """Answer `RestoreTableToPointInTime`."""
        try:
            source = _source(request)
            target = self._target(request)
            moment = self._moment(source, request)
            settings = _settings_of(source, target, request)
            summary = {"SourceTableArn": source["TableArn"], "RestoreDateTime": moment}
            return self._restore(request, settings, source, summary, self._histories.items_at(source, moment))
        except RecoveryRequestError as error:
            return error.answer

    def from_backup(self, request: dict[str, Any]) -> Answer:
        """Answer `RestoreTableFromBackup`."""
        try:
            arn, target = required(request, "BackupArn"), self._target(request)
            backup = _backup(arn)
            source = backup["SourceTableDetails"]
            features = backup["SourceTableFeatureDetails"]
            settings = dynamodb._restore_create_request(
                target,
                source["KeySchema"],
                backup["_attribute_definitions"],
                request.get("BillingModeOverride") or source["BillingMode"],
                request.get("ProvisionedThroughputOverride") or source["ProvisionedThroughput"],
                request,
                features.get("GlobalSecondaryIndexes"),
                features.get("LocalSecondaryIndexes"),
                features.get("VectorIndexes"),
            )
            summary = {
                "SourceBackupArn": arn,
                "SourceTableArn": source["TableArn"],
                "RestoreDateTime": backup["BackupDetails"]["BackupCreationDateTime"],
            }
            items = [
                (partition, sort, item)
                for partition, sorted_items in backup["_items_snapshot"].items()
                for sort, item in sorted_items.items()
            ]
            return self._restore(request, settings, features, summary, items)
        except RecoveryRequestError as error:
            return error.answer

    def _target(self, request: dict[str, Any]) -> str:
        target = required(request, "TargetTableName")
        if target in dynamodb._tables:
            raise RecoveryRequestError("TableAlreadyExistsException", f"Table already exists: {target}")
        if self._running >= _MOST_AT_ONCE:
            raise RecoveryRequestError("LimitExceededException", f"Only {_MOST_AT_ONCE} restores can run at once")
        rights.check_target(self._may, target)
        return target

    def _moment(self, source: StoredTable, request: dict[str, Any]) -> float:
        window = self._histories.window(source)
        if window is None:
            raise RecoveryRequestError(
                "PointInTimeRecoveryUnavailableException",
                f"Point in time recovery is not enabled for table '{source['TableName']}'",
            )
        moment = request.get("RestoreDateTime")
        if (moment is None) != bool(request.get("UseLatestRestorableTime")):
            raise RecoveryRequestError(
                "ValidationException", "Either RestoreDateTime or UseLatestRestorableTime must be given, and not both"
            )
        if moment is None:
            return window.shown["LatestRestorableDateTime"]
        if moment not in window:
            raise RecoveryRequestError(
                "InvalidRestoreTimeException",
                "RestoreDateTime must be between EarliestRestorableDateTime and LatestRestorableDateTime: "
                f"{window.shown['EarliestRestorableDateTime']} to {window.shown['LatestRestorableDateTime']}, "
                f"got {moment}",
            )
        return float(moment)

    def _restore(
        self,
        request: Mapping[str, Any],
        settings: dict[str, Any],
        source: Mapping[str, Any],
        summary: dict[str, Any],
        items: Items,
    ) -> Answer:
        if throughput := request.get("OnDemandThroughputOverride"):
            settings["OnDemandThroughput"] = throughput
        created: Answer = dynamodb._create_table(settings)
        if created[0] != HTTPStatus.OK:
            return created
        name, region, account = settings["TableName"], get_region(), get_account_id()
        table = dynamodb._tables[name]
        override = request.get("SSESpecificationOverride")
        table["SSEDescription"] = (
            dynamodb._sse_description_from_spec(override) if override else source.get("SSEDescription")
        )
        table["RestoreSummary"] = {**summary, "RestoreInProgress": True}
        self._preparing.begin(table)
        self._running += 1

        def finish() -> None:
            self._running -= 1
            with request_scope(account, region):
                table["RestoreSummary"] = {**summary, "RestoreInProgress": False}
                self._preparing.end(name)

        async def work() -> None:
            restored: defaultdict[str, dict[str, HistoryItem]] = defaultdict(dict)
            for partition, sort, item in items:
                restored[partition][sort] = item
            table["items"] = restored
            dynamodb._items_replaced(table)
            finish()

        def failed(_message: str) -> None:
            finish()  # empty, as far as it came

        self._jobs.add(RecoveryJob(f"the restore of {name} in {region}", region, RESTORE_SECONDS, work, failed))
        return answered({"TableDescription": dynamodb._table_description(name)})


def _source(request: dict[str, Any]) -> StoredTable:
    named = request.get("SourceTableName") or request.get("SourceTableArn")
    name = dynamodb._normalize_table_name(named)
    source: StoredTable | None = dynamodb._tables.get(name) if isinstance(name, str) else None
    if source is None:
        raise RecoveryRequestError("TableNotFoundException", f"Table not found: {named}")
    return source


def _backup(arn: str) -> dict[str, Any]:
    backup: dict[str, Any] | None = dynamodb._backups.get(arn)
    if backup is None:
        raise RecoveryRequestError("BackupNotFoundException", f"Backup not found: {arn}")
    return backup


def _settings_of(source: StoredTable, target: str, request: dict[str, Any]) -> dict[str, Any]:
    settings: dict[str, Any] = dynamodb._restore_create_request(
        target,
        source["KeySchema"],
        source["AttributeDefinitions"],
        request.get("BillingModeOverride") or source["BillingModeSummary"]["BillingMode"],
        request.get("ProvisionedThroughputOverride") or _throughput(source),
        request,
        source["GlobalSecondaryIndexes"],
        source["LocalSecondaryIndexes"],
        [dynamodb._vector_index_info(each) for each in source.get("VectorIndexes") or []],
    )
    return settings


def _throughput(source: StoredTable) -> dict[str, Any] | None:
    """Return a table's provisioned capacity; None for one on demand, which has none."""
    throughput: dict[str, Any] = source["ProvisionedThroughput"]
    return throughput if throughput.get("WriteCapacityUnits") else None


def _with_restore(original: Callable[[str], dict[str, Theirs]]) -> Callable[[str], dict[str, Theirs]]:
    def describe(name: str) -> dict[str, Theirs]:
        description = original(name)
        restored = dynamodb._tables[name].get("RestoreSummary")
        return {**description, "RestoreSummary": restored} if restored else description

    return describe
