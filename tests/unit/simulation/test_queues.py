"""Queues and what hands their messages to a function."""

from typing import Any

from simulation.primitives.functions import FunctionConfiguration, FunctionPool, ProcessClocks
from simulation.primitives.queue_source import QueueSource
from simulation.primitives.queues import Queue, RegionalQueues
from tests.unit.simulation.stage import ONE, Stage


class Worked:
    """A retry queue, its dead letter queue, and a function that fails for the bodies it is told to."""

    def __init__(self, *failing: str) -> None:
        self.stage = Stage()
        kernel, network = self.stage.kernel, self.stage.network
        retry, dead = (Queue(kernel, ONE, url, kernel.random(url)) for url in ("retry", "dead"))
        self.queues = RegionalQueues(retry, dead)
        self.queues.retry.duplicates = 0
        self.seen: list[str] = []
        pool = FunctionPool(
            kernel, ONE, FunctionConfiguration("worker", 20, concurrency=2), lambda _: self.work, ProcessClocks(0)
        )
        QueueSource(kernel, network, self.queues.retry, pool)
        self.failing = failing

    def work(self, event: Any, _: Any) -> dict[str, Any]:
        self.seen += [record["body"] for record in event["Records"]]
        failed = [record["messageId"] for record in event["Records"] if record["body"] in self.failing]
        return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}

    def send(self, body: str, **more: Any) -> None:
        client = self.stage.client(self.queues.retry)
        self.stage.call(lambda: client.send_message(QueueUrl="retry", MessageBody=body, **more), seconds=0)


def test_what_succeeds_is_deleted() -> None:
    given = Worked()
    given.send("a")
    given.stage.pass_(10)
    assert given.seen == ["a"]
    assert not given.queues.retry.messages


def test_a_delayed_message_waits() -> None:
    given = Worked()
    given.send("a", DelaySeconds=60)
    given.stage.pass_(59)
    assert given.seen == []
    given.stage.pass_(5)
    assert given.seen == ["a"]


def test_what_fails_comes_again_after_the_visibility_timeout() -> None:
    given = Worked("a")
    given.send("a")
    given.stage.pass_(100)
    assert given.seen == ["a"]
    given.stage.pass_(30)
    assert given.seen == ["a", "a"]


def test_what_was_received_too_often_is_parked() -> None:
    given = Worked("a")
    given.queues.retry.max_receives = 2
    given.send("a")
    given.stage.pass_(600)
    assert given.seen == ["a", "a"]
    assert [message.body for message in given.queues.dead_letters.messages.values()] == ["a"]


def test_a_duplicate_is_delivered_twice() -> None:
    given = Worked("a")
    given.queues.retry.duplicates = 1
    given.send("a")
    given.stage.pass_(5)
    assert len(given.seen) > 1


def test_a_lost_region_works_nothing_off() -> None:
    given = Worked()
    given.stage.lose(ONE)
    given.queues.retry.add("a", {})
    given.stage.pass_(60)
    assert given.seen == []
    given.stage.bring_back(ONE)
    given.stage.pass_(5)
    assert given.seen == ["a"]
