"""Alarms and schedules in a running emulator, a minute a second: made, watched and heard of with boto3 alone."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import running
from tests.emulated.emulator.sample_api import REGIONS, administrator, create_function, role

SCALE = 60
HERE, THERE = REGIONS
ACCOUNT = "000000000000"

CODE = """
import json, os, time

def handler(event, context):
    print(json.dumps({
        "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [
            {"Namespace": "Sample", "Dimensions": [["Region"]], "Metrics": [{"Name": "Beat", "Unit": "Count"}]}]},
        "Region": os.environ["AWS_REGION"], "Beat": 1}))
"""


@dataclass(frozen=True)
class Site:
    """An alarm topic in each region, with a queue that hears it."""

    client: Callable[..., Any]
    topics: dict[str, str]
    queues: dict[str, str]

    def put_alarm(self, name: str, region: str = HERE, **settings: Any) -> None:
        """Create an alarm that tells the region's topic of every change."""
        plain = {"Period": 60, "EvaluationPeriods": 1, "ComparisonOperator": "GreaterThanThreshold"}
        topic = [self.topics[region]]
        actions = {"AlarmActions": topic, "OKActions": topic, "InsufficientDataActions": topic}
        self.client("cloudwatch", region).put_metric_alarm(
            AlarmName=name, Threshold=5.0, **plain, **actions, **settings
        )

    def put(self, name: str, value: float, region: str = HERE) -> None:
        data = [{"MetricName": name, "Value": value, "Dimensions": [{"Name": "Shop", "Value": "one"}]}]
        self.client("cloudwatch", region).put_metric_data(Namespace="Sample", MetricData=data)

    def alarm(self, name: str, region: str = HERE) -> dict[str, Any]:
        types = ["MetricAlarm", "CompositeAlarm"]
        answer = self.client("cloudwatch", region).describe_alarms(AlarmNames=[name], AlarmTypes=types)
        [found] = answer["MetricAlarms"] + answer["CompositeAlarms"]
        return dict(found)

    def wait_for(self, name: str, state: str, region: str = HERE, *, put: tuple[str, float] | None = None) -> None:
        """Wait until an alarm is in a state, publishing a value now and then."""
        deadline = time.monotonic() + 60
        while (found := self.alarm(name, region))["StateValue"] != state:
            assert time.monotonic() < deadline, f"{name} is {found['StateValue']}: {found['StateReason']}"
            if put:
                self.put(*put, region)
            time.sleep(0.3)

    def heard(self, name: str, count: int, region: str = HERE) -> list[dict[str, Any]]:
        """Return what the region's queue hears of an alarm, waiting for some messages at least."""
        found: list[dict[str, Any]] = []
        deadline = time.monotonic() + 30
        while len(found) < count and time.monotonic() < deadline:
            request = {"QueueUrl": self.queues[region], "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1}
            for message in self.client("sqs", region).receive_message(**request).get("Messages", []):
                notification = json.loads(message["Body"])
                told = json.loads(notification["Message"])
                if told["AlarmName"] == name:
                    found.append({**told, "Subject": notification["Subject"]})
        return found

    def history(self, name: str, kind: str) -> list[str]:
        answer = self.client("cloudwatch").describe_alarm_history(AlarmName=name, HistoryItemType=kind)
        return [item["HistorySummary"] for item in answer["AlarmHistoryItems"]]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running(time_scale=SCALE) as emulator:
        client = administrator(emulator)
        made = Site(client, {}, {})
        for region in REGIONS:
            made.topics[region], made.queues[region] = _topic_with_queue(client, region)
        yield made


def _topic_with_queue(client: Callable[..., Any], region: str) -> tuple[str, str]:
    """Create both with policies as they should be: the alarms of this account, over TLS, and nobody else."""
    topic, queue = f"arn:aws:sns:{region}:{ACCOUNT}:alarms", f"arn:aws:sqs:{region}:{ACCOUNT}:heard"
    client("sns", region).create_topic(Name="alarms", Attributes={"Policy": policy(topic, ACCOUNT)})
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": queue,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    attributes = {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [allow]})}
    url = client("sqs", region).create_queue(QueueName="heard", Attributes=attributes)["QueueUrl"]
    client("sns", region).subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    return topic, url


def policy(topic: str, account: str) -> str:
    publish = {"Action": "sns:Publish", "Resource": topic}
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }
    deny = {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [{**allow, **publish}, {**deny, **publish}]})


