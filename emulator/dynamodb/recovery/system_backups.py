# ruff: noqa: SLF001 — MiniStack offers no public seams
"""What is left of a deleted table that had point-in-time recovery: a backup of it as it was just before, for 35 days.

It is no history: `RestoreTableFromBackup` restores it, to that one moment.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/pointintimerecovery_beforeyoubegin.html
"""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, Final

from ministack.core.responses import get_account_id, request_scope
from ministack.services import dynamodb

from emulator.clock import EmulatorClock
from emulator.dynamodb.recovery.answers import answered
from emulator.dynamodb.recovery.histories import StoredTable, TableHistories
from emulator.dynamodb.recovery.windows import LONGEST_DAYS
from emulator.patching import Answer, Theirs, instead, wrap

_DAY_SECONDS: Final = 86_400
_MOST_A_PAGE: Final = 100
_SUMMARY: Final = (
    *("BackupArn", "BackupName", "BackupCreationDateTime", "BackupExpiryDateTime"),
    *("BackupStatus", "BackupType", "BackupSizeBytes"),
)


class SystemBackups:
    """Makes a backup of each table that is deleted while its point-in-time recovery is on."""

    def __init__(self, *, clock: EmulatorClock, histories: TableHistories) -> None:
        self._clock, self._histories = clock, histories

    def install(self) -> None:
        """Look at what is deleted, and list backups by their type."""
        wrap(dynamodb, "_delete_table", self._deleting)
        wrap(dynamodb, "_apply_replica_updates", self._deleting_replicas)
        wrap(dynamodb, "_list_backups", instead(self._list))

    def _deleting(self, original: Callable[[dict[str, Theirs]], Answer]) -> Callable[[dict[str, Theirs]], Answer]:
        def delete(request: dict[str, Theirs]) -> Answer:
            table = dynamodb._tables.get(dynamodb._normalize_table_name(request.get("TableName")))
            answer = original(request)
            if table is not None and answer[0] == HTTPStatus.OK:
                self._keep(table)
            return answer

        return delete

    def _deleting_replicas(self, original: Callable[..., Theirs]) -> Callable[..., Theirs]:
        """Replicas that are deleted leave a backup as well; none that is protected is deleted."""

        def update(name: str, table: StoredTable, updates: Sequence[dict[str, Theirs]]) -> Theirs:
            account = get_account_id()
            regions = [each["Delete"].get("RegionName", "") for each in updates if "Delete" in each]
            replicas = {region: dynamodb._tables.get_scoped(account, region, name) for region in regions}
            protected = [
                region for region, replica in replicas.items() if replica and replica["DeletionProtectionEnabled"]
            ]
            if protected:
                return dynamodb.error_response_json(
                    "ValidationException",
                    f"The replica in {', '.join(protected)} is protected against deletion. "
                    "To delete the replica, disable deletion protection.",
                    400,
                )
            answer = original(name, table, updates)
            for region, replica in replicas.items():
                if replica is not None and dynamodb._tables.get_scoped(account, region, name) is None:
                    with request_scope(account, region):
                        self._keep(replica)
            return answer

        return update

    def _keep(self, table: StoredTable) -> None:
        if not self._histories.end(table):
            return
        name, now = table["TableName"], self._clock.time()
        arn = dynamodb._backup_arn(name, name)
        dynamodb._backups[arn] = {
            "BackupDetails": {
                "BackupArn": arn,
                "BackupName": f"{name}$DeletedTableBackup",
                "BackupCreationDateTime": now,
                "BackupExpiryDateTime": now + LONGEST_DAYS * _DAY_SECONDS,
                "BackupStatus": "AVAILABLE",
                "BackupType": "SYSTEM",
                "BackupSizeBytes": table["TableSizeBytes"],
            },
            "SourceTableDetails": {
                "TableName": name,
                "TableId": table["TableId"],
                "TableArn": table["TableArn"],
                "TableSizeBytes": table["TableSizeBytes"],
                "KeySchema": table["KeySchema"],
                "TableCreationDateTime": table["CreationDateTime"],
                "ProvisionedThroughput": table["ProvisionedThroughput"],
                "ItemCount": table["ItemCount"],
                "BillingMode": table["BillingModeSummary"]["BillingMode"],
            },
            "SourceTableFeatureDetails": {
                "LocalSecondaryIndexes": table["LocalSecondaryIndexes"],
                "GlobalSecondaryIndexes": table["GlobalSecondaryIndexes"],
                "SSEDescription": table["SSEDescription"],
            },
            "_items_snapshot": table["items"],
            "_attribute_definitions": table["AttributeDefinitions"],
        }

    @staticmethod
    def _list(request: dict[str, Any]) -> Answer:
        """Answer `ListBackups`; without a type, only what users have made is listed."""
        kind, name = request.get("BackupType") or "USER", request.get("TableName")
        wanted = [
            backup
            for backup in dynamodb._backups.values()
            if kind in ("ALL", backup["BackupDetails"]["BackupType"])
            and name in (None, *_names_of(backup["SourceTableDetails"]))
            and request.get("TimeRangeLowerBound", 0) <= backup["BackupDetails"]["BackupCreationDateTime"]
            and backup["BackupDetails"]["BackupCreationDateTime"] < request.get("TimeRangeUpperBound", float("inf"))
        ]
        arns = [backup["BackupDetails"]["BackupArn"] for backup in wanted]
        after = request.get("ExclusiveStartBackupArn")
        start = arns.index(after) + 1 if after in arns else 0
        page = wanted[start : start + min(request.get("Limit", _MOST_A_PAGE), _MOST_A_PAGE)]
        shown: dict[str, Any] = {"BackupSummaries": [_summary(backup) for backup in page]}
        if page and start + len(page) < len(wanted):
            shown["LastEvaluatedBackupArn"] = page[-1]["BackupDetails"]["BackupArn"]
        return answered(shown)


def _names_of(source: dict[str, Any]) -> tuple[str, str]:
    return source["TableName"], source["TableArn"]


def _summary(backup: dict[str, Any]) -> dict[str, Any]:
    details, source = backup["BackupDetails"], backup["SourceTableDetails"]
    shown = {name: details[name] for name in _SUMMARY if name in details}
    return {**{name: source[name] for name in ("TableName", "TableId", "TableArn")}, **shown}
