"""The deployment's alarms: their states, and the notifications that their topics deliver."""

import contextlib
import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from tests.emulated.site import Site

Notification = tuple[str, str]
"""An alarm's name without region and environment, and its new state."""


def alarm_state(site: Site, what: str, region: str) -> str:
    """Return the state of an alarm that is named `{what}-{region}-{suffix}`."""
    name = f"{what}-{region}-{site.suffix}"
    (alarm,) = site.aws("cloudwatch", region).describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return str(alarm["StateValue"])


class AlarmSubscription:
    """Receives the notifications of one region's alarm topic through a queue that subscribes to it."""

    def __init__(self, site: Site, region: str) -> None:
        self.received: list[Notification] = []
        self._end = f"-{region}-{site.suffix}"
        self._queues, self._topics = site.aws("sqs", region), site.aws("sns", region)
        self._topic = str(site.output("alarm_topic_arns", region))
        name = f"alarms-{uuid4().hex[:8]}"
        self._url = self._queues.create_queue(QueueName=name)["QueueUrl"]
        arn = self._queues.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        allow = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": self._topic}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        self._queues.set_queue_attributes(QueueUrl=self._url, Attributes={"Policy": policy})
        subscription = self._topics.subscribe(
            TopicArn=self._topic,
            Protocol="sqs",
            Endpoint=arn,
            Attributes={"RawMessageDelivery": "true"},
            ReturnSubscriptionArn=True,
        )
        self._subscription = subscription["SubscriptionArn"]

    def receive(self) -> list[Notification]:
        """Return all notifications so far, in order of arrival."""
        while messages := self._queues.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages"):
            for each in messages:
                message: dict[str, Any] = json.loads(each["Body"])
                self.received.append((message["AlarmName"].removesuffix(self._end), message["NewStateValue"]))
                self._queues.delete_message(QueueUrl=self._url, ReceiptHandle=each["ReceiptHandle"])
        return self.received

    def remove(self) -> None:
        self._topics.unsubscribe(SubscriptionArn=self._subscription)
        self._queues.delete_queue(QueueUrl=self._url)


@contextlib.contextmanager
def subscribed(site: Site, region: str) -> Iterator[AlarmSubscription]:
    """Subscribe to a region's alarms for the duration of the block."""
    subscription = AlarmSubscription(site, region)
    try:
        yield subscription
    finally:
        subscription.remove()
