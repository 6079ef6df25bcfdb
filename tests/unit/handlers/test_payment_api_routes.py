"""Reading payments, the probes, routing, and what is logged and counted."""

import json

import pytest

from tests.unit.handlers.api import FAILURES, PAYMENT, Api, function_url, rest
from tests.unit.handlers.fakes import PEER, REGION, aws_error, emitted, throttled, timed_out


@pytest.fixture
def api() -> Api:
    return Api()


class TestGetPayment:
    """Reading one payment."""

    def test_200_with_the_stored_payment_even_when_fenced(self, api: Api) -> None:
        _, stored = api.post()
        api.payments.table.fence(REGION)
        assert api.get("t-1") == (200, stored)

    def test_404_without_one(self, api: Api) -> None:
        assert api.get("t-2")[0] == 404

    @pytest.mark.parametrize("transaction_id", ["", "a b", "x" * 65, "control#fence#us-east-1", "t-1\n"])
    def test_404_for_an_id_that_none_can_have_without_asking_the_table(self, api: Api, transaction_id: str) -> None:
        assert api.get(transaction_id)[0] == 404
        assert api.payments.table.calls == []

    @pytest.mark.parametrize("error", [*FAILURES, aws_error("AccessDeniedException")], ids=repr)
    def test_503_when_the_table_does_not_answer(self, api: Api, error: Exception) -> None:
        api.payments.table.fail("get_item", error)
        assert api.get("t-1")[0] == 503
        assert api.headers["Retry-After"] == "5"


class TestProbes:
    """Health and takeover."""

    def test_healthy_while_the_table_answers_fenced_or_not(self, api: Api) -> None:
        api.payments.table.fence(REGION)
        assert api.send(rest("GET", "/health")) == (200, {"status": "healthy", "region": REGION})
        assert api.payments.probe.calls_of("get_item")[0]["Key"] == {"pk": {"S": f"control#heartbeat#{REGION}"}}

    @pytest.mark.parametrize("error", [*FAILURES, aws_error("AccessDeniedException")], ids=repr)
    def test_503_when_it_does_not(self, api: Api, error: Exception) -> None:
        api.payments.probe.fail("get_item", error)
        assert api.send(rest("GET", "/health")) == (503, {"status": "unhealthy", "region": REGION})

    def test_takeover_is_told_exactly_by_the_peers_fence(self, api: Api) -> None:
        assert api.send(rest("GET", "/takeover"))[0] == 404
        api.payments.table.fence(REGION)
        assert api.send(rest("GET", "/takeover"))[0] == 404
        api.payments.table.fence(PEER)
        assert api.send(rest("GET", "/takeover")) == (200, {"takeover": True, "region": REGION})
        api.payments.table.fence(PEER, fenced=False)
        assert api.send(rest("GET", "/takeover"))[0] == 404

    def test_takeover_is_503_when_it_cannot_be_told(self, api: Api) -> None:
        api.payments.probe.fail("get_item", timed_out())
        assert api.send(rest("GET", "/takeover"))[0] == 503

    def test_takeover_is_503_when_the_fence_item_does_not_say(self, api: Api) -> None:
        api.payments.table.items[f"control#fence#{PEER}"] = {"pk": {"S": "x"}}
        assert api.send(rest("GET", "/takeover"))[0] == 503


class TestRouting:
    """REST proxy and Function URL events."""

    def test_function_urls_reach_the_same_routes(self, api: Api) -> None:
        assert api.send(function_url("POST", "/payment", body=json.dumps(PAYMENT)))[0] == 201
        assert api.send(function_url("GET", "/payment/t-1"))[0] == 200
        assert api.send(function_url("GET", "/payment/t%2D1"))[0] == 200
        assert api.send(function_url("GET", "/payment/t-2"))[0] == 404
        assert api.send(function_url("GET", "/health"))[0] == 200
        assert api.send(function_url("GET", "/takeover"))[0] == 404
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

    def test_logs_carry_the_ids_and_nothing_else_of_the_payment(self, api: Api) -> None:
        api.post()
        api.payments.table.fail("put_item", throttled())
        api.post()
        assert len(api.payments.logs.lines) == 2
        for line in api.payments.logs.lines:
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
        api.payments.probe.fail("get_item", timed_out())
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
        api.payments.table.fence(REGION)
        api.payments.time.pass_(2)
        api.post()
        names = ["Stored", "Replayed", "Conflict", "Rejected", "Queued", "Refused"]
        assert emitted(capsys.readouterr().out) == {f"Payment{name}": [1.0] for name in names}

    def test_probes_count_nothing(self, api: Api, capsys: pytest.CaptureFixture[str]) -> None:
        api.send(rest("GET", "/health"))
        assert capsys.readouterr().out == api.payments.logs.text == ""