ORDERS: dict[str, Any] = {
    "Namespace": "Sample",
    "Dimensions": [{"Name": "Shop", "Value": "one"}],
    "Statistic": "Maximum",
    "TreatMissingData": "notBreaching",
}


def test_an_alarm_fires_and_clears_and_its_topic_hears_of_both(site: Site) -> None:
    site.put_alarm("orders", MetricName="Orders", **ORDERS)
    site.put_alarm("orders", THERE, MetricName="Orders", **ORDERS)
    site.wait_for("orders", "OK")
    site.wait_for("orders", "ALARM", put=("Orders", 9))
    site.wait_for("orders", "OK")
    messages = site.heard("orders", 3)
    changes = [(message["OldStateValue"], message["NewStateValue"]) for message in messages]
    assert sorted(changes) == [("ALARM", "OK"), ("INSUFFICIENT_DATA", "OK"), ("OK", "ALARM")]
    red = next(message for message in messages if message["NewStateValue"] == "ALARM")
    assert red["Subject"] == 'ALARM: "orders" in US East (N. Virginia)'
    assert red["NewStateReason"].startswith("Threshold Crossed: 1 out of the last 1 datapoints [9.0 (")
    assert red["Trigger"]["Dimensions"] == [{"name": "Shop", "value": "one"}]
    assert site.history("orders", "StateUpdate")[0] == "Alarm updated from ALARM to OK"
    assert site.history("orders", "Action")[0] == f"Successfully executed action {site.topics[HERE]}"
    # The other region has no such datapoint, and so nothing to say (FACTS 1.2).
    assert [each["NewStateValue"] for each in site.heard("orders", 1, THERE)] == ["OK"]


def test_a_state_that_was_set_lasts_until_the_next_evaluation(site: Site) -> None:
    site.put_alarm("drill", MetricName="Drill", **ORDERS)
    site.wait_for("drill", "OK")
    site.client("cloudwatch").set_alarm_state(AlarmName="drill", StateValue="ALARM", StateReason="a drill")
    site.wait_for("drill", "OK")
    assert [each["NewStateReason"] for each in site.heard("drill", 3) if each["NewStateValue"] == "ALARM"] == [
        "a drill"
    ]


def test_metric_math_and_a_composite_alarm(site: Site) -> None:
    metric = {"Namespace": "Sample", "MetricName": "Paid", "Dimensions": ORDERS["Dimensions"]}
    queries = [
        {"Id": "paid", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}, "ReturnData": False},
        {"Id": "twice", "Expression": "IF(paid > 2, 2 * paid, 0)", "ReturnData": True},
    ]
    settings = {"EvaluationPeriods": 1, "Threshold": 5.0, "ComparisonOperator": "GreaterThanThreshold"}
    cloudwatch = site.client("cloudwatch")
    cloudwatch.put_metric_alarm(AlarmName="math", Metrics=queries, TreatMissingData="notBreaching", **settings)
    cloudwatch.put_composite_alarm(AlarmName="both", AlarmRule="ALARM(math)", AlarmActions=[site.topics[HERE]])
    site.wait_for("math", "OK")
    site.wait_for("math", "ALARM", put=("Paid", 3))
    site.wait_for("both", "ALARM")
    [message] = site.heard("both", 1)
    assert [child["State"]["Value"] for child in message["TriggeringChildren"]] == ["ALARM"]


def test_a_topic_that_does_not_let_alarms_in_hears_nothing(site: Site) -> None:
    topic = f"arn:aws:sns:{HERE}:{ACCOUNT}:closed"
    site.client("sns").create_topic(Name="closed", Attributes={"Policy": policy(topic, "111111111111")})
    site.client("cloudwatch").put_metric_alarm(
        AlarmName="unheard",
        MetricName="Unheard",
        **{**ORDERS, "TreatMissingData": "breaching"},
        AlarmActions=[topic],
        Period=60,
        EvaluationPeriods=1,
        Threshold=5.0,
        ComparisonOperator="GreaterThanThreshold",
    )
    site.wait_for("unheard", "ALARM")
    [failure] = site.history("unheard", "Action")
    assert failure.startswith(f"Failed to execute action {topic}")
    assert "not authorized to perform: SNS:Publish" in failure


def test_what_cannot_be_evaluated_is_refused(site: Site) -> None:
    with pytest.raises(ClientError, match="'IQM' is not emulated") as refusal:
        site.put_alarm("iqm", Namespace="Sample", MetricName="Orders", ExtendedStatistic="IQM")
    assert refusal.value.response["Error"]["Code"] == "ValidationError"


