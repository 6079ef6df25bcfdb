"""The queues of one region: payments to retry, payments given up on, and stream batches that could not be logged."""

from cdktf import Fn
from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue
from cdktf_cdktf_provider_aws.sqs_queue_redrive_allow_policy import SqsQueueRedriveAllowPolicy
from constructs import Construct

from contract.names import regional_name
from dr_constructs.region import Region

RETENTION_SECONDS = 14 * 24 * 3600
"""SQS's maximum: a payment that was accepted into a queue survives a fortnight of trouble."""

MAX_RECEIVES = 1000
"""SQS's maximum, a backstop: the worker counts attempts to store itself and parks what failed too often.

SQS's own count also grows while nobody may store, or while the worker is throttled, and would park payments that were
never tried.
"""


class PaymentQueues(Construct):
    """Holds payments that failed in one region until they are retried or inspected."""

    def __init__(
        self, scope: Construct, id_: str, *, region: Region, suffix: str, function_timeout_seconds: int
    ) -> None:
        super().__init__(scope, id_)
        self._region, self._suffix = region, suffix
        self.dead_letters = self._build_queue("dead-letter")
        self.stream_failures = self._build_queue("stream-failures")
        self.retry = self._build_retry_queue(function_timeout_seconds)
        self._build_redrive_permission()

    @property
    def names(self) -> dict[str, str]:
        """The queues' names by what they hold."""
        queues = {"retry": self.retry, "dead_letter": self.dead_letters, "stream_failure": self.stream_failures}
        return {kind: queue.name for kind, queue in queues.items()}

    def _build_queue(self, kind: str) -> SqsQueue:
        return SqsQueue(
            self,
            kind,
            provider=self._region.provider,
            name=regional_name(kind, self._region.name, self._suffix),
            message_retention_seconds=RETENTION_SECONDS,
            sqs_managed_sse_enabled=True,  # FACTS 4.4
        )

    def _build_retry_queue(self, function_timeout_seconds: int) -> SqsQueue:
        return SqsQueue(
            self,
            "retry",
            provider=self._region.provider,
            name=regional_name("retry", self._region.name, self._suffix),
            message_retention_seconds=RETENTION_SECONDS,
            sqs_managed_sse_enabled=True,
            # AWS asks for six function timeouts, so that a message is not seen twice while it is worked on (FACTS 4.3).
            visibility_timeout_seconds=6 * function_timeout_seconds,
            redrive_policy=Fn.jsonencode(
                {"deadLetterTargetArn": self.dead_letters.arn, "maxReceiveCount": MAX_RECEIVES}
            ),
        )

    def _build_redrive_permission(self) -> None:
        SqsQueueRedriveAllowPolicy(
            self,
            "redrive-permission",
            provider=self._region.provider,
            queue_url=self.dead_letters.url,
            redrive_allow_policy=Fn.jsonencode(
                {"redrivePermission": "byQueue", "sourceQueueArns": [self.retry.arn]},
            ),
        )
