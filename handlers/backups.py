"""How old the newest backups in a region's bucket are: its own exports, and the copies of the other region's."""

from collections.abc import Callable, Iterator
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from contract.environment import BACKUP_COMPLETE, BACKUP_TABLES, Metric, export_prefix
from handlers.runtime import Clock, Context, Moment
from handlers.telemetry import Telemetry

LOOK_AGAIN_SECONDS = 600
"""Backups come once a day; between looks what was seen gets older by the clock, and S3 is not paid for."""


class BackupListing(Protocol):
    """What the look at backups uses of an S3 client."""

    def list_objects_v2(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 -- as botocore, which publishes no types
        """List a page of objects."""


class TableDescriptions(Protocol):
    """What it uses of a DynamoDB client."""

    def describe_table(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """Describe a table."""


class BackupAges:
    """Publishes the age of the oldest of what each region and table has as its newest backup in this bucket.

    A table without any backup counts from its creation: its whole life is in none.

    Args:
        table_client: Makes the client when it is first needed, which is rare.
        regions: Whose backups the bucket should hold.
    """

    def __init__(
        self,
        *,
        bucket_client: BackupListing,
        bucket: str,
        table_client: Callable[[], TableDescriptions],
        table_name: str,
        regions: tuple[str, str],
        telemetry: Telemetry,
        clock: Clock,
    ) -> None:
        self._bucket_client = bucket_client
        self._bucket = bucket
        self._table_client = table_client
        self._table_name = table_name
        self._regions = regions
        self._telemetry = telemetry
        self._clock = clock
        self._seen: tuple[Moment, float] | None = None
        """When the last look was, and since when everything is in a backup."""

    def publish(self, context: Context) -> None:
        """Publish the age; where a look fails nothing is published, which the alarm takes for the worst."""
        with self._telemetry.invocation(context.aws_request_id):
            now = self._clock.now()
            if self._seen is None or not self._seen[0].is_within(LOOK_AGAIN_SECONDS, now):
                try:
                    self._seen = now, self.complete_since()
                except (BotoCoreError, ClientError) as error:
                    self._seen = None
                    self._telemetry.warn("backups not looked at", error)
                    return
            self._telemetry.seconds(Metric.BACKUP_AGE, max(0.0, now.wall - self._seen[1]))

    def complete_since(self) -> float:
        """Return since when everything is in a backup, seconds since the epoch."""
        prefixes = [export_prefix(region, table) for region in self._regions for table in BACKUP_TABLES]
        completed = {prefix: self._newest(prefix) for prefix in prefixes}
        since = [at for at in completed.values() if at is not None]
        if absent := [prefix for prefix, at in completed.items() if at is None]:
            self._telemetry.logger.warning("no backup yet", extra={"prefixes": absent})
            since.append(self._created())
        return min(since)

    def _newest(self, prefix: str) -> float | None:
        """Return when the newest complete export below a prefix was completed, seconds since the epoch."""
        # An export's id begins with its time, so later ones sort behind [?]; were it otherwise, backups would seem
        # older than they are, never younger.
        for export in sorted(self._exports(prefix), reverse=True):
            page = self._bucket_client.list_objects_v2(
                Bucket=self._bucket, Prefix=f"{export}{BACKUP_COMPLETE}", MaxKeys=1
            )
            for found in page.get("Contents", ()):
                return float(found["LastModified"].timestamp())
        return None

    def _exports(self, prefix: str) -> Iterator[str]:
        request = {"Bucket": self._bucket, "Prefix": prefix, "Delimiter": "/"}
        while True:
            page = self._bucket_client.list_objects_v2(**request)
            yield from (each["Prefix"] for each in page.get("CommonPrefixes", ()))
            if not page.get("IsTruncated"):
                return
            request["ContinuationToken"] = page["NextContinuationToken"]

    def _created(self) -> float:
        described = self._table_client().describe_table(TableName=self._table_name)
        return float(described["Table"]["CreationDateTime"].timestamp())
