"""Alarms on the queues: payments that wait, and messages that nobody will retry."""

from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue
from constructs import Construct

from dr_constructs.monitoring.alarms.group import AlarmGroup, Condition, MissingData, ThresholdComparison
from dr_constructs.monitoring.watched import MonitoredRegion

RETRY_DEPTH_THRESHOLD = 100
"""More than a hiccup leaves behind; one worker batch after another clears it within minutes."""

RETRY_AGE_THRESHOLD_SECONDS = 300
"""The recovery point aimed at: an accepted payment that waits longer exists in one region only."""

WAITING_MINUTES = 10
"""Longer than a closing or a lost region keeps the worker from knowing."""


class QueueAlarms(AlarmGroup):
    """Watches the three queues of one region."""

    def __init__(self, scope: Construct, id_: str, *, monitored: MonitoredRegion, suffix: str, topic: SnsTopic) -> None:
        super().__init__(scope, id_, region=monitored.region, suffix=suffix, topic=topic)
        name = monitored.region.name
        self._build_depth(
            "retry-depth",
            monitored,
            monitored.retry_queue,
            RETRY_DEPTH_THRESHOLD,
            means=f"Accepted payments pile up in the retry queue of {name}: its table has been refusing writes.",
            look_first="alarm retry-worker-errors and DynamoDB's throttles in this region; a switchover does not help "
            "these, they are durable here and forwarded after it.",
        )
        self._build_retry_age(monitored)
        self._build_retry_waiting(monitored)
        self._build_depth(
            "dead-letters",
            monitored,
            monitored.dead_letter_queue,
            1,
            means=f"Payments that clients were promised failed five times and are parked in {name}; SQS deletes them "
            f"after 14 days.",
            look_first="the retry worker's log for their reason; repair it, then redrive the dead letter queue.",
        )
        self._build_depth(
            "stream-failures",
            monitored,
            monitored.stream_failures_queue,
            1,
            means=f"Batches of payments in {name} were stored but not written to the transaction log.",
            look_first="the transaction log function's log; each message names the shard and sequence numbers, which "
            "the stream keeps for 24 hours.",
        )

    def _build_depth(
        self, what: str, monitored: MonitoredRegion, queue: SqsQueue, at_least: int, *, means: str, look_first: str
    ) -> None:
        self._alarm(
            what,
            monitored.queue_metric(queue, "ApproximateNumberOfMessagesVisible"),
            # SQS stops publishing for a queue that nobody has touched for six hours, whatever lies in it.
            Condition("Maximum", ThresholdComparison.AT_LEAST, at_least, MissingData.KEEPS_STATE),
            means=means,
            look_first=look_first,
        )

    def _build_retry_age(self, monitored: MonitoredRegion) -> None:
        self._alarm(
            "retry-age",
            monitored.queue_metric(monitored.retry_queue, "ApproximateAgeOfOldestMessage"),
            # SQS publishes an age only while a message waits: no datapoint is an empty queue. A message received three
            # times no longer counts, which is what `retry-waiting` is for; one that failed to be stored is sent anew,
            # and is parked before it gets old.
            Condition(
                "Maximum", ThresholdComparison.ABOVE, RETRY_AGE_THRESHOLD_SECONDS, MissingData.NOT_BREACHING, periods=2
            ),
            means=f"The oldest accepted payment has waited in {monitored.region.name} for more than "
            f"{RETRY_AGE_THRESHOLD_SECONDS} s and exists in this region only.",
            look_first="alarms retry-worker-errors and retry-worker-throttles, then writer-unknown and writer-closed.",
        )

    def _build_retry_waiting(self, monitored: MonitoredRegion) -> None:
        self._alarm(
            "retry-waiting",
            monitored.queue_metric(monitored.retry_queue, "ApproximateNumberOfMessagesNotVisible"),
            # What the worker leaves in the queue is out of sight until its visibility timeout ends, and is received
            # again at once: something is out of sight in every minute. What fails to be stored is delayed instead.
            Condition("Minimum", ThresholdComparison.AT_LEAST, 1, MissingData.KEEPS_STATE, periods=WAITING_MINUTES),
            means=f"Accepted payments have been received from the retry queue of {monitored.region.name} for "
            f"{WAITING_MINUTES} minutes and neither stored nor forwarded: the worker cannot tell who may store, or "
            f"nobody may.",
            look_first="alarms writer-unknown, writer-closed and writer-held, then retry-worker-errors.",
        )
