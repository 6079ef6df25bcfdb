"""Alarms on what keeps the two regions equal: the table's replication, the heartbeat, the buckets' replication."""

from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from constructs import Construct

from contract.environment import Function, Metric
from contract.objectives import HEARTBEAT_AGE_SECONDS
from dr_constructs.monitoring.alarms.group import AlarmGroup, Condition, MissingData, ThresholdComparison
from dr_constructs.monitoring.watched import MonitoredRegion

OBJECT_LAG_THRESHOLD_SECONDS = 300
"""The recovery point aimed at. S3 promises 15 minutes only, so this alarm may fire within S3's promise (FACTS 5.3)."""


class ReplicationAlarms(AlarmGroup):
    """Watches replication from this region to its peer, the peer's heartbeat as seen here, and objects both ways."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        monitored: MonitoredRegion,
        peer: MonitoredRegion,
        suffix: str,
        topic: SnsTopic,
        lag_threshold_seconds: int,
    ) -> None:
        super().__init__(scope, id_, region=monitored.region, suffix=suffix, topic=topic)
        self._build_table_lag(monitored, peer, lag_threshold_seconds)
        self._build_heartbeat_age(monitored, peer)
        self._build_object_lag(monitored, peer)
        self._build_object_failures(monitored, peer)

    def _build_table_lag(self, here: MonitoredRegion, peer: MonitoredRegion, threshold_seconds: int) -> None:
        source, receiver = here.region.name, peer.region.name
        self._alarm(
            "replication-lag",
            here.replication_lag_to(peer),
            # The heartbeat item is written every ten seconds, so a working replication always has a datapoint: none
            # means that nothing arrives (FACTS 1.2). One period, since CloudWatch looks back two further before it
            # takes silence for breaching: this fires after one slow minute or three silent ones, and five may be lost.
            Condition("Maximum", ThresholdComparison.ABOVE, threshold_seconds * 1000, MissingData.BREACHING),
            means=f"Payments stored in {source} reach {receiver} more than {threshold_seconds} s late, or not at all: "
            f"losing {source} now would lose them.",
            look_first=f"alarm heartbeat-age in {receiver} (it measures the same path from the other end), then the "
            f"AWS health of DynamoDB in both regions. Start no switchover and no failback while this is red.",
        )

    def _build_heartbeat_age(self, monitored: MonitoredRegion, peer: MonitoredRegion) -> None:
        here, there = monitored.region.name, peer.region.name
        self._alarm(
            "heartbeat-age",
            monitored.business_metric(Function.TICKER, Metric.HEARTBEAT_AGE),
            # The ticker publishes every few seconds: no datapoint means that it does not run, and then nobody in this
            # region watches the peer (FACTS 1.3). This is also the alert path that survives us-east-1, where the alarms
            # on health checks live (FACTS 2.6).
            Condition("Maximum", ThresholdComparison.ABOVE, HEARTBEAT_AGE_SECONDS, MissingData.BREACHING, periods=2),
            means=f"{here} has seen no heartbeat of {there} for {HEARTBEAT_AGE_SECONDS} s: {there} is down, "
            f"or replication from it stands still, or the ticker of {there} or {here} does not run. Heartbeats decide "
            f"nothing: see alarm automatic-takeover for that.",
            look_first=f"who owns the writer (`dr status`) and the payments of {there} on the dashboard; if they are "
            f"well, the errors of ticker in {there} and in {here}.",
        )

    def _build_object_lag(self, here: MonitoredRegion, peer: MonitoredRegion) -> None:
        self._alarm(
            "object-replication-lag",
            here.objects_received_metric("ReplicationLatency", sender=peer),
            # A bucket without new objects publishes nothing, and that does not prove that it has caught up.
            Condition(
                "Maximum",
                ThresholdComparison.ABOVE,
                OBJECT_LAG_THRESHOLD_SECONDS,
                MissingData.KEEPS_STATE,
                periods=5,
                datapoints=3,
            ),
            means=f"Transaction logs of {peer.region.name} reach the bucket in {here.region.name} more than "
            f"{OBJECT_LAG_THRESHOLD_SECONDS} s late. Payments are not affected.",
            look_first="bytes pending on the dashboard: falling means catching up; AWS's own promise is 15 minutes.",
        )

    def _build_object_failures(self, here: MonitoredRegion, peer: MonitoredRegion) -> None:
        self._alarm(
            "object-replication-failures",
            here.objects_sent_metric("OperationsFailedReplication", receiver=peer),
            # A failed operation is a datapoint of its own; a quiet bucket has none to fail.
            Condition("Sum", ThresholdComparison.AT_LEAST, 1, MissingData.NOT_BREACHING, period_seconds=300),
            means=f"Objects of the bucket in {here.region.name} were not copied to {peer.region.name}, and S3 does not "
            f"try again by itself. OK means no new failure; the failed objects stay uncopied.",
            look_first="recent changes to the replication role and to the policy of the destination bucket, then copy "
            "the objects whose replication status is FAILED with S3 Batch Replication.",
        )
