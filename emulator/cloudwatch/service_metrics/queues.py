# ruff: noqa: SLF001 — MiniStack offers no public seams
"""What SQS publishes about queues, each minute, of those that are in use.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from ministack.services import sqs

from emulator.clock import EmulatorClock
from emulator.cloudwatch.minute_metrics import MetricSeries, MinuteMetrics, Unit
from emulator.patching import Theirs, wrap

ACTIVE_SECONDS: Final = 6 * 3600
"""For how long SQS goes on publishing after a queue was last used."""

_POISONED_AFTER = 3
"""A message received so often counts no more as the oldest one: standard queues move it to their end."""

Message = Mapping[str, Any]


class QueueMetrics:
    """Publishes the depths and the age of every queue, while it is in use and its region's SQS answers."""

    def __init__(self, *, clock: EmulatorClock, tally: MinuteMetrics, serves: Callable[[str], bool]) -> None:
        self._clock, self._tally, self._serves = clock, tally, serves

    def install(self) -> None:
        """Notice when queues are used."""
        wrap(sqs, "_get_q", self._noticed)

    def sample(self) -> None:
        """Measure all queues at the end of a minute."""
        for (account, region, _), queue in list(sqs._queues._data.items()):
            if not self._serves(region):
                continue
            messages = list(queue["messages"])
            for message in messages:
                _note_move(message, self._clock.time())
            now = self._clock.monotonic()
            if len(messages) != queue.get("_measured"):  # what services put there themselves is use, too
                queue.update(_measured=len(messages), _used_at=now)
            if now - queue.get("_used_at", now) > ACTIVE_SECONDS:
                continue
            dimensions = (("QueueName", queue["name"]),)
            for metric, unit, value in self.measured(messages, is_fifo=queue["is_fifo"]):
                self._tally.add(MetricSeries(account, region, "AWS/SQS", metric, unit, dimensions), value)

    def measured(self, messages: Sequence[Message], *, is_fifo: bool = False) -> Iterator[tuple[str, Unit, float]]:
        """Yield name, unit and value of what is published of a queue with these messages."""
        now = self._clock.time()
        waiting = [message for message in messages if message["visible_at"] > now]
        delayed = sum(message["receive_count"] == 0 for message in waiting)
        yield "ApproximateNumberOfMessagesVisible", "Count", len(messages) - len(waiting)
        yield "ApproximateNumberOfMessagesNotVisible", "Count", len(waiting) - delayed
        yield "ApproximateNumberOfMessagesDelayed", "Count", delayed
        arrived = [at for at, received in map(_arrival, messages) if is_fifo or received < _POISONED_AFTER]
        if arrived:  # no age without a message
            age = self._clock.emulated(now) - self._clock.emulated(min(arrived))
            yield "ApproximateAgeOfOldestMessage", "Seconds", max(0.0, age)

    def _noticed(self, original: Callable[..., Theirs]) -> Callable[..., Theirs]:
        def find(*args: Theirs, **more: Theirs) -> Theirs:
            queue = original(*args, **more)
            queue["_used_at"] = self._clock.monotonic()
            return queue

        return find


def _note_move(message: dict[str, Any], now: float) -> None:
    """Note when a message came into a dead letter queue: there, SQS counts its age and its receives from zero."""
    if "DeadLetterQueueSourceArn" in message.get("sys", {}) and "_moved_at" not in message:
        message.update(_moved_at=min(message["visible_at"], now), _received_before=message["receive_count"])


def _arrival(message: Message) -> tuple[float, int]:
    """Return when a message came into its queue, in real time, and how often it has been received there."""
    received = message["receive_count"] - message.get("_received_before", 0)
    return message.get("_moved_at", message["sent_at"]), received
