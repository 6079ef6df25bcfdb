"""Requests and answers of the query protocol."""

from xml.etree import ElementTree as ET

from emulator.query_protocol import render, structure


def test_members_become_lists_in_their_order() -> None:
    params = {f"AlarmActions.member.{position}": [f"arn:{position}"] for position in (10, 2, 1)}
    assert structure(params) == {"AlarmActions": ["arn:1", "arn:2", "arn:10"]}


def test_nested_members_keep_their_types() -> None:
    params = {
        "Action": ["PutMetricAlarm"],
        "ActionsEnabled": ["false"],
        "AlarmDescription": ["true"],
        "Metrics.member.1.MetricStat.Metric.Dimensions.member.1.Name": ["FunctionName"],
        "Metrics.member.1.MetricStat.Period": ["60"],
        "Metrics.member.1.ReturnData": ["true"],
    }
    assert structure(params) == {
        "Action": "PutMetricAlarm",
        "ActionsEnabled": False,
        "AlarmDescription": "true",
        "Metrics": [
            {"MetricStat": {"Metric": {"Dimensions": [{"Name": "FunctionName"}]}, "Period": 60}, "ReturnData": True}
        ],
    }


def test_answers_are_xml_with_members_and_times() -> None:
    alarm = {
        "AlarmRule": "A < B & C",
        "OKActions": ["x", "y"],
        "ActionsEnabled": True,
        "Unit": None,
        "StateUpdatedTimestamp": 0,
        "Threshold": 1.5,
    }
    assert render({"MetricAlarms": [alarm]}) == (
        "<MetricAlarms><member><AlarmRule>A &lt; B &amp; C</AlarmRule>"
        "<OKActions><member>x</member><member>y</member></OKActions><ActionsEnabled>true</ActionsEnabled>"
        "<StateUpdatedTimestamp>1970-01-01T00:00:00.000Z</StateUpdatedTimestamp><Threshold>1.5</Threshold>"
        "</member></MetricAlarms>"
    )


def test_what_is_rendered_is_well_formed() -> None:
    text = render({"Result": {"a": ["<", {"b": "&"}], "c": {}}})
    assert ET.fromstring(text).find("a/member[2]/b").text == "&"  # type: ignore[union-attr]  # noqa: S314
