"""The retry worker: what is stored, what stays in the queue, and where it learns of its table."""

import json
from typing import Any

import pytest

from handlers.payments.connection import CACHE_SECONDS, ConnectionString, ConnectionStringError, parse_connection_string
from handlers.payments.queue import parse_message
from handlers.payments.service import PaymentService
from handlers.payments.validation import InvalidPaymentError
from handlers.payments.worker import RetryWorker
from tests.unit.handlers.fakes import (
    REGION,
    SECRET,
    TABLE,
    FakeContext,
    FakeParameters,
    FakeTime,
    Payments,
    aws_error,
    emitted,
    throttled,
    timed_out,
)
from tests.unit.handlers.forms import parse

PARAMETER = "/payments/connection-string"
MESSAGE = {
    "transactionId": "t-1",
    "amount": "10.50",
    "currency": "EUR",
    "acceptedAt": "2026-01-01T00:00:00.000Z",
    "region": REGION,
}


class Worker:
    """A worker over fakes."""

    def __init__(self) -> None:
        self.payments = Payments()
        self.parameters = FakeParameters(**{PARAMETER: f"dynamodb://{REGION}/{TABLE}"})
        self.tables: list[str] = []
        connection = ConnectionString(self.parameters, PARAMETER, REGION, self.payments.time.clock)
        telemetry = self.payments.logs.telemetry()
        self.worker = RetryWorker(connection=connection, service_of=self._service, telemetry=telemetry)

    def _service(self, table: str) -> PaymentService:
        self.tables.append(table)
        return self.payments.service

    def work(self, *bodies: object, remaining: int = 20_000, **message: object) -> list[str]:
        """Hand over a batch and give the ids of the messages that stay."""
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


def test_only_the_messages_that_failed_stay(worker: Worker) -> None:
    good, conflict, bad = {**MESSAGE, "transactionId": "t-2"}, {**MESSAGE, "amount": "11"}, {**MESSAGE, "currency": "?"}
    assert worker.work(MESSAGE, conflict, good, bad, "not json") == ["m1", "m3", "m4"]
    assert sorted(worker.payments.table.payments()) == ["payment#t-1", "payment#t-2"]
    assert worker.payments.table.items["payment#t-1"]["amount"] == {"N": "10.50"}


def test_what_failed_in_one_batch_is_not_reported_with_the_next(worker: Worker) -> None:
    assert worker.work("not json") == ["m0"]
    assert worker.work(MESSAGE) == []


@pytest.mark.parametrize("error", [throttled(), timed_out(), aws_error("AccessDeniedException")], ids=repr)
def test_a_whole_batch_that_fails_is_reported_and_raises_nothing(worker: Worker, error: Exception) -> None:
    worker.payments.table.fail("put_item", error)
    assert worker.work(MESSAGE, {**MESSAGE, "transactionId": "t-2"}) == ["m0", "m1"]


def test_everything_stays_while_the_region_is_fenced(worker: Worker) -> None:
    worker.payments.table.fence(REGION)
    assert worker.work(MESSAGE, MESSAGE) == ["m0", "m1"]
    assert worker.payments.table.calls == []
    assert len(worker.payments.probe.calls) == 1


def test_everything_stays_while_the_fence_is_unknown(worker: Worker) -> None:
    worker.payments.probe.fail("get_item", timed_out())
    assert worker.work(MESSAGE) == ["m0"]
    assert worker.payments.table.calls == []


def test_no_write_begins_that_the_function_could_not_finish(worker: Worker) -> None:
    assert worker.work(MESSAGE, remaining=7_999) == ["m0"]
    assert worker.payments.table.calls == []


@pytest.mark.parametrize(
    "changed", [{"region": None}, {"region": "mars"}, {"region": 1}, {"acceptedAt": 5}, {"extra": 1}]
)
def test_a_message_of_another_shape_stays(worker: Worker, changed: dict[str, object]) -> None:
    assert worker.work({**MESSAGE, **changed}) == ["m0"]
    assert worker.payments.table.calls == []


def test_logs_carry_the_ids(worker: Worker) -> None:
    worker.work(MESSAGE, messageAttributes={"correlationId": {"stringValue": "original", "dataType": "String"}})
    worker.work({**MESSAGE, "amount": 3})
    worker.work("not json")
    stored, left, unreadable = worker.payments.logs.lines
    assert (stored["transaction_id"], stored["correlation_id"], stored["region"]) == ("t-1", "original", REGION)
    assert (left["correlation_id"], left["message_id"], left["failure"]["error"]) == (
        "m0",
        "m0",
        "PaymentConflictError",
    )
    assert (left["transaction_id"], "transaction_id" in unreadable) == ("t-1", False)
    assert "10.5" not in worker.payments.logs.text


def test_every_outcome_is_counted(worker: Worker, capsys: pytest.CaptureFixture[str]) -> None:
    worker.work(MESSAGE, {**MESSAGE, "amount": 3}, "x")
    worker.payments.table.fence(REGION)
    worker.payments.time.pass_(2)
    worker.work(MESSAGE)
    expected = {"PaymentRetried": [1.0], "PaymentConflict": [1.0], "PaymentRejected": [1.0], "PaymentRefused": [1.0]}
    assert emitted(capsys.readouterr().out) == expected


def test_what_the_api_queues_is_what_the_worker_stores(worker: Worker) -> None:
    payment = parse(amount="0.1", currency='"JPY"', metadata='{"é":0.1000000000000000055511151231257827}')
    worker.payments.retry_queue.send(payment, correlation_id="c")
    queued = parse_message(worker.payments.queue.bodies[0])
    assert (queued.payment, queued.region) == (payment, REGION)
    assert worker.work(worker.payments.queue.bodies[0]) == []


def test_a_message_without_a_region_names_it() -> None:
    with pytest.raises(InvalidPaymentError) as raised:
        parse_message("{}")
    assert raised.value.violations[0].field == "region"


class TestConnectionString:
    """Where the worker learns of its table."""

    def test_messages_stay_when_the_parameter_store_does_not_answer(self, worker: Worker) -> None:
        worker.parameters.fail("get_parameter", error := timed_out())
        with pytest.raises(type(error)):
            worker.work(MESSAGE)
        assert worker.payments.table.calls == []

    def test_it_is_decrypted_and_read_again_after_some_minutes(self) -> None:
        time, parameters = FakeTime(), FakeParameters(**{PARAMETER: f"dynamodb://{REGION}/{TABLE}"})
        connection = ConnectionString(parameters, PARAMETER, REGION, time.clock)
        assert connection.table() == connection.table() == TABLE
        time.pass_(CACHE_SECONDS + 1)
        parameters.values[PARAMETER] = f"dynamodb://{REGION}/restored"
        assert connection.table() == "restored"
        assert [request["WithDecryption"] for _, request in parameters.calls] == [True, True]

    @pytest.mark.parametrize(
        "value",
        [
            "", "payments", f"dynamodb://{REGION}", f"dynamodb://{REGION}/", f"dynamodb://{REGION}/ab",
            f"dynamodb://{REGION}/a b c", f"https://{REGION}/table", f"dynamodb://{REGION}/table\n",
            "dynamodb://us-east-2/table", f"dynamodb://{REGION}/{'x' * 256}",
        ],
    )  # fmt: skip
    def test_what_is_no_connection_string_of_the_own_region_is_refused_and_not_quoted(self, value: str) -> None:
        with pytest.raises(ConnectionStringError) as raised:
            parse_connection_string(value, region=REGION)
        assert not value or value not in str(raised.value)
