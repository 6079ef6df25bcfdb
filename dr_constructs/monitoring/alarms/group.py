"""What every alarm has in common: its name, its actions in both directions, and a decision about missing data."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from cdktf_cdktf_provider_aws.cloudwatch_metric_alarm import (
    CloudwatchMetricAlarm,
    CloudwatchMetricAlarmMetricQuery,
    CloudwatchMetricAlarmMetricQueryMetric,
)
from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from constructs import Construct

from contract.names import regional_name
from dr_constructs.monitoring.watched import WatchedMetric
from dr_constructs.region import Region


class MissingData(StrEnum):
    """What silence means. It is never left to the default, which differs by service (FACTS 1.4, 8.3)."""

    BREACHING = "breaching"
    """Something writes this metric every minute: silence is the very fault that the alarm is for."""
    KEEPS_STATE = "ignore"
    """An idle resource goes quiet, and so does a stuck one: silence proves nothing, the last known state stands."""
    NOT_BREACHING = "notBreaching"
    """The metric exists only when something happens: silence means that it did not happen."""


class ThresholdComparison(StrEnum):
    """How a datapoint is held against the threshold."""

    ABOVE = "GreaterThanThreshold"
    AT_LEAST = "GreaterThanOrEqualToThreshold"
    BELOW = "LessThanThreshold"


@dataclass(frozen=True)
class Condition:
    """When an alarm fires: `datapoints` bad ones among the last `periods` (all of them unless said otherwise)."""

    statistic: str
    comparison: ThresholdComparison
    threshold: float
    missing: MissingData
    period_seconds: int = 60
    periods: int = 1
    datapoints: int | None = None


class AlarmGroup(Construct):
    """The alarms of one concern in one region; each tells the region's topic when it fires and when it clears."""

    def __init__(self, scope: Construct, id_: str, *, region: Region, suffix: str, topic: SnsTopic) -> None:
        super().__init__(scope, id_)
        self._region, self._suffix, self._topic_arn = region, suffix, topic.arn
        self._alarms: list[CloudwatchMetricAlarm] = []
        self.names: list[str] = []
        """The names of the group's alarms, in the order in which they were built."""

    @property
    def arns(self) -> list[str]:
        """The ARNs of the group's alarms, in the same order."""
        return [alarm.arn for alarm in self._alarms]

    def _alarm(self, what: str, metric: WatchedMetric, condition: Condition, *, means: str, look_first: str) -> None:
        """Add the alarm `{what}-{region}-{suffix}`; the two texts are what the person on call reads."""
        self._require_here(what, metric)
        percentile = condition.statistic.startswith("p")
        self._add(
            what,
            condition,
            means=means,
            look_first=look_first,
            namespace=metric.namespace,
            metric_name=metric.name,
            dimensions=metric.dimensions,
            statistic=None if percentile else condition.statistic,
            extended_statistic=condition.statistic if percentile else None,
            period=condition.period_seconds,
        )

    def _alarm_on(
        self,
        what: str,
        expression: str,
        metrics: Mapping[str, WatchedMetric],
        condition: Condition,
        *,
        means: str,
        look_first: str,
    ) -> None:
        """Add an alarm on metric math over `metrics`, by their ids in the expression."""
        for metric in metrics.values():
            self._require_here(what, metric)
        parts = [
            CloudwatchMetricAlarmMetricQuery(
                id=id_,
                metric=CloudwatchMetricAlarmMetricQueryMetric(
                    namespace=metric.namespace,
                    metric_name=metric.name,
                    dimensions=metric.dimensions,
                    stat=condition.statistic,
                    period=condition.period_seconds,
                ),
            )
            for id_, metric in metrics.items()
        ]
        result = CloudwatchMetricAlarmMetricQuery(id="result", expression=expression, label=what, return_data=True)
        self._add(what, condition, means=means, look_first=look_first, metric_query=[result, *parts])

    def _add(self, what: str, condition: Condition, *, means: str, look_first: str, **watched: Any) -> None:  # noqa: ANN401 — the alarm's own arguments
        name = regional_name(what, self._region.name, self._suffix)
        self.names.append(name)
        self._alarms.append(
            CloudwatchMetricAlarm(
                self,
                what,
                provider=self._region.provider,
                alarm_name=name,
                alarm_description=f"In alarm: {means} Look first at: {look_first}",
                evaluation_periods=condition.periods,
                datapoints_to_alarm=condition.datapoints or condition.periods,
                comparison_operator=condition.comparison,
                threshold=condition.threshold,
                treat_missing_data=condition.missing,
                alarm_actions=[self._topic_arn],
                ok_actions=[self._topic_arn],
                **watched,
            )
        )

    def _require_here(self, what: str, metric: WatchedMetric) -> None:
        if metric.region != self._region.name:
            # CloudWatch would accept the alarm, and it would never see a datapoint (FACTS 1.2).
            message = f"alarm `{what}` in {self._region.name} cannot watch {metric.name}, which {metric.region} stores"
            raise ValueError(message)
