"""Payments that are good: what is stored, replayed, refused or queued, and that a 2xx means durable."""

import base64
import json

import pytest

from contract.deadlines import KNOWLEDGE_VALID_SECONDS, PROOF_LOOK_SECONDS
from handlers.payments.store import Outcome, Receipt
from handlers.writer.glass import Glass, break_glass
from handlers.writer.item import ClosingKind, Writer
from tests.unit.handlers.api import FAILURES, PAYMENT, Api
from tests.unit.handlers.fakes import CONTROL_TABLE, PEER, REGION, TABLE, aws_error, throttled, timed_out
from tests.unit.handlers.payment_function_fakes import closing_in, emitted, open_in

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
                "requestId": {"S": "gateway-request"},
            },
        }

    def test_one_read_of_the_writer_and_one_write_are_all(self, api: Api) -> None:
        api.post()
        assert api.payments.probe.keys_of("get_item") == ["writer"]
        assert [name for name, _ in api.payments.table.calls] == ["put_item"]

    def test_warm_payment_waits_for_its_put_alone(self, api: Api) -> None:
        api.post()
        api.payments.time.advance(2)
        api.payments.table.calls.clear()
        api.payments.probe.calls.clear()
        api.post()
        assert [name for name, _ in api.payments.table.calls] == ["put_item"]
        assert api.payments.probe.calls == []

    def test_replay_keeps_the_request_of_the_first(self, api: Api) -> None:
        api.post()
        assert api.post(requestContext={"requestId": "second"})[0] == 200
        assert api.payments.table.payments()["payment#t-1"]["requestId"] == {"S": "gateway-request"}

    @pytest.mark.parametrize("given", ["", "a b", 'a"b', "a\\b", "a\nb", "ü", "x" * 129, 7])
    def test_request_id_that_cannot_be_kept_is_replaced(self, api: Api, given: object) -> None:
        assert api.post(requestContext={"requestId": given})[0] == 201
        assert api.payments.table.payments()["payment#t-1"]["requestId"] == {"S": "lambda-request"}

    def test_payment_of_an_older_version_is_replayed_without_a_request(self, api: Api) -> None:
        _, document = api.post()
        del api.payments.table.items["payment#t-1"]["requestId"]
        assert api.post() == (200, document)
        assert api.get("t-1") == (200, document)

    @pytest.mark.parametrize("body", [None, REWRITTEN])
    def test_200_replays_the_stored_payment(self, api: Api, body: str | None) -> None:
        _, stored = api.post()
        api.payments.time.advance(60)
        assert api.post(body) == (200, stored)

    def test_200_for_an_amount_that_the_table_gives_back_shortened(self, api: Api) -> None:
        api.post()
        api.payments.table.items["payment#t-1"]["amount"] = {"N": "10.5"}
        assert api.post()[1]["amount"] == "10.50"

    @pytest.mark.parametrize(
        "changed", [{"amount": "10.51"}, {"currency": "USD"}, {"metadata": {}}, {"metadata": None}]
    )
    def test_409_does_not_reveal_the_stored_payment(self, api: Api, changed: dict[str, object]) -> None:
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
            {**PAYMENT, "acceptedAt": "2026-01-01T00:00:00.000Z", "region": REGION, "attempts": 0},
        ]

    def test_503_when_neither_table_nor_queue_takes_it_and_it_may_be_stored(self, api: Api) -> None:
        api.payments.table.fail("put_item", throttled())
        api.payments.queue.fail("send_message", timed_out())
        writer = {"region": REGION, "epoch": 7, "state": "open"}
        assert api.post() == (503, {"message": "the payment was not taken", "servedBy": REGION, "writer": writer})
        assert api.headers["Retry-After"] == "5"

    def test_503_when_the_table_refuses_for_good(self, api: Api) -> None:
        api.payments.table.fail("put_item", aws_error("AccessDeniedException"))
        assert api.post()[0] == 503
        assert api.headers["Retry-After"] == "5"
        assert api.payments.logs.lines[-1]["level"] == "ERROR"
        assert api.payments.logs.lines[-1]["failure"]["code"] == "AccessDeniedException"


