"""An alarm's settings, as put over either protocol or as stored."""

from typing import Any

import pytest

from emulator.cloudwatch.alarms.definition import UnsupportedAlarmError, read
from emulator.cloudwatch.alarms.evaluation import Treatment

PLAIN: dict[str, Any] = {
    "Namespace": "Shop",
    "MetricName": "Orders",
    "Dimensions": [{"Name": "Region", "Value": "us-east-1"}],
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 3,
    "Threshold": 5.0,
    "ComparisonOperator": "LessThanThreshold",
}


def math(*queries: dict[str, Any]) -> dict[str, Any]:
    plain = {name: PLAIN[name] for name in ("EvaluationPeriods", "Threshold", "ComparisonOperator")}
    return {**plain, "Metrics": list(queries)}


def metric(name: str, period: int = 60, *, returned: bool = False, **more: Any) -> dict[str, Any]:
    stat = {"Metric": {"Namespace": "Shop", "MetricName": name}, "Period": period, "Stat": "Sum", **more}
    return {"Id": name, "MetricStat": stat, "ReturnData": returned}


class TestPlain:
    """One metric."""

    def test_all_periods_must_breach_by_default(self) -> None:
        assert read(PLAIN).datapoints_to_alarm == 3
        assert read({**PLAIN, "DatapointsToAlarm": 2}).datapoints_to_alarm == 2

    def test_numbers_may_be_text(self) -> None:
        text = {**PLAIN, "Period": "60", "EvaluationPeriods": "3", "DatapointsToAlarm": "1", "Threshold": "5"}
        assert read(text) == read({**PLAIN, "DatapointsToAlarm": 1})

    def test_the_metric_has_its_dimensions(self) -> None:
        assert read(PLAIN).metrics["m"].dimensions == {"Region": "us-east-1"}

    @pytest.mark.parametrize(
        ("comparison", "breaching"),
        [
            ("LessThanThreshold", [4.0]),
            ("LessThanOrEqualToThreshold", [4.0, 5.0]),
            ("GreaterThanThreshold", [6.0]),
            ("GreaterThanOrEqualToThreshold", [5.0, 6.0]),
        ],
    )
    def test_comparisons(self, comparison: str, breaching: list[float]) -> None:
        definition = read({**PLAIN, "ComparisonOperator": comparison})
        assert [value for value in (4.0, 5.0, 6.0) if definition.breaches(value)] == breaching

    @pytest.mark.parametrize(
        ("settings", "treatment"),
        [
            ({}, Treatment.MISSING),
            ({"Namespace": "AWS/DynamoDB"}, Treatment.IGNORE),  # FACTS 1.4
            ({"Namespace": "AWS/DynamoDB", "TreatMissingData": "breaching"}, Treatment.BREACHING),
            ({"TreatMissingData": "notBreaching"}, Treatment.NOT_BREACHING),
        ],
    )
    def test_missing_data(self, settings: dict[str, Any], treatment: Treatment) -> None:
        assert read({**PLAIN, **settings}).treatment is treatment


def test_a_day_is_looked_back_at_and_a_week_by_the_hour() -> None:
    assert read({**PLAIN, "EvaluationPeriods": 1440}).evaluation_periods == 1440
    assert read({**PLAIN, "Period": 3600, "EvaluationPeriods": 168}).evaluation_periods == 168


class TestMetricMath:
    """Several metrics and an expression."""

    def test_the_returned_expression_is_watched(self) -> None:
        definition = read(math(metric("good"), metric("bad"), {"Id": "rate", "Expression": "bad / (good + bad)"}))
        assert definition.formula is not None
        assert definition.formula.series({"good": (3.0,), "bad": (1.0,)}) == (0.25,)
        assert (definition.period, definition.statistic) == (60, None)

    def test_a_returned_metric_is_watched(self) -> None:
        formula = read(math(metric("good", returned=True))).formula
        assert formula is not None
        assert formula.series({"good": (1.0, None)}) == (1.0, None)

    @pytest.mark.parametrize(
        ("queries", "says"),
        [
            ([metric("a"), metric("b", 300), {"Id": "e", "Expression": "a + b"}], "share one Period"),
            ([metric("a", returned=True), {"Id": "e", "Expression": "a"}], "return one series"),
            ([metric("a")], "return one series"),
            ([metric("a"), {"Id": "e", "Expression": "SEARCH('x', 'Sum')"}], "SEARCH"),
            ([metric("a", Stat="TM(10%:90%)", returned=True)], "TM"),
        ],
    )
    def test_refusals(self, queries: list[dict[str, Any]], says: str) -> None:
        with pytest.raises(UnsupportedAlarmError, match=says):
            read(math(*queries))


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "ComparisonOperator 'GreaterThanUpperThreshold'"),
        ({"Statistic": "Median"}, "'Median'"),
        ({"Statistic": None, "ExtendedStatistic": "p101"}, "'p101'"),
        ({"Statistic": None}, "None is not emulated"),
        ({"Period": 45}, "Period must be 10, 20, 30 or a multiple of 60, got 45"),
        ({"Period": 0}, "Period must be a number from 1"),
        ({"EvaluationPeriods": "many"}, "EvaluationPeriods must be a number from 1, got 'many'"),
        ({"DatapointsToAlarm": 4}, "DatapointsToAlarm is 4, more than EvaluationPeriods, which is 3"),
        ({"Threshold": "high"}, "malformed: ValueError"),
        ({"Threshold": "nan"}, "Threshold must be a number, got 'nan'"),
        ({"EvaluationPeriods": 1441}, "at most 86400 s for a Period of 60 s, got 86460"),
        ({"Period": 3600, "EvaluationPeriods": 169}, "at most 604800 s for a Period of 3600 s, got 608400"),
        ({"Period": 60 * 10**12}, "at most 604800 s"),
        ({"Dimensions": [{"Value": "x"}]}, "malformed: KeyError 'Name'"),
        ({"Metrics": "m1"}, "malformed"),
        ({"TreatMissingData": "maybe"}, "TreatMissingData must be one of .* got 'maybe'"),
    ],
)
def test_what_cannot_be_evaluated_is_refused(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(UnsupportedAlarmError, match=says):
        read({**PLAIN, **settings})
