"""Receives each message of a dead letter queue once; messages that are not taken become visible again."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from operations.clock import OperationsClock
from operations.redrive.messages import Parked

BATCH = 10
HIDDEN_SECONDS = 30
"""How long a message that is looked at is hidden, beside the time that its batch takes and the run has lasted."""

_MOST_HIDDEN_SECONDS = 12 * 3600  # the maximum of SQS


class DeadLetters:
    """One pass over a queue. IAM: sqs:ReceiveMessage, sqs:ChangeMessageVisibility; sqs:DeleteMessage to take any.

    Args:
        client: SQS in the queue's region.
        url: The queue's.
        clock: Measures the pass.
    """

    def __init__(self, client: Any, url: str, clock: OperationsClock) -> None:  # noqa: ANN401 — boto3 makes its classes at run time
        self._client, self._url, self._clock = client, url, clock
        self._hidden: dict[str, str] = {}
        """The receipt handles of what others do not see meanwhile, by message id."""

    def each(self, *, seconds_a_batch: float, before_batch: Callable[[], None] = lambda: None) -> Iterator[Parked]:
        """Yield each message once, until the queue returns none.

        Messages that are not taken become visible again after a while, before others were received: a batch without new
        messages does not mean that none are left.
        """
        seen: set[str] = set()
        began = self._clock.time()
        while True:
            before_batch()
            received = self._receive(seconds_a_batch + self._clock.time() - began)
            if not received:
                return
            fresh = [message for message in received if message["MessageId"] not in seen]
            seen.update(message["MessageId"] for message in fresh)
            yield from map(Parked.read, fresh)

    def take(self, parked: Parked) -> None:
        """Delete a message.

        Raises:
            BotoCoreError, ClientError: The queue does not answer.
        """
        self._client.delete_message(QueueUrl=self._url, ReceiptHandle=parked.receipt_handle)
        del self._hidden[parked.message_id]

    @contextmanager
    def shown_again(self) -> Iterator[None]:
        """Make the remaining messages visible at the end; if that fails, they become visible after their timeout."""
        try:
            yield
        finally:
            handles = list(self._hidden.values())
            for first in range(0, len(handles), BATCH):
                entries = [
                    {"Id": str(number), "ReceiptHandle": handle, "VisibilityTimeout": 0}
                    for number, handle in enumerate(handles[first : first + BATCH])
                ]
                with suppress(BotoCoreError, ClientError):
                    self._client.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)

    def _receive(self, seconds: float) -> list[dict[str, Any]]:
        """Receive a batch; its visibility timeout grows with the run, which so outpaces returning messages."""
        answer = self._client.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=BATCH,
            WaitTimeSeconds=1,  # more than 0 queries all of SQS's servers, not a subset
            VisibilityTimeout=min(HIDDEN_SECONDS + math.ceil(seconds), _MOST_HIDDEN_SECONDS),
            AttributeNames=["SentTimestamp"],
            MessageAttributeNames=["All"],
        )
        received: list[dict[str, Any]] = answer.get("Messages", [])
        self._hidden.update((message["MessageId"], message["ReceiptHandle"]) for message in received)
        return received
