"""The readiness rule on who hears of alarms."""

from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from contract.roles import Role
from operations.readiness.rules.alarm_subscribers import RULE
from tests.unit.operations.fakes import FakeAws, refused
from tests.unit.operations.plans.topologies import SITE

TOPIC = "arn:aws:sns:us-east-1:123456789012:alarms-us-east-1-dev"


def reading(topic: Any) -> FakeAws:
    alarms = {"MetricAlarms": [{"AlarmActions": [TOPIC]}]}
    return FakeAws(answers={("cloudwatch", "describe_alarms"): alarms, ("sns", "get_topic_attributes"): topic})


def counts(confirmed: int, pending: int) -> FakeAws:
    return reading({"Attributes": {"SubscriptionsConfirmed": str(confirmed), "SubscriptionsPending": str(pending)}})


@pytest.mark.parametrize(
    ("confirmed", "pending", "problem"),
    [
        (1, 0, ""),
        (1, 3, ""),
        (0, 2, "somebody must hear of alarms: of 2 subscriptions none is confirmed"),
        (0, 0, "somebody must hear of alarms: of 0 subscriptions none is confirmed"),
    ],
)
def test_one_confirmed_subscription_is_enough(confirmed: int, pending: int, problem: str) -> None:
    aws = counts(confirmed, pending)
    assert RULE.problem(RULE.read(SITE, SITE.regions[Role.PRIMARY], aws)) == problem
    ((_, _, _, asked),) = [call for call in aws.calls if call[0] == "sns"]
    assert asked == {"TopicArn": TOPIC}


def test_topic_that_may_not_be_read_is_unknown() -> None:
    with pytest.raises((BotoCoreError, ClientError)):
        RULE.read(SITE, SITE.regions[Role.PRIMARY], reading(refused("GetTopicAttributes")))
