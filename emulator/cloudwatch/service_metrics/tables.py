"""What DynamoDB publishes about writes, and what a table of its own is ready for.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final

from ministack.core.responses import get_account_id, get_region
from ministack.services import dynamodb

from emulator.cloudwatch.minute_metrics import MetricSeries, MinuteMetrics
from emulator.patching import Theirs, wrap

_UNIT_BYTES: Final = 1024

WARM_THROUGHPUT: Final = {"ReadUnitsPerSecond": 12_000, "WriteUnitsPerSecond": 4_000, "Status": "ACTIVE"}
"""Of an on-demand table that never took more (FACTS 1.15)."""

StoredTable = dict[str, Theirs]


class TableMetrics:
    """Counts the write units of each table, those of replication among them, in the region of the replica."""

    def __init__(self, *, tally: MinuteMetrics) -> None:
        self._tally = tally

    def install(self) -> None:
        """Notice every item that is written, and have tables described as AWS describes them."""
        wrap(dynamodb, "_set_item", self._counting_set)
        wrap(dynamodb, "_remove_item", self._counting_removed)
        wrap(dynamodb, "_table_description", _with_warm_throughput)

    def _counting_set(self, original: Callable[..., Theirs]) -> Callable[..., Theirs]:
        def set_item(table: StoredTable, partition: str, sort: str, item: Mapping[str, Any]) -> Theirs:
            self._add(table, math.ceil(len(str(item)) / _UNIT_BYTES))
            return original(table, partition, sort, item)

        return set_item

    def _counting_removed(self, original: Callable[..., Theirs]) -> Callable[..., Theirs]:
        def remove_item(table: StoredTable, partition: str, sort: str) -> Theirs:
            self._add(table, 1)
            return original(table, partition, sort)

        return remove_item

    def _add(self, table: StoredTable, units: int) -> None:
        dimensions = (("TableName", str(table["TableName"])),)
        series = MetricSeries(
            get_account_id(), get_region(), "AWS/DynamoDB", "ConsumedWriteCapacityUnits", "Count", dimensions
        )
        self._tally.add(series, units)


def _with_warm_throughput(original: Callable[..., Theirs]) -> Callable[..., Theirs]:
    def described(name: str) -> dict[str, Theirs]:
        description: dict[str, Theirs] = original(name)
        warm = description.get("WarmThroughput", {})
        return description if warm.get("WriteUnitsPerSecond") else {**description, "WarmThroughput": WARM_THROUGHPUT}

    return described
