"""What the deployment's alarms say, and what they tell their topics."""

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


class Ear:
    """Hears what one region's alarms tell its topic, by a queue that subscribes to it."""

    def __init__(self, site: Site, region: str) -> None:
        self.heard: list[Notification] = []
        self._end = f"-{region}-{site.suffix}"
        self._queues, self._topics = site.aws("sqs", region), site.aws("sns", region)
        self._topic = str(site.output("alarm_topic_arns", region))
        name = f"ear-{uuid4().hex[:8]}"
        self._url = self._queues.create_queue(QueueName=name)["QueueUrl"]
        arn = self._queues.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        let_in = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": self._topic}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [let_in]})
        self._queues.set_queue_attributes(QueueUrl=self._url, Attributes={"Policy": policy})
        subscribed = self._topics.subscribe(
            TopicArn=self._topic,
            Protocol="sqs",
            Endpoint=arn,
            Attributes={"RawMessageDelivery": "true"},
            ReturnSubscriptionArn=True,
        )
        self._subscription = subscribed["SubscriptionArn"]

    def listen(self) -> list[Notification]:
        """Return all that was heard so far, in the order of hearing."""
        while messages := self._queues.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages"):
            for each in messages:
                told: dict[str, Any] = json.loads(each["Body"])
                self.heard.append((told["AlarmName"].removesuffix(self._end), told["NewStateValue"]))
                self._queues.delete_message(QueueUrl=self._url, ReceiptHandle=each["ReceiptHandle"])
        return self.heard

    def remove(self) -> None:
        self._topics.unsubscribe(SubscriptionArn=self._subscription)
        self._queues.delete_queue(QueueUrl=self._url)


@contextlib.contextmanager
def listening(site: Site, region: str) -> Iterator[Ear]:
    """Hear a region's alarms while the block runs."""
    ear = Ear(site, region)
    try:
        yield ear
    finally:
        ear.remove()
