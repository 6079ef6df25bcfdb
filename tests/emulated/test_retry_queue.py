"""The retry queue: what can be stored is stored, and what cannot is parked after five receives."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from emulator.payer import Payer
from handlers.environment import Function
from tests.emulated.faults import paused, quick_retries
from tests.emulated.payments import new_payment, queue_message
from tests.emulated.records import log_records
from tests.emulated.site import PRIMARY, STANDBY, Site
from tests.emulated.waiting import eventually

GOOD, POISON, CONFLICTING = range(3)


def parked(site: Site, message_id: str) -> dict[str, Any]:
    """Wait for a message in the dead letter queue, and take it out."""
    queues, url = site.aws("sqs", STANDBY), site.queue("dead_letter", STANDBY)

    def receive() -> dict[str, Any]:
        answer = queues.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0, MessageAttributeNames=["All"]
        )
        found = [message for message in answer.get("Messages", []) if message["MessageId"] == message_id]
        assert found
        message: dict[str, Any] = found[0]
        return message

    message = eventually(receive)
    queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return message


@pytest.fixture(scope="class")
def payments(payer: Payer) -> list[dict[str, Any]]:
    taken = new_payment()
    assert payer.post(STANDBY, taken).status == 201
    return [new_payment(amount="1.23"), {"transactionId": "poison"}, {**taken, "amount": "99.99"}]


@pytest.fixture(scope="class")
def messages(site: Site, payments: list[dict[str, Any]]) -> Iterator[list[str]]:
    """The ids of the messages, sent while the worker looked away, so that it gets them together."""
    with quick_retries(site, STANDBY):
        with paused(site, Function.RETRY_WORKER, STANDBY):
            answer = site.aws("sqs", STANDBY).send_message_batch(
                QueueUrl=site.queue("retry", STANDBY),
                Entries=[
                    {
                        "Id": str(position),
                        "MessageBody": queue_message(payment, PRIMARY),
                        "MessageAttributes": {
                            "correlationId": {"DataType": "String", "StringValue": f"correlation-{position}"}
                        },
                    }
                    for position, payment in enumerate(payments)
                ],
            )
        yield [entry["MessageId"] for entry in answer["Successful"]]


class TestBatch:
    """One batch of a good message, one that holds no payment, and one whose id another payment has."""

    def test_the_good_one_is_stored(self, site: Site, messages: list[str], payments: list[dict[str, Any]]) -> None:
        def stored() -> dict[str, Any]:
            item = site.stored(STANDBY, payments[GOOD]["transactionId"])
            assert item is not None
            return item

        item = eventually(stored)
        assert (item["amount"], item["region"]) == ({"N": "1.23"}, {"S": PRIMARY})

    @pytest.mark.parametrize("position", [POISON, CONFLICTING], ids=["poison", "conflicting"])
    def test_the_others_are_parked_as_they_were(
        self, site: Site, messages: list[str], payments: list[dict[str, Any]], position: int
    ) -> None:
        message = parked(site, messages[position])
        assert json.loads(message["Body"])["transactionId"] == payments[position]["transactionId"]
        assert message["MessageAttributes"]["correlationId"]["StringValue"] == f"correlation-{position}"

    @pytest.mark.parametrize(
        ("position", "error"),
        [(POISON, "InvalidPaymentError"), (CONFLICTING, "PaymentConflictError")],
        ids=["poison", "conflicting"],
    )
    def test_they_were_tried_five_times(self, site: Site, messages: list[str], position: int, error: str) -> None:
        records = log_records(site, Function.RETRY_WORKER, STANDBY)
        failures = [record["failure"]["error"] for record in records if record.get("message_id") == messages[position]]
        assert failures == [error] * 5

    def test_the_stored_payment_is_untouched(
        self, payer: Payer, messages: list[str], payments: list[dict[str, Any]]
    ) -> None:
        stored = payer.get(STANDBY, payments[CONFLICTING]["transactionId"]).json()
        assert stored["amount"] == "10.50"

    def test_nothing_is_left_in_the_queue(self, site: Site, messages: list[str]) -> None:
        asked = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

        def empty() -> None:
            answer = site.aws("sqs", STANDBY).get_queue_attributes(
                QueueUrl=site.queue("retry", STANDBY), AttributeNames=asked
            )
            assert answer["Attributes"] == dict.fromkeys(asked, "0")

        eventually(empty)


def test_a_payment_that_was_stored_meanwhile_is_no_failure(site: Site, payer: Payer) -> None:
    payment = new_payment()
    assert payer.post(STANDBY, payment).status == 201
    site.aws("sqs", STANDBY).send_message(
        QueueUrl=site.queue("retry", STANDBY), MessageBody=queue_message(payment, STANDBY)
    )

    def replayed() -> None:
        records = log_records(site, Function.RETRY_WORKER, STANDBY)
        said = [record["message"] for record in records if record.get("transaction_id") == payment["transactionId"]]
        assert said == ["queued payment replayed"]

    eventually(replayed)