class TestRefusals:
    """A region that is not known to be the writer stores nothing and queues nothing."""

    @pytest.mark.parametrize(
        ("writer", "retry_after"),
        [
            (open_in(PEER, 8), "5"),
            (closing_in(REGION, ClosingKind.HELD), "1"),
            (closing_in(REGION, ClosingKind.PLANNED, destination=PEER), "1"),
            (closing_in(PEER, ClosingKind.TAKEOVER), "1"),
        ],
    )
    def test_503_names_the_writer(self, api: Api, writer: Writer, retry_after: str) -> None:
        api.payments.set_writer(writer)
        status, document = api.post()
        assert (status, document["writer"], api.headers["Retry-After"]) == (503, writer.document(), retry_after)
        assert (document["stored"], document["servedBy"]) == (False, REGION)
        assert (api.payments.table.calls, api.payments.queue.bodies) == ([], [])

    def test_503_without_a_writer(self, api: Api) -> None:
        api.payments.set_writer(None)
        status, document = api.post()
        assert (status, document["stored"], "writer" in document) == (503, False, False)

    @pytest.mark.parametrize("error", [*FAILURES, aws_error("AccessDeniedException")], ids=repr)
    def test_503_when_the_writer_cannot_be_read(self, api: Api, error: Exception) -> None:
        """A region that cannot tell queues nothing, however often it is asked."""
        api.payments.probe.fail("get_item", error)
        for _ in range(20):
            status, document = api.post()
            assert (status, document["stored"], api.headers["Retry-After"]) == (503, False, "1")
        assert (api.payments.table.calls, api.payments.queue.bodies) == ([], [])

    def test_slow_read_of_a_closed_writer_queues_nothing(self, api: Api) -> None:
        """Even right after the same process had seen it closed."""
        api.payments.set_writer(closing_in(REGION, ClosingKind.HELD))
        assert api.post()[0] == 503
        api.payments.time.advance(1.1)
        api.payments.probe.fail("get_item", timed_out())
        status, document = api.post()
        assert (status, document["writer"]["kind"]) == (503, "held")
        assert (api.payments.table.calls, api.payments.queue.bodies) == ([], [])

    def test_closing_is_obeyed_once_knowledge_is_too_old(self, api: Api) -> None:
        assert api.post()[0] == 201
        api.payments.set_writer(closing_in(REGION, ClosingKind.HELD))
        api.payments.time.advance(KNOWLEDGE_VALID_SECONDS + 0.001)
        assert api.post()[0] == 503

    def test_replays_are_refused_too(self, api: Api) -> None:
        assert api.post()[0] == 201
        api.payments.set_writer(open_in(PEER, 8))
        api.payments.time.advance(KNOWLEDGE_VALID_SECONDS + 0.001)
        assert api.post()[0] == 503

    def test_glass_lets_the_region_store(self, api: Api) -> None:
        api.payments.probe.down.add(CONTROL_TABLE)
        break_glass(api.payments.table, TABLE, Glass(REGION, 7))
        assert api.post()[0] == 503  # one read that fails is no lost quorum
        api.payments.time.advance(KNOWLEDGE_VALID_SECONDS)
        assert api.post()[0] == 201


class TestAttempts:
    """Every attempt, and the message too, is sent on recent knowledge alone."""

    def test_put_is_checked_when_it_is_sent(self, api: Api) -> None:
        api.payments.guard()
        check = api.payments.table.before_call

        def stand_still(method: str) -> None:
            api.payments.time.advance(KNOWLEDGE_VALID_SECONDS + 0.1)
            api.payments.set_writer(closing_in(REGION, ClosingKind.HELD, 8))
            check(method)

        api.payments.table.before_call = stand_still
        status, document = api.post()
        assert (status, "stored" in document, api.payments.queue.bodies) == (503, False, [])
        assert api.payments.table.payments() == {}

    def test_writer_is_read_again_before_the_payment_is_queued(self, api: Api) -> None:
        """A put that took seconds to fail leaves knowledge that is too old."""
        api.payments.table.fail("put_item", timed_out())
        api.payments.table.before_call = lambda _: api.payments.time.advance(7)
        assert api.post()[0] == 202
        assert api.payments.probe.keys_of("get_item") == ["writer", "writer"]

    def test_nothing_is_queued_once_the_writer_is_closed(self, api: Api) -> None:
        api.payments.table.fail("put_item", timed_out())

        def close(_: str) -> None:
            api.payments.time.advance(7)
            api.payments.set_writer(closing_in(REGION, ClosingKind.TAKEOVER, 8))

        api.payments.table.before_call = close
        status, document = api.post()
        assert (status, document["writer"]["epoch"], "stored" in document) == (503, 8, False)  # it may be stored
        assert api.payments.queue.bodies == []

    def test_message_is_checked_when_it_is_sent(self, api: Api) -> None:
        api.payments.table.fail("put_item", throttled())
        api.payments.guard()
        check = api.payments.queue.before_call

        def stand_still(method: str) -> None:
            api.payments.time.advance(KNOWLEDGE_VALID_SECONDS + 0.1)
            api.payments.set_writer(closing_in(REGION, ClosingKind.HELD, 8))
            check(method)

        api.payments.queue.before_call = stand_still
        status, document = api.post()
        assert (status, "stored" in document) == (503, False)

    def test_stored_payment_proves_that_the_region_is_fit(self, api: Api) -> None:
        for number in range(2):
            api.post(json.dumps({**PAYMENT, "transactionId": f"t-{number}"}))
            api.payments.beside.work()
            api.payments.time.advance(PROOF_LOOK_SECONDS + 0.1)
        assert api.payments.probe.proof(REGION) == 1

    def test_payment_that_was_not_stored_proves_nothing(self, api: Api) -> None:
        api.payments.table.fail("put_item", throttled())
        api.post()
        assert api.payments.beside.waiting == []


def test_an_outcome_without_an_answer_of_its_own_is_an_error_and_is_counted_as_none(
    api: Api, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The type checker refuses one before; were it ignored, nobody may be told that the payment conflicts."""
    new = str.__new__(Outcome, "new")
    monkeypatch.setattr(api.payments.service, "accept", lambda *_, **__: Receipt(new))
    assert api.post()[0] == 500
    assert not [name for name in emitted(capsys.readouterr().out) if name.startswith("Payment")]
