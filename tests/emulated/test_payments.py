"""Payments in each region while it owns the writer: stored once, exactly, and seen in both regions."""

import json
from collections.abc import Iterator

import pytest

from client.https import Response
from sandbox.payer import RequestSender
from tests.emulated.payments import new_id, new_payment
from tests.emulated.site import PRIMARY, REGIONS, STANDBY, Site
from tests.emulated.waiting import eventually
from tests.emulated.writing import await_answer, move_writer

OTHER = {PRIMARY: STANDBY, STANDBY: PRIMARY}


@pytest.fixture(scope="module", params=REGIONS)
def region(site: Site, payer: RequestSender, request: pytest.FixtureRequest) -> Iterator[str]:
    """The region that owns the writer."""
    owner: str = request.param
    move_writer(site, owner)
    await_answer(payer, 201, owner)
    yield owner
    move_writer(site, PRIMARY)


def arrived(payer: RequestSender, region: str, transaction_id: str) -> Response:
    """Return a payment as read in a region that replication has brought it to."""

    def read() -> Response:
        answer = payer.get(region, transaction_id)
        assert answer.status == 200
        return answer

    return eventually(read)


class TestPosting:
    """What a region does with a payment."""

    def test_it_is_stored_and_answered_in_full(self, payer: RequestSender, region: str) -> None:
        payment = new_payment(metadata={"order": "A-1", "weight": 1.5})
        answer = payer.post(region, payment)
        assert answer.status == 201
        stored_at = answer.json()["storedAt"]
        assert answer.json() == {**payment, "region": region, "storedAt": stored_at}

    def test_the_other_region_sees_it(self, payer: RequestSender, region: str) -> None:
        answer = payer.post(region, new_payment())
        assert arrived(payer, OTHER[region], answer.json()["transactionId"]).json() == answer.json()

    @pytest.mark.parametrize("written", ["9999999999.99", "0.1", "1e2", "0.01", "123456789012"])
    def test_its_amount_is_exact(self, site: Site, payer: RequestSender, region: str, written: str) -> None:
        transaction_id = new_id()
        body = f'{{"transactionId": "{transaction_id}", "amount": {written}, "currency": "EUR"}}'
        assert payer.post(region, body.encode()).status == 201
        exact = {"0.1": "0.10", "1e2": "100.00", "123456789012": "123456789012.00"}.get(written, written)
        assert arrived(payer, OTHER[region], transaction_id).json()["amount"] == exact

    def test_a_replay_is_answered_with_what_is_stored(self, payer: RequestSender, region: str) -> None:
        payment = new_payment(amount="7.00")
        first = payer.post(region, payment)
        replay = payer.post(region, {**payment, "amount": 7})
        assert (replay.status, replay.json()) == (200, first.json())

    @pytest.mark.parametrize("change", [{"amount": "10.51"}, {"currency": "USD"}, {"metadata": {"a": 1}}])
    def test_the_same_id_with_other_content_is_a_conflict(
        self, payer: RequestSender, region: str, change: dict[str, object]
    ) -> None:
        payment = new_payment()
        first = payer.post(region, payment)
        conflict = payer.post(region, {**payment, **change})
        assert (conflict.status, conflict.json()["transactionId"]) == (409, payment["transactionId"])
        assert payer.get(region, payment["transactionId"]).json() == first.json()

    def test_an_answer_is_not_cached_and_can_be_traced(self, payer: RequestSender, region: str) -> None:
        headers = payer.post(region, new_payment()).headers
        assert (headers["content-type"], headers["cache-control"]) == ("application/json", "no-store")
        assert headers["x-correlation-id"]


class TestReading:
    """`GET /payment/{transactionId}`."""

    @pytest.mark.parametrize("transaction_id", [new_id("never"), "control%23health%23us-east-1", "a" * 65])
    def test_what_is_not_there_is_not_found(self, payer: RequestSender, region: str, transaction_id: str) -> None:
        assert payer.get(region, transaction_id).status == 404

    def test_only_the_owner_says_that_a_payment_is_not_there(self, payer: RequestSender, region: str) -> None:
        assert payer.get(OTHER[region], new_id("never")).status == 503


def test_the_item_holds_what_was_sent(site: Site, payer: RequestSender, region: str) -> None:
    payment = new_payment(amount=19.9, metadata={"b": 1, "a": "ä"})
    stored_at = payer.post(region, payment).json()["storedAt"]
    arrived(payer, OTHER[region], payment["transactionId"])
    for replica in REGIONS:
        item = site.stored(replica, payment["transactionId"])
        assert item is not None
        assert item.pop("requestId")["S"]
        assert item.pop("metadata") == {"S": json.dumps({"a": "ä", "b": 1}, separators=(",", ":"), ensure_ascii=False)}
        assert item == {
            "pk": {"S": f"payment#{payment['transactionId']}"},
            "kind": {"S": "payment"},
            "transactionId": {"S": payment["transactionId"]},
            "amount": {"N": "19.9"},  # DynamoDB's own form of the number
            "currency": {"S": "EUR"},
            "region": {"S": region},
            "storedAt": {"S": stored_at},
        }
