"""What `PutMetricData` takes."""

from typing import Any

import pytest

from tests.unit.emulator.alarms.world import World

STATISTICS = {"SampleCount": 2, "Sum": 6.0, "Minimum": 1.0, "Maximum": 5.0}


def put(world: World, **datum: Any) -> dict[str, Any]:
    data = [{"MetricName": "Good", "Value": 1.0}, {"MetricName": "Orders", **datum}]
    return world.call("_put_metric_data", Namespace="Shop", MetricData=data)


@pytest.mark.parametrize(
    ("datum", "name"),
    [
        ({"Value": "many"}, "Value"),
        ({"Value": float("nan")}, "Value"),
        ({"Value": 10**400}, "Value"),
        ({"Value": 2.0**361}, "Value"),
        ({"Value": {}}, "Value"),
        ({"Values": [1, "x"]}, "Values.member.2"),
        ({"Values": [1], "Counts": [None]}, "Counts.member.1"),
        ({"StatisticValues": {**STATISTICS, "Sum": "x"}}, "StatisticValues.Sum"),
        ({"StatisticValues": {**STATISTICS, "Maximum": None}}, "StatisticValues.Maximum"),
        ({"StatisticValues": {"Sum": 1.0}}, "StatisticValues.SampleCount"),
    ],
)
def test_what_is_no_number_is_refused_and_nothing_stored(world: World, datum: dict[str, Any], name: str) -> None:
    answer = put(world, **datum)
    assert (answer["status"], answer["__type"]) == (400, "InvalidParameterValue")
    assert f"for parameter MetricData.member.2.{name} is invalid." in answer["message"]
    assert world.call("_list_metrics")["Metrics"] == []


@pytest.mark.parametrize("datum", [{"Value": 0}, {"Value": "1.5"}, {"Values": [1, 2]}, {"StatisticValues": STATISTICS}])
def test_numbers_are_taken(world: World, datum: dict[str, Any]) -> None:
    assert put(world, **datum)["status"] == 200
    assert len(world.call("_list_metrics")["Metrics"]) == 2
