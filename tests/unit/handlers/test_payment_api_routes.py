"""Reading payments, the probes, routing, and what is logged and counted."""

import json

import pytest

from handlers.writer.item import ClosingKind, Writer
from tests.unit.handlers.api import FAILURES, PAYMENT, Api, function_url, rest
from tests.unit.handlers.fakes import PEER, REGION, aws_error, throttled, timed_out
from tests.unit.handlers.payment_function_fakes import closing_in, emitted, open_in


@pytest.fixture
def api() -> Api:
    return Api()


class TestGetPayment:
    """Reading one payment."""

    @pytest.mark.parametrize("writer", [None, open_in(PEER, 8), closing_in(REGION, ClosingKind.HELD)])
    def test_200_with_the_stored_payment_wherever_the_writer_is(self, api: Api, writer: Writer | None) -> None:
        _, stored = api.post()
        api.payments.set_writer(writer)
        api.payments.time.advance(60)
        assert api.get("t-1") == (200, stored)

    def test_404_only_where_the_region_is_the_writer(self, api: Api) -> None:
        assert api.get("t-2") == (404, {"message": "there is no such payment"})

    @pytest.mark.parametrize("writer", [open_in(PEER, 8), closing_in(REGION, ClosingKind.TAKEOVER)])
    def test_503_where_it_is_not(self, api: Api, writer: Writer) -> None:
        api.payments.set_writer(writer)
        status, document = api.get("t-2")
        assert (status, document["writer"], document["stored"]) == (503, writer.document(), False)

    def test_503_where_it_cannot_tell(self, api: Api) -> None:
        api.payments.probe.fail("get_item", timed_out())
        status, document = api.get("t-2")
        assert (status, document["stored"], "writer" in document) == (503, False, False)

    def test_the_writer_is_looked_at_after_the_table(self, api: Api) -> None:
        """A read that stood still for long denies nothing that was stored elsewhere meanwhile."""
        api.payments.knowledge.require_writer()

        def stand_still(_: str) -> None:
            api.payments.time.advance(60)
            api.payments.set_writer(open_in(PEER, 9))

        api.payments.table.before_call = stand_still
        assert api.get("t-2")[0] == 503

    @pytest.mark.parametrize("transaction_id", ["", "a b", "x" * 65, "control#glass#us-east-1", "t-1\n"])
    def test_404_for_an_id_that_none_can_have_without_asking_the_table(self, api: Api, transaction_id: str) -> None:
        assert api.get(transaction_id)[0] == 404
        assert api.payments.table.calls == []

    @pytest.mark.parametrize("error", [*FAILURES, aws_error("AccessDeniedException")], ids=repr)
    def test_503_when_the_table_does_not_answer(self, api: Api, error: Exception) -> None:
        api.payments.table.fail("get_item", error)
        assert api.get("t-1") == (503, {"message": "the payment cannot be read now", "servedBy": REGION})
        assert api.headers["Retry-After"] == "5"


class TestRouting:
    """REST proxy and Function URL events."""

    def test_function_urls_reach_the_same_routes(self, api: Api) -> None:
        assert api.send(function_url("POST", "/payment", body=json.dumps(PAYMENT)))[0] == 201
        assert api.send(function_url("GET", "/payment/t-1"))[0] == 200
        assert api.send(function_url("GET", "/payment/t%2D1"))[0] == 200
        assert api.send(function_url("GET", "/payment/t-2"))[0] == 404
        assert api.send(function_url("GET", "/health"))[0] == 200
        assert api.send(function_url("GET", "/writer"))[0] == 200
        assert api.headers["X-Correlation-Id"] == "url-request"

    @pytest.mark.parametrize("path", ["/", "", "/payments", "/payment/a/b", "/health/", "//payment", "/{proxy+}"])
    def test_404_for_an_unknown_path(self, api: Api, path: str) -> None:
        assert api.send(function_url("GET", path))[0] == api.send(rest("GET", path))[0] == 404

    @pytest.mark.parametrize(("method", "path"), [("GET", "/payment"), ("DELETE", "/payment/t-1"), ("POST", "/health")])
    def test_405_for_another_method(self, api: Api, method: str, path: str) -> None:
        assert api.send(function_url(method, path))[0] == 405
        assert api.headers["Allow"] in {"GET", "POST"}

    @pytest.mark.parametrize("event", [{}, {"resource": None}, {"requestContext": None, "resource": "/x"}])
    def test_an_event_that_asks_for_nothing_is_404(self, api: Api, event: dict[str, object]) -> None:
        assert api.send(event)[0] == 404
        assert api.headers["X-Correlation-Id"] == "lambda-request"

    @pytest.mark.parametrize("event", [[], "x", None, {"resource": []}])
    def test_an_event_that_is_none_is_500_and_logged(self, api: Api, event: object) -> None:
        assert api.send(event) == (500, {"message": "internal error", "correlationId": "lambda-request"})
        assert api.payments.logs.lines[-1]["message"] == "request failed"


