"""The retry worker: what is stored, what stays in the queue, and where it learns of its table."""

import json
from typing import Any

import pytest

from contract.deadlines import KNOWLEDGE_VALID_SECONDS
from handlers.payments.connection import ConnectionString
from handlers.payments.queue import PaymentQueue, parse_message
from handlers.payments.service import PaymentService
from handlers.payments.store import Outcome, Receipt
from handlers.payments.validation import InvalidPaymentError
from handlers.payments.worker import MOST_ATTEMPTS, RETRY_DELAY_SECONDS, RetryWorker, WorkerQueues
from handlers.writer.item import ClosingKind, Writer
from tests.unit.handlers.fakes import (
    PEER,
    QUEUE_URL,
    REGION,
    SECRET,
    TABLE,
    FakeContext,
    FakeParameters,
    FakeQueue,
    aws_error,
    function_clock,
    throttled,
    timed_out,
)
from tests.unit.handlers.forms import parse
from tests.unit.handlers.payment_function_fakes import Payments, closing_in, emitted, open_in

PARAMETER = "/payments/connection-string"
MESSAGE = {
    "transactionId": "t-1",
    "amount": "10.50",
    "currency": "EUR",
    "acceptedAt": "2026-01-01T00:00:00.000Z",
    "region": REGION,
}


class Worker:
    """A worker over fakes; its region owns the writer."""

    def __init__(self) -> None:
        self.payments = Payments()
        self.own, self.peer, self.dead_letters = FakeQueue(), FakeQueue(), FakeQueue()
        self.parameters = FakeParameters(**{PARAMETER: f"dynamodb://{REGION}/{TABLE}"})
        self.tables: list[str] = []
        connection = ConnectionString(self.parameters, PARAMETER, REGION, function_clock(self.payments.time))
        own, peer, dead_letters = (
            PaymentQueue(lambda queue=queue: queue, f"{QUEUE_URL}/{name}")  # type: ignore[misc]
            for name, queue in (("own", self.own), ("peer", self.peer), ("dead", self.dead_letters))
        )
        self.worker = RetryWorker(
            connection=connection,
            service_of=self._service,
            queues=WorkerQueues(own, peer, dead_letters, PEER),
            telemetry=self.payments.logs.telemetry(),
        )

    def _service(self, table: str) -> PaymentService:
        self.tables.append(table)
        return self.payments.service

    @property
    def sent(self) -> tuple[int, int, int]:
        """How many messages went back, to the peer and to rest."""
        return len(self.own.bodies), len(self.peer.bodies), len(self.dead_letters.bodies)

    def work(self, *bodies: object, remaining: int = 20_000, **message: object) -> list[str]:
        """Hand over a batch and return the ids of the messages that stay."""
        texts = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
        records: list[dict[str, Any]] = [
            {"messageId": f"m{number}", "body": text, "eventSource": "aws:sqs", **message}
            for number, text in enumerate(texts)
        ]
        response = self.worker.work({"Records": records}, FakeContext(remaining))
        assert SECRET not in self.payments.logs.text
        return [failure["itemIdentifier"] for failure in response["batchItemFailures"]]


@pytest.fixture
def worker() -> Worker:
    return Worker()


def test_a_queued_payment_is_stored_where_it_began(worker: Worker) -> None:
    assert worker.work({**MESSAGE, "region": "us-west-2", "metadata": {"a": 1}}) == []
    item = worker.payments.table.items["payment#t-1"]
    assert (item["region"], item["amount"], item["metadata"]) == ({"S": "us-west-2"}, {"N": "10.50"}, {"S": '{"a":1}'})
    assert worker.tables == [TABLE]


def test_a_payment_that_is_stored_already_is_done(worker: Worker) -> None:
    assert worker.work(MESSAGE, MESSAGE) == []
    assert len(worker.payments.table.payments()) == 1


def test_each_message_of_a_batch_meets_its_own_fate(worker: Worker) -> None:
    good, conflict, bad = {**MESSAGE, "transactionId": "t-2"}, {**MESSAGE, "amount": "11"}, {**MESSAGE, "currency": "?"}
    assert worker.work(MESSAGE, conflict, good, bad, "not json") == []
    assert sorted(worker.payments.table.payments()) == ["payment#t-1", "payment#t-2"]
    assert worker.payments.table.items["payment#t-1"]["amount"] == {"N": "10.50"}
    assert worker.sent == (0, 0, 3)


