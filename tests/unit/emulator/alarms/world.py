"""Alarms of MiniStack's, evaluated with a clock of the test's own; no sockets."""

import json
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import cloudwatch, sns

from emulator.cloudwatch.alarms import AlarmEvaluator
from emulator.faults import ActiveFaults
from tests.unit.emulator.time_machine import TimeMachine

ACCOUNT = "000000000000"
HERE, THERE = "us-east-1", "us-east-2"

PLAIN: dict[str, Any] = {
    "AlarmName": "orders",
    "Namespace": "Shop",
    "MetricName": "Orders",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 5.0,
    "ComparisonOperator": "GreaterThanThreshold",
}


class World:
    """CloudWatch and SNS in two regions."""

    def __init__(self, scale: float = 1.0) -> None:
        self.clock = TimeMachine(scale=scale)
        self.faults = ActiveFaults()
        self.evaluator = AlarmEvaluator(clock=self.clock, faults=self.faults)
        self.heard: list[tuple[str, str, dict[str, Any]]] = []

    def call(self, operation: str, region: str = HERE, **request: Any) -> dict[str, Any]:
        """Call CloudWatch over its JSON protocol."""
        with request_scope(ACCOUNT, region):
            handler = getattr(cloudwatch, operation)
            status, _, body = handler({}, request, False, True)  # noqa: FBT003 — MiniStack's signature
        answer: dict[str, Any] = json.loads(body)
        return {**answer, "status": status}

    def put_alarm(self, region: str = HERE, **settings: Any) -> None:
        answer = self.call("_put_metric_alarm", region, **{**PLAIN, **settings})
        assert answer["status"] == 200, answer

    def put(self, value: float, *, name: str = "Orders", region: str = HERE, **dimensions: str) -> None:
        """Publish a value now."""
        datum = {
            "MetricName": name,
            "Dimensions": [{"Name": key, "Value": each} for key, each in dimensions.items()],
            "Value": value,
            "Timestamp": self.clock.time(),
        }
        self.call("_put_metric_data", region, Namespace="Shop", MetricData=[datum])

    def minute(self, *values: float, **more: Any) -> None:
        """Let an emulated minute pass in which values are published, and what is due be evaluated."""
        self.clock.advance(30)
        for value in values:
            self.put(value, **more)
        self.clock.advance(30)
        self.evaluator.evaluate_due()

    def alarm(self, name: str = "orders", region: str = HERE) -> dict[str, Any]:
        answer = self.call("_describe_alarms", region, AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        [found] = answer["MetricAlarms"] + answer["CompositeAlarms"]
        return dict(found)

    def state(self, name: str = "orders", region: str = HERE) -> str:
        return str(self.alarm(name, region)["StateValue"])

    def history(self, kind: str, region: str = HERE) -> list[str]:
        """Return the summaries of an alarm's history, oldest first."""
        types = ["MetricAlarm", "CompositeAlarm"]
        items = self.call("_describe_alarm_history", region, HistoryItemType=kind, AlarmTypes=types)
        return [item["HistorySummary"] for item in reversed(items["AlarmHistoryItems"])]

    def topic(self, region: str = HERE, **attributes: str) -> str:
        """Create a topic; what it is told is in `heard`."""
        entries = enumerate(attributes.items(), 1)
        given = {
            f"Attributes.entry.{number}.{part}": value
            for number, pair in entries
            for part, value in zip(("key", "value"), pair, strict=True)
        }
        with request_scope(ACCOUNT, region):
            sns._create_topic({"Name": "alarms", **given})
        return f"arn:aws:sns:{region}:{ACCOUNT}:alarms"

    def hear(self, topic: str, _id: str, message: str, subject: str, *_more: Any, **_named: Any) -> None:
        """Stand in for SNS's delivery."""
        self.heard.append((topic, subject, json.loads(message)))

    @property
    def told(self) -> list[str]:
        """The states that topics were told of, in order."""
        return [message["NewStateValue"] for _, _, message in self.heard]