def test_what_looks_back_too_far_is_refused(site: Site) -> None:
    with pytest.raises(ClientError, match="at most 604800 s") as refusal:
        site.client("cloudwatch").put_metric_alarm(
            AlarmName="far",
            MetricName="Orders",
            **ORDERS,
            Period=60 * 10**7,
            EvaluationPeriods=2**31 - 1,
            Threshold=5.0,
            ComparisonOperator="GreaterThanThreshold",
        )
    assert refusal.value.response["Error"]["Code"] == "ValidationError"


def test_what_is_no_metric_value_is_refused(site: Site) -> None:
    statistics = {"SampleCount": 1.0, "Sum": 2.0**361, "Minimum": 1.0, "Maximum": 1.0}
    with pytest.raises(ClientError, match=r"MetricData\.member\.1\.StatisticValues\.Sum is invalid") as refusal:
        site.client("cloudwatch").put_metric_data(
            Namespace="Sample", MetricData=[{"MetricName": "Orders", "StatisticValues": statistics}]
        )
    assert refusal.value.response["Error"]["Code"] == "InvalidParameterValue"


def test_a_schedule_that_makes_no_sense_is_refused(site: Site) -> None:
    with pytest.raises(ClientError, match="Parameter ScheduleExpression is not valid") as refusal:
        site.client("events").put_rule(Name="never", ScheduleExpression="cron(0 25 * * ? *)")
    assert refusal.value.response["Error"]["Code"] == "ValidationException"


@pytest.fixture(scope="module")
def beat(site: Site) -> str:
    """Deploy the function, its rule without leave to invoke it, and the alarm."""
    logs = {"Action": ["logs:CreateLogStream", "logs:PutLogEvents", "logs:CreateLogGroup"], "Resource": "*"}
    function = create_function(site.client, THERE, "beat", role(site.client, "beat", logs), CODE)
    events = site.client("events", THERE)
    rule: str = events.put_rule(Name="beat", ScheduleExpression="rate(1 minute)")["RuleArn"]
    events.put_targets(Rule="beat", Targets=[{"Id": "1", "Arn": function}])
    site.put_alarm(
        "beat",
        THERE,
        MetricName="Beat",
        Namespace="Sample",
        Dimensions=[{"Name": "Region", "Value": THERE}],
        Statistic="Sum",
        TreatMissingData="breaching",
    )
    return rule


class TestSchedule:
    """A function that beats every minute in one region, and an alarm that misses the beat."""

    def test_without_leave_it_does_not_run(self, site: Site, beat: str) -> None:
        site.wait_for("beat", "ALARM", THERE)
        time.sleep(2)
        assert site.client("cloudwatch", THERE).list_metrics(MetricName="Beat")["Metrics"] == []
        failed = site.client("cloudwatch", THERE).list_metrics(Namespace="AWS/Events")["Metrics"]
        assert {metric["MetricName"] for metric in failed} == {"FailedInvocations"}

    def test_with_leave_it_beats_every_minute(self, site: Site, beat: str) -> None:
        site.client("lambda", THERE).add_permission(
            FunctionName="beat",
            StatementId="schedule",
            Action="lambda:InvokeFunction",
            Principal="events.amazonaws.com",
            SourceArn=beat,
        )
        site.wait_for("beat", "OK", THERE)
        before = self.beats(site)
        time.sleep(5)
        assert 3 <= self.beats(site) - before <= 7

    def test_a_rule_that_is_disabled_is_missed(self, site: Site, beat: str) -> None:
        site.client("events", THERE).disable_rule(Name="beat")
        site.wait_for("beat", "ALARM", THERE)
        told = site.heard("beat", 3, THERE)[-1]
        assert told["NewStateReason"] == (
            "Threshold Crossed: no datapoints were received for 1 period and "
            "1 missing datapoint was treated as [Breaching]."
        )

    @staticmethod
    def beats(site: Site) -> float:
        """Return how often the function has beaten so far."""
        window = {"StartTime": time.time() - 600, "EndTime": time.time() + 60, "Period": 3600}
        query = {"Namespace": "Sample", "MetricName": "Beat", "Statistics": ["Sum"], **window}
        points = site.client("cloudwatch", THERE).get_metric_statistics(**query)["Datapoints"]
        return float(sum(point["Sum"] for point in points))