class TestTelemetry:
    """Logs and metrics."""

    def test_a_payment_is_in_the_log_before_it_is_in_the_table(self, api: Api) -> None:
        """Of a process that is killed right after the put, nothing else shows which payment it has stored."""
        seen: list[str] = []
        api.payments.table.before_call = lambda method: seen.append(api.payments.logs.lines[-1]["transaction_id"])
        api.post()
        assert seen == ["t-1"]

    def test_what_is_not_tried_does_not_begin(self, api: Api) -> None:
        api.post("{}")
        assert "payment begins" not in api.payments.logs.text

    def test_logs_carry_the_ids_and_nothing_else_of_the_payment(self, api: Api) -> None:
        api.post()
        api.payments.table.fail("put_item", throttled())
        api.post()
        begun, stored, begun_again, queued = api.payments.logs.lines
        assert (begun["message"], stored["message"]) == ("payment begins", "payment stored")
        assert (begun_again["message"], queued["message"]) == ("payment begins", "payment queued")
        assert (begun["transaction_id"], begun["region"], begun["service"]) == ("t-1", REGION, stored["service"])
        for line in (stored, queued):
            assert (line["transaction_id"], line["region"], line["correlation_id"]) == (
                "t-1",
                REGION,
                "gateway-request",
            )
        for private in ("10.5", "private-note", "EUR"):
            assert private not in api.payments.logs.text

    def test_a_rejected_payment_is_logged_by_its_rules_alone(self, api: Api) -> None:
        api.post('{"transactionId":"t-1","4111111111111111":1}')
        assert api.payments.logs.lines[-1]["rules"] == ["required", "unknown"]
        assert "4111" not in api.payments.logs.text

    def test_the_ids_of_one_request_are_not_logged_with_the_next(self, api: Api) -> None:
        api.post()
        api.payments.probe.fail("update_item", timed_out())
        api.send(rest("GET", "/health", requestContext={"requestId": "second"}))
        assert "transaction_id" not in api.payments.logs.lines[-1]
        assert api.payments.logs.lines[-1]["correlation_id"] == "second"

    def test_every_outcome_is_counted(self, api: Api, capsys: pytest.CaptureFixture[str]) -> None:
        api.post()
        api.post()
        api.post(json.dumps({**PAYMENT, "amount": 11}))
        api.post("{}")
        api.payments.table.fail("put_item", throttled(), times=1)
        api.post()
        api.payments.set_writer(open_in(PEER, 8))
        api.payments.time.advance(60)
        api.post()
        names = ["Stored", "Replayed", "Conflict", "Rejected", "Queued", "Refused"]
        assert emitted(capsys.readouterr().out) == {f"Payment{name}": [1.0] for name in names}

    def test_probes_count_nothing(self, api: Api, capsys: pytest.CaptureFixture[str]) -> None:
        api.send(rest("GET", "/health"))
        assert capsys.readouterr().out == api.payments.logs.text == ""


class TestStart:
    """What a cold environment does while Lambda initialises it."""

    def test_first_payment_needs_no_read_of_its_own(self) -> None:
        api = Api()
        api.api.prefetch()
        reads = api.payments.probe.keys_of("get_item")
        assert api.post()[0] == 201
        assert reads == ["writer"] == api.payments.probe.keys_of("get_item")

    @pytest.mark.parametrize("error", [timed_out(), aws_error("AccessDeniedException"), throttled()])
    def test_it_succeeds_while_the_control_table_does_not_answer(self, error: Exception) -> None:
        api = Api()
        api.payments.probe.fail("get_item", error)
        api.api.prefetch()
        assert api.post()[0] == 503
