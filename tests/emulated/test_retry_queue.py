"""The retry queue: what can be stored is stored, and what cannot is parked at once."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from contract.environment import Function
from sandbox.payer import RequestSender
from tests.emulated.faults import paused, quick_retries
from tests.emulated.payments import new_id, new_payment, queue_message
from tests.emulated.records import log_records
from tests.emulated.site import PRIMARY, Site
from tests.emulated.waiting import eventually
from tests.emulated.writing import pay

GOOD, POISON, CONFLICTING = range(3)


def parked(site: Site, transaction_id: str) -> dict[str, Any]:
    """Wait for a payment's message in the dead letter queue, and take it out."""
    queues, url = site.aws("sqs", PRIMARY), site.queue("dead_letter", PRIMARY)

    def receive() -> dict[str, Any]:
        answer = queues.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0, MessageAttributeNames=["All"]
        )
        found = [
            message
            for message in answer.get("Messages", [])
            if json.loads(message["Body"])["transactionId"] == transaction_id
        ]
        assert found
        message: dict[str, Any] = found[0]
        return message

    message = eventually(receive)
    queues.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return message


@pytest.fixture(scope="class")
def payments(payer: RequestSender) -> list[dict[str, Any]]:
    taken = new_payment()
    pay(payer, PRIMARY, taken)
    return [new_payment(amount="1.23"), {"transactionId": new_id("poison")}, {**taken, "amount": "99.99"}]


@pytest.fixture(scope="class")
def messages(site: Site, payments: list[dict[str, Any]]) -> Iterator[list[str]]:
    """The ids of the messages, sent while the worker looked away, so that it gets them together."""
    with quick_retries(site, PRIMARY):
        with paused(site, Function.RETRY_WORKER, PRIMARY):
            answer = site.aws("sqs", PRIMARY).send_message_batch(
                QueueUrl=site.queue("retry", PRIMARY),
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
            item = site.stored(PRIMARY, payments[GOOD]["transactionId"])
            assert item is not None
            return item

        item = eventually(stored)
        assert (item["amount"], item["region"]) == ({"N": "1.23"}, {"S": PRIMARY})

    @pytest.mark.parametrize(
        ("position", "reason"), [(POISON, "malformed"), (CONFLICTING, "conflict")], ids=["poison", "conflicting"]
    )
    def test_the_others_are_parked_as_they_were_with_the_reason(
        self, site: Site, messages: list[str], payments: list[dict[str, Any]], position: int, reason: str
    ) -> None:
        message = parked(site, payments[position]["transactionId"])
        assert json.loads(message["Body"]) == json.loads(queue_message(payments[position], PRIMARY))
        attributes = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
        assert attributes == {"correlationId": f"correlation-{position}", "reason": reason}

    def test_the_stored_payment_is_untouched(
        self, payer: RequestSender, messages: list[str], payments: list[dict[str, Any]]
    ) -> None:
        stored = payer.get(PRIMARY, payments[CONFLICTING]["transactionId"]).json()
        assert stored["amount"] == "10.50"

    def test_nothing_is_left_in_the_queue(self, site: Site, messages: list[str]) -> None:
        asked = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]

        def empty() -> None:
            answer = site.aws("sqs", PRIMARY).get_queue_attributes(
                QueueUrl=site.queue("retry", PRIMARY), AttributeNames=asked
            )
            assert answer["Attributes"] == dict.fromkeys(asked, "0")

        eventually(empty)


def test_a_payment_that_was_stored_meanwhile_is_no_failure(site: Site, payer: RequestSender) -> None:
    payment = new_payment()
    pay(payer, PRIMARY, payment)
    site.aws("sqs", PRIMARY).send_message(
        QueueUrl=site.queue("retry", PRIMARY), MessageBody=queue_message(payment, PRIMARY)
    )

    def replayed() -> None:
        records = log_records(site, Function.RETRY_WORKER, PRIMARY)
        said = [record["message"] for record in records if record.get("transaction_id") == payment["transactionId"]]
        assert said == ["payment begins", "queued payment replayed"]

    eventually(replayed)
