"""What the payment API really answers, as the clients understand it."""

import json
from typing import Any

import pytest

from client.attempt_results import AttemptResult, judge
from client.errors import NotPaidError
from client.https import Response
from client.multi_region import MultiRegionClient
from client.payments import PaymentClient
from handlers.writer.item import ClosingKind, Writer
from tests.unit.fake_clock import FakeClock
from tests.unit.handlers.api import Api, rest
from tests.unit.handlers.fakes import PEER, REGION, timed_out
from tests.unit.handlers.payment_function_fakes import Payments, closing_in, open_in

PAYMENT = {"transactionId": "t-1", "amount": "10.50", "currency": "EUR"}


class Behind:
    """The API of a region behind a transport."""

    def __init__(self, region: str = REGION) -> None:
        self.api = Api(Payments(region=region), is_primary=region == REGION)
        self.payments = self.api.payments
        self.client = PaymentClient(f"https://{region}.example", resolver=self, transport=self.exchange)

    def addresses(self, _: str) -> tuple[str, ...]:
        return ("127.0.0.1",)

    def exchange(self, url: str, *, method: str, body: bytes | None, **_: Any) -> Response:
        path = url.partition(".example")[2]
        if path.startswith("/payment/"):
            parameters = {"transactionId": path.removeprefix("/payment/")}
            event = rest(method, "/payment/{transactionId}", pathParameters=parameters)
        else:
            event = rest(method, path, body=None if body is None else body.decode())
        status, document = self.api.send(event)
        headers = {name.lower(): value for name, value in self.api.headers.items()}
        return Response(status, headers, json.dumps(document).encode())


@pytest.fixture
def here() -> Behind:
    return Behind()


def test_success_names_the_payment(here: Behind) -> None:
    assert [here.client.pay(PAYMENT).status for _ in range(2)] == [201, 200]


def test_a_queued_payment_is_named_too(here: Behind) -> None:
    here.payments.table.fail("put_item", timed_out())
    assert here.client.pay(PAYMENT).status == 202


@pytest.mark.parametrize("writer", [None, open_in(PEER, 8), closing_in(REGION, ClosingKind.HELD)])
def test_a_region_that_is_not_the_writer_has_certainly_stored_nothing(here: Behind, writer: Writer | None) -> None:
    here.payments.set_writer(writer)
    answer = here.client.pay(PAYMENT)
    assert (answer.status, judge(answer)) == (503, AttemptResult.REFUSED)


def test_nor_has_one_that_cannot_tell(here: Behind) -> None:
    here.payments.probe.fail("get_item", timed_out())
    assert judge(here.client.pay(PAYMENT)) is AttemptResult.REFUSED


def test_one_that_tried_may_have(here: Behind) -> None:
    here.payments.table.fail("put_item", timed_out())
    here.payments.queue.fail("send_message", timed_out())
    assert judge(here.client.pay(PAYMENT)) is AttemptResult.FAILED


@pytest.mark.parametrize("look_every_seconds", [0, 10])
def test_the_writer_is_found_by_refusals_and_by_asking(here: Behind, look_every_seconds: int) -> None:
    there = Behind(PEER)
    here.payments.set_writer(open_in(PEER, 8))
    there.payments.set_writer(open_in(PEER, 8))
    client = MultiRegionClient(
        here.client,
        there.client,
        clock=FakeClock(),
        look_every_seconds=look_every_seconds,
        in_background=lambda run: run(),
    )
    paid = client.pay(PAYMENT)
    assert (paid.endpoint_url, len(paid.attempts)) == (f"https://{PEER}.example", 1 if look_every_seconds else 2)
    assert client.get("t-1").status == 200
    assert client.get("t-2").status == 404


def test_while_the_writer_is_closed_nothing_is_paid(here: Behind) -> None:
    there = Behind(PEER)
    for region in (here, there):
        region.payments.set_writer(closing_in(REGION, ClosingKind.PLANNED))
    client = MultiRegionClient(here.client, there.client, clock=FakeClock(), in_background=lambda run: run())
    with pytest.raises(NotPaidError):
        client.pay(PAYMENT)
