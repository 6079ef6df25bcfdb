"""The event source mapping of a queue: batches to a function, and what it does not report as failed is deleted."""

from typing import Any

from simulation.kernel.loop import Kernel
from simulation.primitives.functions import FunctionPool
from simulation.primitives.network import Network
from simulation.primitives.queues import Queue, QueuedMessage

_BATCH_SIZE = 10
_POLL_SECONDS = (0.05, 1.0)
_AT_ONCE = 2
_AGAIN_SECONDS = 10.0


class QueueSource:
    """Hands a queue's messages to a function while their region lives."""

    def __init__(self, kernel: Kernel, network: Network, queue: Queue, pool: FunctionPool) -> None:
        self._kernel = kernel
        self._network = network
        self._queue = queue
        self._pool = pool
        self._random = kernel.random("queue source", queue.url)
        self._running = 0
        self._next_poll = float("inf")
        queue.on_message = self._poll_at
        network.on_change(lambda: self._poll_at(kernel.now))

    def _poll_at(self, when: float) -> None:
        when = max(when, self._kernel.now) + self._random.uniform(*_POLL_SECONDS)
        if when < self._next_poll:
            self._next_poll = when
            self._kernel.at(when, self._poll, when)

    def _poll(self, due: float) -> None:
        if due != self._next_poll:
            return  # an earlier poll took its place
        self._next_poll = float("inf")
        place = self._queue.place
        if not self._queue.messages or not self._network.lives(place):
            return
        faults = self._queue.faults
        if (faults is not None and (faults.is_down or faults.is_silent)) or self._running >= _AT_ONCE:
            self._poll_at(self._kernel.now + _AGAIN_SECONDS)
            return
        batch = self._queue.take(_BATCH_SIZE, self._queue.visibility_seconds)
        if batch:
            self._invoke(batch)
        waiting = [message.visible_at for message in self._queue.messages.values()]
        if waiting:
            self._poll_at(min(waiting))

    def _invoke(self, batch: list[QueuedMessage]) -> None:
        self._running += 1
        handles = {message.id: message.handle for message in batch}

        def done(result: Any, why: str | None) -> None:  # noqa: ANN401 -- the function's answer
            self._running -= 1
            failed = {each["itemIdentifier"] for each in result["batchItemFailures"]} if why is None else set(handles)
            for message in batch:
                # What was received again meanwhile is deleted nevertheless: the receipt stays valid.
                if message.id not in failed:
                    self._queue.delete(message.id)

        self._pool.invoke({"Records": [_record(message, self._queue) for message in batch]}, done)


def _record(message: QueuedMessage, queue: Queue) -> dict[str, Any]:
    return {
        "messageId": message.id,
        "receiptHandle": message.handle,
        "body": message.body,
        "attributes": {
            "ApproximateReceiveCount": str(message.receives),
            "SentTimestamp": str(int(message.sent_at * 1000)),
        },
        "messageAttributes": {
            name: {"stringValue": value["StringValue"], "dataType": value["DataType"]}
            for name, value in message.attributes.items()
        },
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{queue.place}:123456789012:{queue.url.rpartition('/')[2]}",
        "awsRegion": queue.place,
    }
