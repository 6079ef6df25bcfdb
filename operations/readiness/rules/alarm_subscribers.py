"""Somebody must hear of the alarms of each region: a subscription counts once it is confirmed."""

from typing import TYPE_CHECKING

from operations.readiness.rule import Readable, ReadinessRule

if TYPE_CHECKING:
    from operations.aws import Aws
    from operations.site import RegionSite, Site


def read(_site: "Site", region: "RegionSite", aws: "Aws") -> tuple[int, int]:
    """Read how many subscriptions the topic that the region's alarms notify has, confirmed ones and pending ones."""
    alarms = aws.client("cloudwatch", region.name).describe_alarms(AlarmNames=list(region.alarm_names[:1]))
    topic = alarms["MetricAlarms"][0]["AlarmActions"][0]
    attributes = aws.client("sns", region.name).get_topic_attributes(TopicArn=topic)["Attributes"]
    return int(attributes["SubscriptionsConfirmed"]), int(attributes["SubscriptionsPending"])


def problem(counts: tuple[int, int]) -> str:
    """Return what is wrong with the numbers of confirmed and of pending subscriptions."""
    confirmed, pending = counts
    if confirmed:
        return ""
    return f"somebody must hear of alarms: of {pending} subscriptions none is confirmed"


RULE = ReadinessRule(
    check="subscribers of the alarms",
    read=read,
    problem=problem,
    fine=lambda counts: f"{counts[0]} confirmed",
    remedy="confirm what SNS has sent to `alarm_emails` and `alarm_https_endpoints`, or name somebody there and deploy",
    rights={"sns:GetTopicAttributes": Readable.ALARM_TOPIC},
)