class TestAttempts:
    """Attempts to store are counted in the message; a receive in which nothing was tried is none."""

    @pytest.mark.parametrize("error", [throttled(), timed_out(), aws_error("AccessDeniedException")], ids=repr)
    def test_payment_that_was_not_stored_goes_back_counted_and_later(self, worker: Worker, error: Exception) -> None:
        worker.payments.table.fail("put_item", error)
        assert worker.work(MESSAGE, {**MESSAGE, "attempts": 2}) == []
        first, second = worker.own.calls_of("send_message")
        assert json.loads(first["MessageBody"]) == {**MESSAGE, "attempts": 1}
        assert (json.loads(second["MessageBody"])["attempts"], second["DelaySeconds"]) == (3, RETRY_DELAY_SECONDS)
        assert second["QueueUrl"].endswith("/own")
        assert worker.sent == (2, 0, 0)

    def test_it_is_parked_after_five(self, worker: Worker) -> None:
        worker.payments.table.fail("put_item", throttled())
        body: object = MESSAGE
        for _ in range(MOST_ATTEMPTS):
            assert worker.work(body) == []
            body = worker.own.bodies[-1]
        assert worker.sent == (MOST_ATTEMPTS - 1, 0, 1)
        (parked,) = worker.dead_letters.calls_of("send_message")
        assert json.loads(parked["MessageBody"]) == {**MESSAGE, "attempts": MOST_ATTEMPTS}
        assert parked["MessageAttributes"]["reason"]["StringValue"] == "attempts"

    def test_slow_table_parks_nothing_that_was_not_tried(self, worker: Worker) -> None:
        """However often a batch is received in which the first message takes all the time."""
        context = FakeContext(30_000)
        worker.payments.table.fail("put_item", timed_out())

        def slow(_: str) -> None:
            context.remaining -= 25_000

        worker.payments.table.before_call = slow
        waiting = [json.dumps({**MESSAGE, "transactionId": f"t-{number}"}) for number in range(10)]
        tried = set()
        for _ in range(8):
            context.remaining = 30_000
            records = [{"messageId": body, "body": body, "eventSource": "aws:sqs"} for body in waiting]
            answer = worker.worker.work({"Records": records}, context)
            left = [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
            tried |= set(waiting) - set(left)
            waiting = left
        assert worker.dead_letters.bodies == []
        assert (len(tried), len(waiting), len(worker.own.bodies)) == (8, 2, 8)

    def test_message_that_cannot_be_sent_back_stays(self, worker: Worker) -> None:
        worker.payments.table.fail("put_item", throttled())
        worker.own.fail("send_message", timed_out())
        assert worker.work(MESSAGE) == ["m0"]

    @pytest.mark.parametrize("body", ["not json", {**MESSAGE, "amount": "11"}, {**MESSAGE, "attempts": 4}])
    def test_message_that_cannot_be_parked_stays(self, worker: Worker, body: object) -> None:
        worker.work(MESSAGE)
        worker.payments.table.fail("put_item", throttled(), times=int("attempts" in str(body)))
        worker.dead_letters.fail("send_message", timed_out())
        assert worker.work(body) == ["m0"]

    def test_no_write_begins_that_the_function_could_not_finish(self, worker: Worker) -> None:
        assert worker.work(MESSAGE, remaining=9_999) == ["m0"]
        assert (worker.payments.table.calls, worker.sent) == ([], (0, 0, 0))

    def test_writer_that_closes_between_two_attempts_counts_nothing(self, worker: Worker) -> None:
        worker.payments.guard()
        check = worker.payments.table.before_call

        def stand_still(method: str) -> None:
            worker.payments.time.advance(KNOWLEDGE_VALID_SECONDS + 1)
            worker.payments.set_writer(closing_in(REGION, ClosingKind.HELD, 8))
            check(method)

        worker.payments.table.before_call = stand_still
        assert (worker.work(MESSAGE), worker.sent) == (["m0"], (0, 0, 0))


class TestOwnership:
    """Another region's payments go to its queue; while nobody may store, they stay."""

    def test_what_the_peer_may_store_is_forwarded_as_it_is(self, worker: Worker) -> None:
        worker.payments.set_writer(open_in(PEER, 8))
        attribute = {"correlationId": {"stringValue": "original", "dataType": "String"}}
        assert worker.work({**MESSAGE, "attempts": 3}, messageAttributes=attribute) == []
        (forwarded,) = worker.peer.calls_of("send_message")
        assert json.loads(forwarded["MessageBody"]) == {**MESSAGE, "attempts": 3}
        assert forwarded["MessageAttributes"]["correlationId"]["StringValue"] == "original"
        assert (forwarded["QueueUrl"].endswith("/peer"), forwarded["DelaySeconds"]) == (True, 0)
        assert (worker.payments.table.calls, worker.sent) == ([], (0, 1, 0))

    def test_what_cannot_be_forwarded_stays(self, worker: Worker) -> None:
        worker.payments.set_writer(open_in(PEER, 8))
        worker.peer.fail("send_message", timed_out(), times=1)
        assert worker.work(MESSAGE, {**MESSAGE, "transactionId": "t-2"}) == ["m0"]

    @pytest.mark.parametrize(
        "writer",
        [
            None,
            closing_in(REGION, ClosingKind.PLANNED, destination=PEER),
            closing_in(PEER, ClosingKind.TAKEOVER),
            closing_in(REGION, ClosingKind.HELD),
            open_in("us-west-2"),
        ],
    )
    def test_everything_stays_uncounted_while_nobody_may_store(self, worker: Worker, writer: Writer | None) -> None:
        worker.payments.set_writer(writer)
        for _ in range(20):
            assert worker.work(MESSAGE, MESSAGE) == ["m0", "m1"]
        assert (worker.payments.table.calls, worker.sent) == ([], (0, 0, 0))

    def test_everything_stays_uncounted_while_the_writer_is_unknown(self, worker: Worker) -> None:
        worker.payments.probe.fail("get_item", timed_out())
        for _ in range(20):
            assert worker.work(MESSAGE) == ["m0"]
        assert (worker.payments.table.calls, worker.sent) == ([], (0, 0, 0))


class TestParking:
    """What no attempt would change is parked at once, whole, with the reason."""

    @pytest.mark.parametrize(
        "changed",
        [{"region": None}, {"region": "mars"}, {"region": 1}, {"acceptedAt": 5}, {"extra": 1}, {"amount": "x"},
         {"attempts": -1}, {"attempts": 1.5}, {"attempts": True}, {"attempts": "1"}, {"attempts": 1e99}],
    )  # fmt: skip
    def test_malformed_message(self, worker: Worker, changed: dict[str, object]) -> None:
        body = json.dumps({**MESSAGE, **changed})
        assert worker.work(body) == []
        (parked,) = worker.dead_letters.calls_of("send_message")
        assert (parked["MessageBody"], parked["MessageAttributes"]["reason"]["StringValue"]) == (body, "malformed")
        assert worker.payments.table.calls == []

    def test_conflict(self, worker: Worker) -> None:
        worker.work(MESSAGE)
        body = json.dumps({**MESSAGE, "amount": "11"})
        assert worker.work(body) == []
        (parked,) = worker.dead_letters.calls_of("send_message")
        assert (parked["MessageBody"], parked["MessageAttributes"]["reason"]["StringValue"]) == (body, "conflict")


def test_logs_carry_the_ids(worker: Worker) -> None:
    worker.work(MESSAGE, messageAttributes={"correlationId": {"stringValue": "original", "dataType": "String"}})
    worker.work({**MESSAGE, "amount": 3})
    worker.work("not json")
    begun, stored, _, conflict, unreadable = worker.payments.logs.lines
    assert (begun["message"], begun["transaction_id"]) == ("payment begins", "t-1")
    assert stored["message"] == "queued payment stored"
    assert (stored["transaction_id"], stored["correlation_id"], stored["region"]) == ("t-1", "original", REGION)
    assert (conflict["transaction_id"], conflict["correlation_id"], conflict["reason"]) == ("t-1", "m0", "conflict")
    assert (unreadable["reason"], "transaction_id" in unreadable) == ("malformed", False)
    assert "10.5" not in worker.payments.logs.text


def test_every_outcome_is_counted(worker: Worker, capsys: pytest.CaptureFixture[str]) -> None:
    worker.work(MESSAGE, {**MESSAGE, "amount": 3}, "x")
    worker.payments.set_writer(closing_in(REGION, ClosingKind.HELD, 8))
    worker.payments.time.advance(60)
    worker.work(MESSAGE)
    worker.payments.set_writer(open_in(PEER, 9))
    worker.payments.time.advance(60)
    worker.work(MESSAGE)
    assert emitted(capsys.readouterr().out) == {
        "PaymentRetried": [1.0],
        "PaymentConflict": [1.0],
        "PaymentRejected": [1.0],
        "PaymentParked": [1.0, 1.0],
        "PaymentRefused": [1.0],
        "PaymentForwarded": [1.0],
    }


def test_an_outcome_that_nobody_deals_with_stays_in_the_queue_and_is_counted_as_none(
    worker: Worker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    new = str.__new__(Outcome, "new")
    monkeypatch.setattr(worker.payments.service, "store", lambda *_, **__: Receipt(new))
    assert worker.work(MESSAGE) == ["m0"]
    assert worker.sent == (0, 0, 0)
    assert not [name for name in emitted(capsys.readouterr().out) if name.startswith("Payment")]


def test_what_the_api_queues_is_what_the_worker_stores(worker: Worker) -> None:
    payment = parse(amount="0.1", currency='"KWD"', metadata='{"é":0.1000000000000000055511151231257827}')
    worker.payments.table.fail("put_item", throttled(), times=1)
    worker.payments.service.accept(payment, worker.payments.retry_queue, correlation_id="c")
    queued = parse_message(worker.payments.queue.bodies[0])
    assert (queued.payment, queued.region) == (payment, REGION)
    attributes = {"correlationId": {"stringValue": "c", "dataType": "String"}}
    assert worker.work(worker.payments.queue.bodies[0], messageAttributes=attributes) == []
    assert worker.payments.table.items["payment#t-1"]["requestId"] == {"S": "c"}


def test_a_message_without_a_region_names_it() -> None:
    with pytest.raises(InvalidPaymentError) as raised:
        parse_message("{}")
    assert raised.value.violations[0].field == "region"


def test_messages_stay_when_the_parameter_store_does_not_answer(worker: Worker) -> None:
    worker.parameters.fail("get_parameter", error := timed_out())
    with pytest.raises(type(error)):
        worker.work(MESSAGE)
    assert worker.payments.table.calls == []
