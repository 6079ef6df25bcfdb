"""What an alarm watches and when it fires, read from its settings; what cannot be evaluated here is refused."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from emulator.cloudwatch.alarms.datapoints import MetricQuery, known_statistic
from emulator.cloudwatch.alarms.evaluation import Treatment
from emulator.cloudwatch.alarms.metric_math import Formula
from emulator.cloudwatch.alarms.metric_math_functions import MetricMathError

COMPARISONS: Final = {
    "GreaterThanThreshold": "greater than",
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
"""The comparisons with one threshold, as reasons put them; those with a band need anomaly detection."""

_HIGH_RESOLUTION_PERIODS = (10, 20, 30)
_HOUR, _DAY = 3600, 86_400
_IGNORES_MISSING_DATA = "AWS/DynamoDB"  # unless the alarm says otherwise (FACTS 1.4)


class UnsupportedAlarmError(ValueError):
    """An alarm has settings that make no sense or that are not emulated; the message names setting and value."""


@dataclass(frozen=True)
class AlarmDefinition:
    """A metric alarm."""

    metrics: Mapping[str, MetricQuery]
    """By the ids that the formula uses."""
    formula: Formula | None
    """None: the only metric is what is watched."""
    period: int
    evaluation_periods: int
    datapoints_to_alarm: int
    comparison: str
    threshold: float
    treatment: Treatment
    ignores_low_samples: bool
    """Keep the state while a percentile has too few samples to mean something."""

    def breaches(self, value: float) -> bool:
        """Return whether a value is on the wrong side of the threshold."""
        match self.comparison:
            case "GreaterThanThreshold":
                return value > self.threshold
            case "GreaterThanOrEqualToThreshold":
                return value >= self.threshold
            case "LessThanThreshold":
                return value < self.threshold
            case _:
                return value <= self.threshold

    @property
    def statistic(self) -> str | None:
        """The statistic of a plain alarm; None where there is a formula."""
        return None if self.formula else next(iter(self.metrics.values())).statistic


def read(settings: Mapping[str, Any]) -> AlarmDefinition:
    """Return the definition in an alarm as it was put or is stored; numbers may be text.

    Raises:
        UnsupportedAlarmError: It cannot be evaluated.
    """
    try:
        return _read(settings)
    except UnsupportedAlarmError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnsupportedAlarmError(f"the alarm's settings are malformed: {type(error).__name__} {error}") from error


def _read(settings: Mapping[str, Any]) -> AlarmDefinition:
    comparison = settings.get("ComparisonOperator")
    if comparison not in COMPARISONS:
        raise UnsupportedAlarmError(f"ComparisonOperator {comparison!r} is not emulated; there are {list(COMPARISONS)}")
    periods = _positive(settings, "EvaluationPeriods")
    needed = _positive(settings, "DatapointsToAlarm") if settings.get("DatapointsToAlarm") is not None else periods
    if needed > periods:
        raise UnsupportedAlarmError(f"DatapointsToAlarm is {needed}, more than EvaluationPeriods, which is {periods}")
    metrics, formula, period = _watched(settings)
    if period not in _HIGH_RESOLUTION_PERIODS and period % 60:
        raise UnsupportedAlarmError(f"Period must be 10, 20, 30 or a multiple of 60, got {period}")
    longest = 7 * _DAY if period >= _HOUR else _DAY
    if (seconds := period * periods) > longest:
        raise UnsupportedAlarmError(
            f"Period times EvaluationPeriods must be at most {longest} s for a Period of {period} s, got {seconds}"
        )
    return AlarmDefinition(
        metrics=metrics,
        formula=formula,
        period=period,
        evaluation_periods=periods,
        datapoints_to_alarm=needed,
        comparison=comparison,
        threshold=_finite(settings, "Threshold"),
        treatment=_treatment(settings, metrics.values()),
        ignores_low_samples=settings.get("EvaluateLowSampleCountPercentile") == "ignore",
    )


def _watched(settings: Mapping[str, Any]) -> tuple[dict[str, MetricQuery], Formula | None, int]:
    if not settings.get("Metrics"):
        statistic = settings.get("ExtendedStatistic") or settings.get("Statistic")
        return {"m": _metric(settings, statistic, settings.get("Unit"))}, None, _positive(settings, "Period")
    metrics: dict[str, MetricQuery] = {}
    expressions: dict[str, str] = {}
    periods: set[int] = set()
    for query in settings["Metrics"]:
        if query.get("Expression"):
            expressions[query["Id"]] = query["Expression"]
            continue
        metric = query.get("MetricStat") or {}
        metrics[query["Id"]] = _metric(metric.get("Metric") or {}, metric.get("Stat"), metric.get("Unit"))
        periods.add(_positive(metric, "Period"))
    returned = [query["Id"] for query in settings["Metrics"] if query.get("ReturnData", True)]
    if len(periods) != 1 or len(returned) != 1:
        raise UnsupportedAlarmError(
            f"Metrics must share one Period and return one series, got periods {sorted(periods)} and {returned}"
        )
    try:
        return metrics, Formula(returned[0], expressions, tuple(metrics)), periods.pop()
    except MetricMathError as error:
        raise UnsupportedAlarmError(f"Metrics: {error}") from error


def _metric(metric: Mapping[str, Any], statistic: object, unit: str | None) -> MetricQuery:
    if not isinstance(statistic, str) or not known_statistic(statistic):
        raise UnsupportedAlarmError(
            f"statistic {statistic!r} is not emulated; Average, Maximum or p99, for example, are"
        )
    dimensions = {each["Name"]: each["Value"] for each in metric.get("Dimensions") or []}
    return MetricQuery(metric.get("Namespace") or "", metric.get("MetricName") or "", dimensions, statistic, unit)


def _treatment(settings: Mapping[str, Any], metrics: Iterable[MetricQuery]) -> Treatment:
    said = settings.get("TreatMissingData")
    if said is None:
        return Treatment.IGNORE if _IGNORES_MISSING_DATA in {each.namespace for each in metrics} else Treatment.MISSING
    try:
        return Treatment(said)
    except ValueError:
        raise UnsupportedAlarmError(
            f"TreatMissingData must be one of {list(map(str, Treatment))}, got {said!r}"
        ) from None


def _finite(settings: Mapping[str, Any], name: str) -> float:
    number = float(settings.get(name) or 0)
    if not math.isfinite(number):
        raise UnsupportedAlarmError(f"{name} must be a number, got {settings[name]!r}")
    return number


def _positive(settings: Mapping[str, Any], name: str) -> int:
    try:
        number = int(settings.get(name) or 0)
    except (TypeError, ValueError):
        number = 0
    if number < 1:
        raise UnsupportedAlarmError(f"{name} must be a number from 1, got {settings.get(name)!r}")
    return number
