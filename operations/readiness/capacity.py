"""Reads what a region can take at once, and the most that it took in the last weeks: one call a method.

IAM: dynamodb:DescribeTable, cloudwatch:GetMetricData.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from contract.environment import Function
from operations.aws import Aws
from operations.clock import OperationsClock
from operations.readiness.model import UsedCapacity
from operations.site import RegionSite, Site
from operations.topology.asking import UnknownError

USED_DAYS = 14
"""How far back the use is looked at. CloudWatch keeps five minutes for 63 days."""

_PERIOD_SECONDS = 300
"""DynamoDB lends what a table left unused in the last five minutes: a shorter peak is not what it refuses."""

_WRITES, _EXECUTIONS = "writes", "executions"


class CapacityReader:
    """Reads one region of a site."""

    def __init__(self, site: Site, region: RegionSite, aws: Aws, clock: OperationsClock) -> None:
        self._site = site
        self._region = region
        self._aws = aws
        self._clock = clock

    def warm_writes(self) -> int:
        """Read how many writes a second the region's replica takes without a warning (FACTS 1.15).

        Raises:
            UnknownError: DynamoDB does not say.
        """
        table = self._aws.client("dynamodb", self._region.name).describe_table(TableName=self._site.table_name)["Table"]
        units = table.get("WarmThroughput", {}).get("WriteUnitsPerSecond")
        if not units:
            raise UnknownError("DynamoDB does not say the table's warm throughput")
        return int(units)

    def used(self) -> UsedCapacity:
        """Read the busiest five minutes of the table, and the most executions of the payment function.

        Raises:
            UnknownError: CloudWatch has no datapoint of one of them.
        """
        series = self._series(
            _query(_WRITES, "AWS/DynamoDB", "ConsumedWriteCapacityUnits", "Sum", TableName=self._site.table_name),
            _query(
                _EXECUTIONS,
                "AWS/Lambda",
                "ConcurrentExecutions",
                "Maximum",
                FunctionName=self._region.function_names[Function.PAYMENT_API],
            ),
        )
        for id_, what in ((_WRITES, "the table's writes"), (_EXECUTIONS, "the payment function's executions")):
            if not series.get(id_):
                raise UnknownError(f"CloudWatch has no datapoint of {what} in {USED_DAYS} days")
        return UsedCapacity(
            writes_per_second=max(series[_WRITES]) / _PERIOD_SECONDS, executions=int(max(series[_EXECUTIONS]))
        )

    def _series(self, *queries: Mapping[str, Any]) -> dict[str, list[float]]:
        """Return the values of each query, by its id."""
        end, scale = datetime.fromtimestamp(self._clock.time(), UTC), self._clock.scale
        period = max(1, round(_PERIOD_SECONDS / scale))
        request: dict[str, Any] = {
            "MetricDataQueries": [
                {"Id": each["Id"], "MetricStat": {**each["MetricStat"], "Period": period}} for each in queries
            ],
            "StartTime": end - timedelta(days=USED_DAYS) / scale,
            "EndTime": end,
        }
        found: dict[str, list[float]] = {}
        while True:
            answer = self._aws.client("cloudwatch", self._region.name).get_metric_data(**request)
            for each in answer["MetricDataResults"]:
                found.setdefault(each["Id"], []).extend(each["Values"])
            if not answer.get("NextToken"):
                return found
            request["NextToken"] = answer["NextToken"]


def _query(id_: str, namespace: str, metric: str, statistic: str, **dimensions: str) -> dict[str, Any]:
    return {
        "Id": id_,
        "MetricStat": {
            "Metric": {
                "Namespace": namespace,
                "MetricName": metric,
                "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
            },
            "Stat": statistic,
        },
    }
