"""The table or the queue does not answer: what was accepted is durable, and what is not durable is not accepted."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from client.https import Response
from contract.environment import Function
from emulator.route53.probes import RESPONSE_SECONDS
from sandbox.payer import RequestSender
from tests.emulated.faults import closed_port, paused, variables
from tests.emulated.payments import new_payment
from tests.emulated.records import logged
from tests.emulated.site import PRIMARY, STANDBY, Site
from tests.emulated.table_proxy import Trouble, payments_away
from tests.emulated.waiting import eventually

TABLE = "AWS_ENDPOINT_URL_DYNAMODB"


@pytest.fixture(scope="class")
def payment() -> dict[str, Any]:
    return new_payment(amount="12.34", metadata={"order": "B-2"})


@pytest.fixture(scope="class")
def queued(site: Site, payer: RequestSender, payment: dict[str, Any]) -> Iterator[Response]:
    """The answer to a payment, while the worker does not look at the queue yet."""
    with paused(site, Function.RETRY_WORKER, PRIMARY):
        with payments_away(site, Function.PAYMENT_API, PRIMARY):
            answer = payer.post(PRIMARY, payment)
        yield answer


class TestTableUnreachable:
    """The function cannot reach the table; queue and retry worker are well."""

    def test_the_payment_is_accepted(self, queued: Response, payment: dict[str, Any]) -> None:
        assert queued.status == 202
        assert queued.json()["transactionId"] == payment["transactionId"]

    def test_it_is_in_the_queue_and_not_in_the_table(
        self, site: Site, queued: Response, payment: dict[str, Any]
    ) -> None:
        # A look that hides nothing; on a busy machine, payments of other tests may wait there, too.
        look = {"MaxNumberOfMessages": 10, "VisibilityTimeout": 0}
        shown = site.aws("sqs", PRIMARY).receive_message(QueueUrl=site.queue("retry", PRIMARY), **look)
        assert sum(payment["transactionId"] in message["Body"] for message in shown["Messages"]) == 1
        assert site.stored(PRIMARY, payment["transactionId"]) is None


def test_what_was_queued_arrives_exactly_once(site: Site, payer: RequestSender) -> None:
    payment = new_payment(amount="56.78", metadata={"order": "C-3"})
    with payments_away(site, Function.PAYMENT_API, PRIMARY):
        assert [payer.post(PRIMARY, payment).status for _ in range(2)] == [202, 202]

    def stored() -> dict[str, Any]:
        answer = payer.get(STANDBY, payment["transactionId"])
        assert answer.status == 200
        document: dict[str, Any] = answer.json()
        return document

    found = eventually(stored)
    assert found == {**payment, "region": PRIMARY, "storedAt": found["storedAt"]}

    def one_line() -> None:
        assert len(logged(site, payment["transactionId"], began_in=PRIMARY, bucket_of=PRIMARY)) == 1

    eventually(one_line)


@pytest.fixture(scope="class")
def alone(site: Site) -> Iterator[None]:
    with payments_away(site, Function.PAYMENT_API, PRIMARY, AWS_ENDPOINT_URL_SQS=closed_port()):
        yield


class TestNothingAnswers:
    """Neither table nor queue can be reached."""

    def test_a_payment_is_not_taken(self, site: Site, payer: RequestSender, alone: None) -> None:
        payment = new_payment()
        answer = payer.post(PRIMARY, payment)
        assert (answer.status, answer.json()["message"]) == (503, "the payment was not taken")
        assert int(answer.headers["retry-after"]) > 0
        assert site.stored(PRIMARY, payment["transactionId"]) is None

    def test_a_payment_cannot_be_read(self, payer: RequestSender, alone: None) -> None:
        answer = payer.get(PRIMARY, "any")
        assert (answer.status, "retry-after" in answer.headers) == (503, True)

    def test_the_region_is_unhealthy(self, anyone: RequestSender, alone: None) -> None:
        answer = anyone.send(PRIMARY, "GET", "/health")
        assert (answer.status, answer.json()) == (503, {"status": "unhealthy", "region": PRIMARY})

    def test_dns_does_not_leave_the_owner(self, anyone: RequestSender, alone: None) -> None:
        assert anyone.send(PRIMARY, "GET", "/writer").status == 200
        assert anyone.send(STANDBY, "GET", "/health").status == 200


@pytest.fixture(scope="class")
def unknowing(site: Site) -> Iterator[None]:
    with variables(site, Function.PAYMENT_API, PRIMARY, **{TABLE: closed_port()}):
        yield


class TestControlTableUnreachable:
    """The owner cannot know that it owns: it takes and queues nothing."""

    def test_a_payment_is_refused_and_not_queued(self, site: Site, payer: RequestSender, unknowing: None) -> None:
        payment = new_payment()
        answer = payer.post(PRIMARY, payment)
        assert (answer.status, "retry-after" in answer.headers) == (503, True)
        look = {"MaxNumberOfMessages": 10, "VisibilityTimeout": 0}
        shown = site.aws("sqs", PRIMARY).receive_message(QueueUrl=site.queue("retry", PRIMARY), **look)
        assert not [each for each in shown.get("Messages", []) if payment["transactionId"] in each["Body"]]

    def test_the_primary_says_that_it_owns_as_long_as_its_function_runs(
        self, anyone: RequestSender, unknowing: None
    ) -> None:
        assert anyone.send(PRIMARY, "GET", "/writer").status == 200


@pytest.fixture(scope="class")
def waiting(site: Site, anyone: RequestSender) -> Iterator[None]:
    with payments_away(site, Function.PAYMENT_API, PRIMARY, Trouble.SILENT):
        anyone.send(PRIMARY, "GET", "/health")  # the cold start
        yield


class TestTableSilent:
    """The table takes connections and does not answer."""

    def test_the_region_is_unhealthy_before_route_53_gives_up(self, anyone: RequestSender, waiting: None) -> None:
        seconds = []
        for _ in range(3):  # the best of them: the machine may be busy with other things
            began = time.monotonic()
            assert anyone.send(PRIMARY, "GET", "/health").status == 503
            seconds.append(time.monotonic() - began)
        assert min(seconds) < RESPONSE_SECONDS

    def test_payments_are_queued_without_waiting_for_long(self, payer: RequestSender, waiting: None) -> None:
        began = time.monotonic()
        assert payer.post(PRIMARY, new_payment()).status == 202
        assert time.monotonic() - began < 10  # the SDK's own limits come to minutes
