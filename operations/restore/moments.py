"""The moment to restore: parsed, and checked against what point-in-time recovery offers (FACTS 1.14)."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from handlers.faults import error_code
from operations import timestamps
from operations.errors import UsageError
from operations.timestamps import for_people


@dataclass(frozen=True)
class RestorableWindow:
    """From when until when a table can be restored, in seconds since the epoch."""

    earliest: float
    latest: float

    def __str__(self) -> str:
        return f"{for_people(self.earliest)} to {for_people(self.latest)}"


def parse_moment(text: str) -> int:
    """Return a moment in seconds since the epoch; recovery works to the second.

    Raises:
        UsageError: The text is no moment.
    """
    try:
        return int(timestamps.parse_moment(text))
    except (ValueError, OverflowError):
        raise UsageError(f"--to must be a moment such as 2026-01-31T12:00:00Z, got {text}") from None


def read_window(client: Any, table: str) -> RestorableWindow:  # noqa: ANN401 — boto3 makes its classes at run time
    """Return what a table can be restored to. IAM: dynamodb:DescribeContinuousBackups.

    Raises:
        UsageError: The table is gone, or point-in-time recovery is off.
        BotoCoreError, ClientError: The region does not answer.
    """
    try:
        answer = client.describe_continuous_backups(TableName=table)
    except ClientError as error:
        if error_code(error) not in {"TableNotFoundException", "ResourceNotFoundException"}:
            raise
        raise UsageError(f"the table {table} must exist to be restored: `dr restore plan --from-export`") from None
    shown = answer["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
    if "LatestRestorableDateTime" not in shown:
        raise UsageError(f"point-in-time recovery of {table} must be on: `dr restore plan --from-export`")
    return RestorableWindow(
        shown["EarliestRestorableDateTime"].timestamp(), shown["LatestRestorableDateTime"].timestamp()
    )


def require_restorable(moment: int, window: RestorableWindow, *, now: float) -> None:
    """Check a moment.

    Raises:
        UsageError: It is in the future, or outside what can be restored; the text says what is possible.
    """
    given = for_people(moment)
    if moment > now:
        raise UsageError(f"--to must be in the past, {window} can be restored, got {given}, now is {for_people(now)}")
    if not window.earliest <= moment <= window.latest:
        raise UsageError(f"--to must be restorable, {window} is, got {given}")
