"""What is published about queues."""

from collections.abc import Iterator
from typing import Any

import pytest
from ministack.core.responses import get_account_id
from ministack.services import sqs

from emulator.cloudwatch.service_metrics.queues import ACTIVE_SECONDS
from tests.unit.emulator.service_metrics.watching import Watching

OHIO = "us-east-2"
VISIBLE, HIDDEN, DELAYED, AGE = (
    "ApproximateNumberOfMessagesVisible",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateAgeOfOldestMessage",
)


class Queue:
    """One queue in us-east-2."""

    def __init__(self, watching: Watching, *, is_fifo: bool = False) -> None:
        self.watching = watching
        self.stored: dict[str, Any] = {"name": "retry", "is_fifo": is_fifo, "messages": []}
        sqs._queues.set_scoped(get_account_id(), OHIO, "url", self.stored)

    def put(self, *, age: float = 0, received: int = 0, hidden_for: float = 0, **more: Any) -> dict[str, Any]:
        """Put a message into it that was sent so many emulated seconds ago."""
        now, scale = self.watching.clock.time(), self.watching.clock.scale
        message = {
            "sent_at": now - age / scale,
            "visible_at": now + hidden_for / scale,
            "receive_count": received,
            "sys": {},
            **more,
        }
        self.stored["messages"].append(message)
        return message


@pytest.fixture
def watching() -> Watching:
    return Watching()


@pytest.fixture
def queue(watching: Watching) -> Iterator[Queue]:
    yield Queue(watching)
    sqs._queues.clear()


def test_an_empty_queue_has_depths_and_no_age(watching: Watching, queue: Queue) -> None:
    assert watching.minute() == {VISIBLE: {0: 1}, HIDDEN: {0: 1}, DELAYED: {0: 1}}


def test_the_dimension_is_its_name_and_the_region_is_its_own(watching: Watching, queue: Queue) -> None:
    watching.minute()
    series = watching.published[0].series
    assert (series.namespace, series.region, series.dimensions) == ("AWS/SQS", OHIO, (("QueueName", "retry"),))


def test_each_message_counts_once(watching: Watching, queue: Queue) -> None:
    queue.put()
    queue.put(hidden_for=3600, received=1)
    queue.put(hidden_for=3600, received=2)
    queue.put(hidden_for=900)
    shown = watching.minute()
    assert (shown[VISIBLE], shown[HIDDEN], shown[DELAYED]) == ({1: 1}, {2: 1}, {1: 1})


@pytest.mark.parametrize("scale", [1, 10])
def test_the_age_is_that_of_the_oldest_in_emulated_seconds(scale: float) -> None:
    watching = Watching(scale)
    queue = Queue(watching)
    queue.put(age=10)
    queue.put(age=240, hidden_for=120, received=1)
    ((age, _),) = watching.minute()[AGE].items()
    assert age == pytest.approx(300, abs=0.01)
    sqs._queues.clear()


class TestPoison:
    """Messages that are received again and again."""

    def test_after_three_receives_it_is_the_oldest_no_more(self, watching: Watching, queue: Queue) -> None:
        queue.put(age=600, received=3)
        assert AGE not in watching.minute()
        queue.put(age=30, received=2)
        assert list(watching.minute()[AGE]) == [pytest.approx(90)]

    def test_a_fifo_queue_waits_for_it(self, watching: Watching) -> None:
        Queue(watching, is_fifo=True).put(age=600, received=3)
        assert list(watching.minute()[AGE]) == [pytest.approx(660)]
        sqs._queues.clear()

    def test_in_a_dead_letter_queue_it_begins_anew(self, watching: Watching, queue: Queue) -> None:
        queue.put(age=3600, received=5, sys={"DeadLetterQueueSourceArn": "arn"})
        assert list(watching.minute()[AGE]) == [pytest.approx(60)]
        assert list(watching.minute()[AGE]) == [pytest.approx(120)]


class TestActivity:
    """SQS publishes nothing about queues that are not used."""

    def test_after_six_hours_it_is_silent(self, watching: Watching, queue: Queue) -> None:
        queue.put()
        assert watching.minute()[VISIBLE] == {1: 1}
        watching.clock.advance(ACTIVE_SECONDS)
        assert watching.minute() == {}

    def test_a_message_that_arrives_is_use(self, watching: Watching, queue: Queue) -> None:
        watching.minute()
        watching.clock.advance(ACTIVE_SECONDS)
        queue.put()
        assert watching.minute()[VISIBLE] == {1: 1}


@pytest.mark.parametrize("fault", ["region-down", "service-down"])
def test_what_is_down_publishes_nothing(watching: Watching, queue: Queue, fault: str) -> None:
    values = {"region-down": {}, "service-down": {"service": "sqs"}}[fault]
    watching.faults.inject(fault, region=OHIO, **values)
    assert watching.minute() == {}
    watching.faults.heal()
    assert VISIBLE in watching.minute()


def test_without_cloudwatch_it_is_lost(watching: Watching, queue: Queue) -> None:
    watching.faults.inject("service-down", region=OHIO, service="monitoring")
    assert watching.minute() == {}
