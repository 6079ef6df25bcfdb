"""Alarms on DynamoDB itself, in one region: it fails, or turns requests away."""

from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from constructs import Construct

from dr_constructs.monitoring.alarms.group import AlarmGroup, Condition, MissingData, ThresholdComparison
from dr_constructs.monitoring.watched import MonitoredRegion, WatchedMetric

OPERATIONS = ("GetItem", "PutItem", "UpdateItem")
"""What payments, probes and tickers call; DynamoDB counts its errors by operation alone (FACTS 14.1)."""

# Published only when it happens. One bad minute is what the retry queue is for; two of five are a state.
_REPEATED = Condition("Sum", ThresholdComparison.AT_LEAST, 1, MissingData.NOT_BREACHING, periods=5, datapoints=2)


class TableAlarms(AlarmGroup):
    """Watches both tables of one region: payments wait for the one, and who may store for the other."""

    def __init__(self, scope: Construct, id_: str, *, monitored: MonitoredRegion, suffix: str, topic: SnsTopic) -> None:
        super().__init__(scope, id_, region=monitored.region, suffix=suffix, topic=topic)
        name = monitored.region.name
        tables = (monitored.table.name, monitored.control_table_name)
        self._alarm_on(
            "table-errors",
            "SUM(METRICS())",
            _numbered([monitored.table_metric(table, "SystemErrors", each) for table in tables for each in OPERATIONS]),
            _REPEATED,
            means=f"DynamoDB answers requests in {name} with errors of its own: payments wait in the retry queue, and "
            f"a region that is not known to be fit is replaced.",
            look_first="AWS's health page for DynamoDB in this region, then alarms region-unfit and writer-unknown.",
        )
        self._alarm_on(
            "table-throttles",
            "SUM(METRICS())",
            _numbered(
                [
                    monitored.table_metric(table, metric)
                    for table in tables
                    for metric in ("ReadThrottleEvents", "WriteThrottleEvents")
                ]
            ),
            _REPEATED,
            means=f"DynamoDB turns requests in {name} away: payments are accepted with 202 and wait.",
            look_first="whether traffic has more than doubled within half an hour, then the account's table quotas; a "
            "switchover does not help, the other region would meet the same load.",
        )


def _numbered(metrics: list[WatchedMetric]) -> dict[str, WatchedMetric]:
    return {f"m{number}": metric for number, metric in enumerate(metrics, 1)}
