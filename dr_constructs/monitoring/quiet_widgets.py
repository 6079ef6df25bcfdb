"""The dashboard's row of what goes wrong without a failing request: readiness, releases, DynamoDB's own errors."""

from collections.abc import Sequence

from contract.environment import Function, Metric
from dr_constructs.monitoring.alarms.quiet import RELEASE_HOURS
from dr_constructs.monitoring.alarms.tables import OPERATIONS
from dr_constructs.monitoring.watched import MonitoredRegion
from dr_constructs.monitoring.widgets import GraphLine, Threshold, Widget, graph


def quiet_row(regions: Sequence[MonitoredRegion]) -> list[Widget]:
    """Return the row."""
    return [
        graph(
            "Failed readiness checks (0 in the region that serves)",
            "checks",
            [
                GraphLine(
                    one.business_metric(Function.READINESS_CHECK, Metric.READINESS_FAILED), one.region.name, "Maximum"
                )
                for one in regions
            ],
        ),
        graph(
            "A release has been under way for",
            "s",
            [
                GraphLine(one.business_metric(Function.TICKER, Metric.RELEASE_RUNNING), one.region.name, "Maximum")
                for one in regions
            ],
            threshold=Threshold(f"{RELEASE_HOURS} h", RELEASE_HOURS * 3600),
        ),
        graph(
            "DynamoDB's errors and throttles",
            "per minute",
            [line for one in regions for line in _table_lines(one)],
        ),
    ]


def _table_lines(one: MonitoredRegion) -> list[GraphLine]:
    name = one.region.name
    tables = {"payments": one.table.name, "control": one.control_table_name}
    throttles = [
        GraphLine(one.table_metric(table, metric), f"{label}, {metric}, {name}", "Sum")
        for label, table in tables.items()
        for metric in ("ReadThrottleEvents", "WriteThrottleEvents")
    ]
    errors = [
        GraphLine(one.table_metric(table, "SystemErrors", each), f"{label}, {each} failed, {name}", "Sum")
        for label, table in tables.items()
        for each in OPERATIONS
    ]
    return [*throttles, *errors]
