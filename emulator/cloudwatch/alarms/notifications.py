"""What CloudWatch tells an SNS topic when an alarm changes its state."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import botocore.loaders

from emulator.cloudwatch.alarms.reasons import timestamp

_MOST_CHARACTERS = 100  # SNS's limit for a subject

Alarm = Mapping[str, Any]
"""An alarm as MiniStack stores it, in its new state."""


def subject(alarm: Alarm, region: str) -> str:
    """Return the subject of the notification."""
    return f'{alarm["StateValue"]}: "{alarm["AlarmName"]}" in {region_name(region)}'[:_MOST_CHARACTERS]


def message(alarm: Alarm, *, old_state: str, account: str, region: str) -> dict[str, Any]:
    """Return the message: a metric alarm's with its trigger, a composite alarm's with its rule and children."""
    told = {
        "AlarmName": alarm["AlarmName"],
        "AlarmDescription": alarm.get("AlarmDescription") or None,
        "AWSAccountId": account,
        "AlarmConfigurationUpdatedTimestamp": timestamp(alarm["AlarmConfigurationUpdatedTimestamp"]),
        "NewStateValue": alarm["StateValue"],
        "NewStateReason": alarm["StateReason"],
        "StateChangeTime": timestamp(alarm["StateUpdatedTimestamp"]),
        "Region": region_name(region),
        "AlarmArn": alarm["AlarmArn"],
        "OldStateValue": old_state,
        "OKActions": alarm.get("OKActions") or [],
        "AlarmActions": alarm.get("AlarmActions") or [],
        "InsufficientDataActions": alarm.get("InsufficientDataActions") or [],
    }
    if "AlarmRule" in alarm:
        return {**told, "AlarmRule": alarm["AlarmRule"], "TriggeringChildren": _children(alarm)}
    return {**told, "Trigger": _trigger(alarm)}


@cache
def region_name(region: str) -> str:
    """Return a region's long name, such as "US East (Ohio)"."""
    for partition in botocore.loaders.Loader().load_data("partitions")["partitions"]:
        if region in partition["regions"]:
            return str(partition["regions"][region]["description"])
    return region


def _children(alarm: Alarm) -> list[dict[str, Any]]:
    triggering = json.loads(alarm.get("StateReasonData") or "{}").get("triggeringAlarms") or []
    return [
        {"Arn": child["arn"], "State": {"Value": child["state"]["value"], "Timestamp": child["state"]["timestamp"]}}
        for child in triggering
    ]


def _trigger(alarm: Alarm) -> dict[str, Any]:
    condition = {
        "Period": alarm.get("Period"),
        "EvaluationPeriods": alarm["EvaluationPeriods"],
        "DatapointsToAlarm": alarm.get("DatapointsToAlarm"),
        "ComparisonOperator": alarm["ComparisonOperator"],
        "Threshold": alarm["Threshold"],
        "TreatMissingData": alarm.get("TreatMissingData") or "",
        "EvaluateLowSampleCountPercentile": alarm.get("EvaluateLowSampleCountPercentile") or "",
    }
    condition = {name: value for name, value in condition.items() if value is not None}
    if alarm.get("Metrics"):
        return {**condition, "Metrics": [_query(each) for each in alarm["Metrics"]]}
    percentile = alarm.get("ExtendedStatistic")
    statistic = (
        {"StatisticType": "ExtendedStatistic", "ExtendedStatistic": percentile}
        if percentile
        else {"StatisticType": "Statistic", "Statistic": str(alarm["Statistic"]).upper()}
    )
    return {
        "MetricName": alarm["MetricName"],
        "Namespace": alarm["Namespace"],
        **statistic,
        "Unit": alarm.get("Unit"),
        "Dimensions": _dimensions(alarm),
        **condition,
    }


def _query(query: Mapping[str, Any]) -> dict[str, Any]:
    shown = {"ReturnData": True, **query}
    metric = (query.get("MetricStat") or {}).get("Metric")
    if metric is None:
        return shown
    return {**shown, "MetricStat": {**query["MetricStat"], "Metric": {**metric, "Dimensions": _dimensions(metric)}}}


def _dimensions(metric: Mapping[str, Any]) -> list[dict[str, str]]:
    return [{"value": each["Value"], "name": each["Name"]} for each in metric.get("Dimensions") or []]
