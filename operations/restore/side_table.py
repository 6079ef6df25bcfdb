"""The side table: what point-in-time recovery makes of the payments table at a moment, beside the live one.

IAM: dynamodb:RestoreTableToPointInTime on the payments table; on the side table dynamodb:DescribeTable, DeleteTable,
Scan, and what a restore does in its caller's name: BatchWriteItem, DeleteItem, GetItem, PutItem, Query, UpdateItem.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from contract.names import side_table_name
from handlers.faults import error_code, is_transient
from operations.clock import OperationsClock
from operations.errors import OperationError, UsageError, one_line
from operations.timestamps import for_people

_LOOK_SECONDS = 10.0
_GONE = {"ResourceNotFoundException", "TableNotFoundException"}
_BUSY = {"LimitExceededException", "ThrottlingException"}


class SideTable:
    """One restored table in one region; its name says the moment, so another machine finds it.

    Args:
        client: DynamoDB's client of the region.
        source: The payments table.
        suffix: The environment.
        moment: Seconds since the epoch.
        clock: Waits.
    """

    def __init__(self, client: Any, source: str, suffix: str, moment: int, clock: OperationsClock) -> None:  # noqa: ANN401
        self._client, self._source, self._moment, self._clock = client, source, moment, clock
        self.name = side_table_name(f"{datetime.fromtimestamp(moment, UTC):%Y%m%dT%H%M%SZ}", suffix)

    def ensure(self, on_look: Callable[[str], None]) -> None:
        """Restore the table unless that was done, and wait until it can be read.

        Raises:
            OperationError: It cannot be restored now, or it was deleted meanwhile; `dr restore resume` begins again.
            UsageError: A table of this name is none of these restores.
            BotoCoreError, ClientError: The region does not answer.
        """
        found = self._describe()
        if found is None:
            self._start()
        elif "RestoreSummary" not in found or found["RestoreSummary"]["RestoreDateTime"].timestamp() != self._moment:
            raise UsageError(f"the table {self.name} must be restored to {for_people(self._moment)}: it is another one")
        began = self._clock.monotonic()
        while True:
            found = self._looked()
            if found is None:
                raise OperationError(
                    f"the side table {self.name} is gone: its restore failed, or somebody deleted it;"
                    " `dr restore resume` begins it again"
                )
            in_progress = found.get("RestoreSummary", {}).get("RestoreInProgress", False)
            if found["TableStatus"] == "ACTIVE" and not in_progress:
                return
            on_look(f"{self.name} is {found['TableStatus']} since {self._clock.monotonic() - began:.0f} s")
            self._clock.sleep(_LOOK_SECONDS)

    @property
    def exists(self) -> bool:
        """Whether the table is there."""
        return self._describe() is not None

    def delete(self) -> None:
        """Delete the table, and wait until it is gone; one that is gone already is fine.

        Raises:
            BotoCoreError, ClientError: It cannot be deleted.
        """
        try:
            self._client.delete_table(TableName=self.name)
        except ClientError as error:
            if error_code(error) not in _GONE:
                raise
        while self._describe() is not None:
            self._clock.sleep(_LOOK_SECONDS)

    def _start(self) -> None:
        try:
            self._client.restore_table_to_point_in_time(
                SourceTableName=self._source,
                TargetTableName=self.name,
                RestoreDateTime=datetime.fromtimestamp(self._moment, UTC),
                BillingModeOverride="PAY_PER_REQUEST",
            )
        except ClientError as error:
            if error_code(error) not in _BUSY:
                raise
            raise OperationError(
                f"no restore can begin now, `dr restore resume` tries again: {one_line(error)}"
            ) from None

    def _looked(self) -> dict[str, Any] | None:
        """Return the table's description; a restore of hours outlives a moment without an answer."""
        while True:
            try:
                return self._describe()
            except (BotoCoreError, ClientError) as error:
                if not is_transient(error):
                    raise
                self._clock.sleep(_LOOK_SECONDS)

    def _describe(self) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._client.describe_table(TableName=self.name)["Table"]
        except ClientError as error:
            if error_code(error) not in _GONE:
                raise
            return None
        return found
