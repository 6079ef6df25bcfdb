"""Payments that are good: what is stored, replayed, refused or queued, and that a 2xx means durable."""

import base64
import json

import pytest

from tests.unit.handlers.api import FAILURES, PAYMENT, Api
from tests.unit.handlers.fakes import PEER, REGION, aws_error, throttled, timed_out

REWRITTEN = '{"currency":"EUR", "metadata":{"n":15e-1,"note":"private-note"}, "amount":1.05e1, "transactionId":"t-1"}'
"""The same payment, written by another client."""


@pytest.fixture
def api() -> Api:
    return Api()


class TestPostPayment:
    """Good payments."""

    def test_201_stores_the_payment_exactly(self, api: Api) -> None:
        status, document = api.post()
        assert status == 201
        assert document == {**PAYMENT, "region": REGION, "storedAt": "2026-01-01T00:00:00.000Z"}
        assert api.payments.table.payments() == {
            "payment#t-1": {
                "pk": {"S": "payment#t-1"},
                "kind": {"S": "payment"},
                "transactionId": {"S": "t-1"},
                "amount": {"N": "10.50"},
                "currency": {"S": "EUR"},
                "metadata": {"S": '{"n":1.5,"note":"private-note"}'},
                "region": {"S": REGION},
                "storedAt": {"S": "2026-01-01T00:00:00.000Z"},
            },
        }

    def test_one_read_of_the_fence_and_one_write_are_all(self, api: Api) -> None:
        api.post()
        assert [name for name, _ in api.payments.probe.calls] == ["get_item"]
        assert [name for name, _ in api.payments.table.calls] == ["put_item"]

    @pytest.mark.parametrize("body", [None, REWRITTEN])
    def test_200_replays_the_stored_payment(self, api: Api, body: str | None) -> None:
        _, stored = api.post()
        api.payments.time.pass_(60)
        assert api.post(body) == (200, stored)

    def test_200_for_an_amount_that_the_table_gives_back_shortened(self, api: Api) -> None:
        api.post()
        api.payments.table.items["payment#t-1"]["amount"] = {"N": "10.5"}
        assert api.post()[1]["amount"] == "10.50"

    @pytest.mark.parametrize(
        "changed", [{"amount": "10.51"}, {"currency": "USD"}, {"metadata": {}}, {"metadata": None}]
    )
    def test_409_for_other_content_tells_nothing_of_what_is_stored(self, api: Api, changed: dict[str, object]) -> None:
        api.post()
        other = {name: value for name, value in {**PAYMENT, **changed}.items() if value is not None}
        status, document = api.post(json.dumps(other))
        assert (status, sorted(document), document["transactionId"]) == (409, ["message", "transactionId"], "t-1")
        assert api.payments.table.items["payment#t-1"]["amount"] == {"N": "10.50"}

    def test_base64_bodies_are_decoded(self, api: Api) -> None:
        assert api.post(base64.b64encode(json.dumps(PAYMENT).encode()).decode(), isBase64Encoded=True)[0] == 201

    def test_a_lost_answer_that_the_sdk_asked_for_again_is_no_replay(self, api: Api) -> None:
        api.post()
        item = api.payments.table.items["payment#t-1"]
        metadata = {"HTTPStatusCode": 400, "RetryAttempts": 1}
        lost = aws_error("ConditionalCheckFailedException", Item=item, ResponseMetadata=metadata)
        api.payments.table.fail("put_item", lost)
        assert api.post()[0] == 201


class TestDurability:
    """202 and 503: a 2xx means durable, whatever is broken."""

    @pytest.mark.parametrize("error", FAILURES, ids=repr)
    def test_202_when_the_table_does_not_take_it(self, api: Api, error: Exception) -> None:
        api.payments.table.fail("put_item", error)
        status, document = api.post()
        assert (status, document["transactionId"]) == (202, "t-1")
        assert [json.loads(body) for body in api.payments.queue.bodies] == [
            {**PAYMENT, "acceptedAt": "2026-01-01T00:00:00.000Z", "region": REGION},
        ]

    @pytest.mark.parametrize("error", [*FAILURES, aws_error("AccessDeniedException")], ids=repr)
    def test_202_when_the_fence_cannot_be_read_and_nothing_is_written(self, api: Api, error: Exception) -> None:
        api.payments.probe.fail("get_item", error)
        assert api.post()[0] == 202
        assert api.payments.table.calls == []
        assert len(api.payments.queue.bodies) == 1

    def test_503_when_neither_table_nor_queue_takes_it(self, api: Api) -> None:
        api.payments.table.fail("put_item", throttled())
        api.payments.queue.fail("send_message", timed_out())
        assert api.post() == (503, {"message": "the payment was not taken"})
        assert api.headers["Retry-After"] == "5"

    def test_503_when_fenced_and_nothing_is_stored_or_queued(self, api: Api) -> None:
        api.payments.table.fence(REGION)
        assert api.post() == (503, {"message": "the region takes no payments"})
        assert api.headers["Retry-After"] == "60"
        assert (api.payments.table.payments(), api.payments.queue.bodies) == ({}, [])

    def test_a_fence_is_obeyed_after_the_cache_time(self, api: Api) -> None:
        assert api.post()[0] == 201
        api.payments.table.fence(REGION)
        api.payments.time.pass_(1.001)
        assert api.post()[0] == 503

    def test_the_fence_of_the_peer_stops_nothing(self, api: Api) -> None:
        api.payments.table.fence(PEER)
        assert api.post()[0] == 201

    def test_503_when_the_table_refuses_for_good(self, api: Api) -> None:
        api.payments.table.fail("put_item", aws_error("AccessDeniedException"))
        assert api.post() == (503, {"message": "the payment was not taken"})
        assert api.headers["Retry-After"] == "5"
        assert api.payments.logs.lines[-1]["level"] == "ERROR"
        assert api.payments.logs.lines[-1]["failure"]["code"] == "AccessDeniedException"
