"""Whom an alarm tells, and who does not let it."""

import json
from typing import Any

import pytest

from emulator.cloudwatch.alarms.notifications import region_name, subject
from tests.unit.emulator.alarms.world import ACCOUNT, HERE, THERE, World

ALARM_ARN = f"arn:aws:cloudwatch:{HERE}:{ACCOUNT}:alarm:orders"
TOPIC = f"arn:aws:sns:{HERE}:{ACCOUNT}:alarms"


def policy(account: str = ACCOUNT, alarm: str = "*") -> str:
    """Return a policy such as an alarm topic has: TLS only, and CloudWatch for one account's alarms."""
    publish = {"Action": "sns:Publish", "Resource": TOPIC}
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Condition": {
            "StringEquals": {"aws:SourceAccount": account},
            "ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:{HERE}:{account}:alarm:{alarm}"},
        },
    }
    deny = {
        "Effect": "Deny",
        "Principal": {"AWS": "*"},
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [{**allow, **publish}, {**deny, **publish}]})


class TestChanges:
    """Actions follow changes of state."""

    def test_each_state_has_its_own(self, world: World) -> None:
        world.topic()
        world.put_alarm(AlarmActions=[TOPIC], OKActions=[TOPIC], InsufficientDataActions=[TOPIC])
        for values in ([9], [9], [1], [1], [], [], [], []):
            world.minute(*values)
        assert world.told == ["ALARM", "OK", "INSUFFICIENT_DATA"]

    def test_states_without_actions_tell_nobody(self, world: World) -> None:
        world.topic()
        world.put_alarm(OKActions=[TOPIC])
        world.minute(9)
        assert (world.state(), world.told) == ("ALARM", [])

    def test_disabled_actions_are_not_carried_out(self, world: World) -> None:
        world.topic()
        world.put_alarm(AlarmActions=[TOPIC], OKActions=[TOPIC], ActionsEnabled=False)
        world.minute(9)
        assert (world.state(), world.told) == ("ALARM", [])
        world.call("_enable_alarm_actions", AlarmNames=["orders"])
        world.minute(1)
        assert world.told == ["OK"]

    def test_a_state_that_is_set_acts_too(self, world: World) -> None:
        world.topic()
        world.put_alarm(AlarmActions=[TOPIC])
        world.call("_set_alarm_state", AlarmName="orders", StateValue="ALARM", StateReason="a drill")
        [(_, _, message)] = world.heard
        assert (message["NewStateReason"], message["OldStateValue"]) == ("a drill", "INSUFFICIENT_DATA")


class TestTopics:
    """A topic must let alarms in; what came of an action is in the alarm's history."""

    @pytest.mark.parametrize("document", [policy(), policy(alarm="ord*")])
    def test_a_policy_that_allows(self, world: World, document: str) -> None:
        world.topic(Policy=document)
        world.put_alarm(AlarmActions=[TOPIC])
        world.minute(9)
        assert world.told == ["ALARM"]

    @pytest.mark.parametrize(
        ("attributes", "says"),
        [
            ({"Policy": policy(account="111111111111")}, "not authorized to perform: SNS:Publish"),
            ({"Policy": policy(alarm="other")}, "not authorized to perform: SNS:Publish"),
            ({"KmsMasterKeyId": "alias/aws/sns"}, "topic encryption key"),  # FACTS 6.1
        ],
    )
    def test_a_topic_that_does_not_let_it_in(
        self, world: World, capsys: pytest.CaptureFixture[str], attributes: dict[str, str], says: str
    ) -> None:
        world.topic(**attributes)
        self.check_failure(world, capsys, TOPIC, says)

    @pytest.mark.parametrize(
        ("action", "says"),
        [
            (TOPIC, "does not exist"),
            (TOPIC.replace(HERE, THERE), f"no SNS topic of {HERE}"),
            ("arn:aws:automate:us-east-1:ec2:reboot", "other actions are not emulated"),
        ],
    )
    def test_no_topic_of_the_region(
        self, world: World, capsys: pytest.CaptureFixture[str], action: str, says: str
    ) -> None:
        world.topic(THERE)
        self.check_failure(world, capsys, action, says)

    def test_sns_is_down(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        world.topic()
        world.faults.inject("service-down", region=HERE, service="sns")
        self.check_failure(world, capsys, TOPIC, "SNS in us-east-1 is unreachable")

    def check_failure(self, world: World, capsys: pytest.CaptureFixture[str], action: str, says: str) -> None:
        world.put_alarm(AlarmActions=[action])
        world.minute(9)
        assert (world.state(), world.told) == ("ALARM", [])
        [summary] = world.history("Action")
        assert summary.startswith(f"Failed to execute action {action}. Received error: ")
        assert says in summary
        assert f"emulator: {ALARM_ARN}: " in capsys.readouterr().err


class TestMessage:
    """The message is what AWS's alarms send."""

    def send(self, world: World, **settings: Any) -> tuple[str, dict[str, Any]]:
        world.topic()
        world.put_alarm(AlarmActions=[TOPIC], **settings)
        world.minute(9, Shop="one")
        [(topic, title, message)] = world.heard
        assert topic == TOPIC
        return title, message

    def test_of_a_metric_alarm(self, world: World) -> None:
        dimensions = [{"Name": "Shop", "Value": "one"}]
        created = world.clock.time()
        title, message = self.send(world, Dimensions=dimensions, TreatMissingData="missing", DatapointsToAlarm=1)
        assert created == 1_700_000_040
        assert title == 'ALARM: "orders" in US East (N. Virginia)'
        assert message == {
            "AlarmName": "orders",
            "AlarmDescription": None,
            "AWSAccountId": ACCOUNT,
            "AlarmConfigurationUpdatedTimestamp": "2023-11-14T22:14:00.000+0000",
            "NewStateValue": "ALARM",
            "NewStateReason": world.alarm()["StateReason"],
            "StateChangeTime": "2023-11-14T22:15:00.000+0000",
            "Region": "US East (N. Virginia)",
            "AlarmArn": ALARM_ARN,
            "OldStateValue": "INSUFFICIENT_DATA",
            "OKActions": [],
            "AlarmActions": [TOPIC],
            "InsufficientDataActions": [],
            "Trigger": {
                "MetricName": "Orders",
                "Namespace": "Shop",
                "StatisticType": "Statistic",
                "Statistic": "SUM",
                "Unit": None,
                "Dimensions": [{"value": "one", "name": "Shop"}],
                "Period": 60,
                "EvaluationPeriods": 1,
                "DatapointsToAlarm": 1,
                "ComparisonOperator": "GreaterThanThreshold",
                "Threshold": 5.0,
                "TreatMissingData": "missing",
                "EvaluateLowSampleCountPercentile": "",
            },
        }

    def test_of_a_percentile(self, world: World) -> None:
        dimensions = [{"Name": "Shop", "Value": "one"}]
        _, message = self.send(world, Statistic=None, ExtendedStatistic="p99", Dimensions=dimensions)
        assert message["Trigger"]["StatisticType"] == "ExtendedStatistic"
        assert message["Trigger"]["ExtendedStatistic"] == "p99"

    def test_a_subject_fits_into_snss_limit(self) -> None:
        assert len(subject({"StateValue": "ALARM", "AlarmName": "x" * 200}, HERE)) == 100

    def test_a_region_without_a_long_name(self) -> None:
        assert region_name("nowhere-1") == "nowhere-1"
