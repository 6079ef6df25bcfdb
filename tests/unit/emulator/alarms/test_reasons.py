"""Reasons in CloudWatch's words, as messages of AWS's alarms have them."""

from typing import Any

import pytest

from emulator.cloudwatch.alarms.datapoints import Datapoint
from emulator.cloudwatch.alarms.definition import read
from emulator.cloudwatch.alarms.evaluation import AlarmStateValue, judge
from emulator.cloudwatch.alarms.reasons import reason, reason_data, timestamp

START = 1_700_000_040.0  # 14 November 2023, 22:14:00
SETTINGS: dict[str, Any] = {
    "Namespace": "Shop",
    "MetricName": "Orders",
    "Statistic": "Sum",
    "Period": 60,
    "Threshold": 5.0,
    "ComparisonOperator": "GreaterThanThreshold",
}


def explain(values: list[float | None], periods: int, needed: int, treatment: str = "missing") -> str:
    """Return the reason that datapoints, one a minute, give an alarm."""
    settings = {"EvaluationPeriods": periods, "DatapointsToAlarm": needed, "TreatMissingData": treatment}
    defined = read({**SETTINGS, **settings})
    seen = [None if value is None else Datapoint(START + 60 * i, value, 1) for i, value in enumerate(values)]
    verdict = judge(
        [None if point is None else defined.breaches(point.value) for point in seen],
        evaluation_periods=periods,
        datapoints_to_alarm=needed,
        treatment=defined.treatment,
    )
    assert verdict.state is not None
    return reason(defined, verdict.state, verdict, seen)


NINE, EIGHT, ONE = "9 (14/11/23 22:16:00)", "8 (14/11/23 22:14:00)", "1 (14/11/23 22:14:00)"


@pytest.mark.parametrize(
    ("values", "periods", "needed", "treatment", "says"),
    [
        ([1, 1, 9], 1, 1, "missing", f"1 out of the last 1 datapoints [{NINE}] was greater than"),
        ([8, 1, 9], 3, 2, "missing", f"2 out of the last 3 datapoints [{NINE}, {EIGHT}] were greater than"),
        ([1, 9, 9], 3, 3, "missing", f"1 out of the last 3 datapoints [{ONE}] was not greater than"),
        ([1, 9, 9], 3, 3, "missing", "the threshold (5.0) (minimum 1 datapoint for ALARM -> OK transition)."),
        ([1, 1, 9], 3, 2, "missing", "the threshold (5.0) (minimum 2 datapoints for ALARM -> OK transition)."),
        ([8, 1, 9], 3, 2, "missing", "the threshold (5.0) (minimum 2 datapoints for OK -> ALARM transition)."),
        ([None] * 4, 2, 2, "breaching", "no datapoints were received for 2 periods and 2 missing datapoints were "),
        ([None, 9, None], 2, 2, "breaching", "1 datapoint was received for 2 periods and 1 missing datapoint was "),
        ([None] * 3, 1, 1, "breaching", "treated as [Breaching]."),
        ([None] * 3, 1, 1, "notBreaching", "for 1 period and 1 missing datapoint was treated as [NonBreaching]."),
        ([None] * 5, 3, 3, "missing", "Insufficient Data: 3 datapoints were unknown."),
        ([None] * 3, 1, 1, "missing", "Insufficient Data: 1 datapoint was unknown."),
    ],
)
def test_reasons(values: list[float | None], periods: int, needed: int, treatment: str, says: str) -> None:
    said = explain(values, periods, needed, treatment)
    assert says in said
    assert said.startswith(("Threshold Crossed: ", "Insufficient Data: "))


def test_long_lists_are_cut() -> None:
    said = explain([9] * 9, 9, 9)
    assert said.startswith("Threshold Crossed: 9 out of the last 9 datapoints [9 (14/11/23 22:22:00), ")
    assert (said.count("(14/11/23"), ", ...]" in said) == (5, True)


def test_data() -> None:
    defined = read({**SETTINGS, "EvaluationPeriods": 2})
    seen = [Datapoint(START, 4.0, 2), None, Datapoint(START + 120, 9.0, 1)]
    verdict = judge([False, None, True], evaluation_periods=2, datapoints_to_alarm=2, treatment=defined.treatment)
    assert verdict.state is AlarmStateValue.OK
    assert reason_data(defined, verdict, seen, START + 180.5) == {
        "version": "1.0",
        "queryDate": "2023-11-14T22:17:00.500+0000",
        "startDate": "2023-11-14T22:14:00.000+0000",
        "statistic": "Sum",
        "period": 60,
        "recentDatapoints": [4.0, 9.0],
        "threshold": 5.0,
        "evaluatedDatapoints": [
            {"timestamp": "2023-11-14T22:16:00.000+0000", "sampleCount": 1, "value": 9.0},
            {"timestamp": "2023-11-14T22:14:00.000+0000", "sampleCount": 2, "value": 4.0},
        ],
    }


def test_timestamps_are_utc_with_milliseconds() -> None:
    assert timestamp(START + 0.25) == "2023-11-14T22:14:00.250+0000"
