"""Metrics in log lines."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.cloudwatch.embedded_metrics import metric_data


def line(
    *, dimensions: Any = (("service", "Region"),), metrics: Any = ({"Name": "Taken", "Unit": "Count"},), **root: Any
) -> str:
    directive = {"Namespace": "Payments", "Dimensions": dimensions, "Metrics": metrics}
    values = {"service": "payment", "Region": "us-east-1", "Taken": 1, **root}
    return json.dumps({"_aws": {"Timestamp": 1_700_000_000_500, "CloudWatchMetrics": [directive]}, **values})


def test_a_metric_carries_namespace_dimensions_unit_and_time() -> None:
    assert list(metric_data(line())) == [
        (
            "Payments",
            {
                "MetricName": "Taken",
                "Dimensions": [{"Name": "service", "Value": "payment"}, {"Name": "Region", "Value": "us-east-1"}],
                "Unit": "Count",
                "Values": [1.0],
                "Timestamp": 1_700_000_000.5,
            },
        )
    ]


def test_each_set_of_dimensions_is_a_metric_of_its_own() -> None:
    found = [datum["Dimensions"] for _, datum in metric_data(line(dimensions=[["service"], []]))]
    assert found == [[{"Name": "service", "Value": "payment"}], []]


def test_lists_hold_several_values() -> None:
    assert [datum["Values"] for _, datum in metric_data(line(Taken=[1, 2.5]))] == [[1.0, 2.5]]


def test_a_metric_without_unit_has_none() -> None:
    assert [datum["Unit"] for _, datum in metric_data(line(metrics=[{"Name": "Taken"}]))] == ["None"]


@pytest.mark.parametrize(
    "text",
    [
        "START RequestId: 1",
        '{"level": "INFO", "message": "stored"}',
        '{"_aws": ',
        '{"_aws": 1}',
        '{"_aws": {"Timestamp": 1}}',
        '["_aws"]',
        line(dimensions=[["absent"]]),
        line(service=5),
        line(Taken="many"),
        line(Taken=True),
        line(Taken=10**400),
        line(Taken=float("inf")),
        line(Taken=[float("nan")]),
        line(Taken=None),
        line(metrics=[{"Name": "Absent"}]),
    ],
)
def test_what_is_no_metric_yields_none(text: str) -> None:
    assert list(metric_data(text)) == []


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda each: (
            st.lists(each)
            | st.dictionaries(
                st.sampled_from(["Timestamp", "CloudWatchMetrics", "Namespace", "Dimensions", "Metrics", "Name"]), each
            )
        ),
    )
)
def test_no_line_breaks_it(metadata: Any) -> None:
    list(metric_data(json.dumps({"_aws": metadata})))
    list(metric_data(json.dumps({"_aws": {"Timestamp": 1, "CloudWatchMetrics": metadata}})))
