"""SQS standard queues: delivered at least once, in no order; invisible while somebody works, parked after too many."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulation.kernel.loop import Kernel
from simulation.primitives.service import Answer, Request, Service

_DUPLICATE_SHARE = 0.01


@dataclass(eq=False, slots=True)
class QueuedMessage:
    """One message; `handle` changes with every receipt."""

    id: str
    body: str
    attributes: dict[str, Any]
    sent_at: float
    visible_at: float
    receives: int = 0
    handle: str = ""


class Queue(Service):
    """One queue in one region."""

    name = "sqs"
    writes = frozenset({"send_message", "send_message_batch", "delete_message", "change_message_visibility"})
    throttled_code = "RequestThrottled"

    def __init__(self, kernel: Kernel, place: str, url: str, random_: random.Random) -> None:
        super().__init__(place, random_)
        self.url = url
        self.messages: dict[str, QueuedMessage] = {}
        self.duplicates = _DUPLICATE_SHARE
        self.visibility_seconds = 120.0
        self.dead_letters: Queue | None = None
        self.max_receives = 1000
        self.on_message: Callable[[float], object] = lambda _: None
        """Told when a message becomes visible."""
        self.observers: list[Callable[[str, QueuedMessage], object]] = []
        """Told of what is sent and deleted."""
        self._kernel = kernel
        self._number = 0

    def do_send_message(self, request: Request) -> Answer:
        """Take one message."""
        delay = float(request.get("DelaySeconds", 0))
        message = self.add(request["MessageBody"], request.get("MessageAttributes", {}), delay)
        return {"MessageId": message.id}

    def do_receive_message(self, request: Request) -> Answer:
        """Return visible messages, without waiting for any."""
        visibility = float(request.get("VisibilityTimeout", self.visibility_seconds))
        found = self.take(int(request.get("MaxNumberOfMessages", 1)), visibility)
        return {"Messages": [_shown(message) for message in found]} if found else {}

    def do_delete_message(self, request: Request) -> Answer:
        """Delete the message of a receipt; an old receipt of a message that was received again does it too."""
        self.delete(request["ReceiptHandle"].partition("#")[0])
        return {}

    def do_change_message_visibility(self, request: Request) -> Answer:
        """Make a message visible again after so many seconds."""
        message = self.messages.get(request["ReceiptHandle"].partition("#")[0])
        if message is not None:
            self._show(message, float(request["VisibilityTimeout"]))
        return {}

    def do_get_queue_attributes(self, _: Request) -> Answer:
        """Return how many messages there are, as SQS estimates it."""
        now = self._kernel.now
        visible = sum(message.visible_at <= now for message in self.messages.values())
        delayed = sum(message.visible_at > now and not message.receives for message in self.messages.values())
        return {
            "Attributes": {
                "ApproximateNumberOfMessages": str(visible),
                "ApproximateNumberOfMessagesDelayed": str(delayed),
                "ApproximateNumberOfMessagesNotVisible": str(len(self.messages) - visible - delayed),
            }
        }

    def add(self, body: str, attributes: dict[str, Any], delay: float = 0.0) -> QueuedMessage:
        """Put a message into the queue."""
        self._number += 1
        now = self._kernel.now
        message = QueuedMessage(f"{self.place}-{self._number}", body, attributes, now, now + delay)
        self.messages[message.id] = message
        self._tell("sent", message)
        self.on_message(message.visible_at)
        return message

    def take(self, most: int, visibility_seconds: float) -> list[QueuedMessage]:
        """Receive up to so many messages, in no order; park those that were received too often."""
        now = self._kernel.now
        visible = [message for message in self.messages.values() if message.visible_at <= now]
        self.random.shuffle(visible)
        taken: list[QueuedMessage] = []
        for message in visible[:most]:
            if self.dead_letters is not None and message.receives >= self.max_receives:
                del self.messages[message.id]
                self.dead_letters.add(message.body, message.attributes)
                continue
            message.receives += 1
            message.handle = f"{message.id}#{message.receives}"
            # A duplicate is delivered again although somebody works on the message already.
            is_duplicate = self.random.random() < self.duplicates
            self._show(message, 0.5 if is_duplicate else visibility_seconds)
            taken.append(message)
        return taken

    def delete(self, message_id: str) -> None:
        """Delete a message, if it is there."""
        message = self.messages.pop(message_id, None)
        if message is not None:
            self._tell("deleted", message)

    def _show(self, message: QueuedMessage, seconds: float) -> None:
        message.visible_at = self._kernel.now + seconds
        self.on_message(message.visible_at)

    def _tell(self, what: str, message: QueuedMessage) -> None:
        for observer in self.observers:
            observer(what, message)


@dataclass
class RegionalQueues:
    """The retry queue of a region and its dead letter queue."""

    retry: Queue
    dead_letters: Queue
    by_url: dict[str, Queue] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.retry.dead_letters = self.dead_letters
        self.by_url = {queue.url: queue for queue in (self.retry, self.dead_letters)}


def _shown(message: QueuedMessage) -> dict[str, Any]:
    return {
        "MessageId": message.id,
        "ReceiptHandle": message.handle,
        "Body": message.body,
        "MessageAttributes": message.attributes,
        "Attributes": {"ApproximateReceiveCount": str(message.receives)},
    }
