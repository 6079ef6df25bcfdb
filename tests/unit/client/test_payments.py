"""The plain client: what it sends where, and which endpoints it takes."""

import json
import ssl
from typing import Any

import pytest
from botocore.credentials import Credentials

from client.attempt_results import AttemptResult, judge
from client.https import NotReachedError, NotSentError, Response, Timeouts
from client.payments import BadEndpointError, PaymentClient, UnconfirmedError

PAYMENT = {"transactionId": "order-1", "amount": "49.90", "currency": "EUR"}


DEAD = "127.0.1.9"


class Addresses:
    """Resolves every name to an address that is dead and one that is not."""

    def addresses(self, host: str) -> tuple[str, ...]:
        return DEAD, "127.0.1.1"


class Address:
    """Resolves every name to one address."""

    def addresses(self, host: str) -> tuple[str, ...]:
        return ("127.0.1.1",)


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Collect what is sent instead of sending it; a payment is answered with what was sent."""
    requests: list[dict[str, Any]] = []

    def exchange(url: str, **request: Any) -> Response:
        requests.append({"url": url, **request})
        if request["address"] == DEAD:
            raise NotReachedError(f"{DEAD} was not reached")
        return Response(200, {}, request["body"] or b"{}")

    monkeypatch.setattr("client.payments.exchange", exchange)
    return requests


def client(endpoint: str = "https://api.example.com", **options: Any) -> PaymentClient:
    return PaymentClient(endpoint, **{"resolver": Address(), **options})


def answering(status: int, body: bytes) -> PaymentClient:
    return client(transport=lambda *_, **__: Response(status, {}, body))


def test_a_payment_is_posted_as_json_and_signed(sent: list[dict[str, Any]]) -> None:
    assert client(credentials=Credentials("AKID", "secret")).pay(PAYMENT).status == 200
    (request,) = sent
    assert (request["method"], request["url"]) == ("POST", "https://api.example.com/payment")
    assert (json.loads(request["body"]), request["address"], request["port"]) == (PAYMENT, "127.0.1.1", 443)
    assert request["headers"]["Content-Type"] == "application/json"
    assert request["headers"]["Authorization"].startswith("AWS4-ECDSA-P256-SHA256 ")
    assert isinstance(request["context"], ssl.SSLContext)


def test_without_credentials_nothing_is_signed(sent: list[dict[str, Any]]) -> None:
    client().pay(PAYMENT)
    assert "Authorization" not in sent[0]["headers"]


def test_a_payment_is_read_by_its_id(sent: list[dict[str, Any]]) -> None:
    client(credentials=Credentials("AKID", "secret")).get("../order 1")
    assert (sent[0]["method"], sent[0]["url"]) == ("GET", "https://api.example.com/payment/..%2Forder%201")
    assert "Authorization" in sent[0]["headers"]


def test_probes_are_not_signed(sent: list[dict[str, Any]]) -> None:
    client(credentials=Credentials("AKID", "secret")).probe("/writer")
    assert (sent[0]["url"], sent[0]["headers"]) == ("https://api.example.com/writer", None)


def test_but_a_function_url_wants_them_signed(sent: list[dict[str, Any]]) -> None:
    url = "https://abc123.lambda-url.us-east-2.on.aws"
    client(url, credentials=Credentials("AKID", "secret")).probe("/writer")
    assert "/us-east-2/lambda/aws4_request" in sent[0]["headers"]["Authorization"]


def test_a_stage_stays_in_the_path(sent: list[dict[str, Any]]) -> None:
    client("https://abc.execute-api.us-east-1.amazonaws.com/live/").probe()
    assert sent[0]["url"] == "https://abc.execute-api.us-east-1.amazonaws.com/live/health"


def test_a_call_can_have_less_time_than_others(sent: list[dict[str, Any]]) -> None:
    patient = client(timeouts=Timeouts(connect=1, answer=2))
    patient.probe()
    patient.probe(timeouts=Timeouts(connect=1, answer=1))
    assert [request["timeouts"].answer for request in sent] == [2, 1]


def test_a_dead_address_is_no_dead_region(sent: list[dict[str, Any]]) -> None:
    paying = client(resolver=Addresses(), credentials=Credentials("AKID", "secret"), timeouts=Timeouts(connect=2))
    assert paying.pay(PAYMENT).status == 200
    assert [request["address"] for request in sent] == [DEAD, "127.0.1.1"]
    assert sent[0]["timeouts"].connect == 1  # half of the time is the other one's
    assert [sent[0][part] for part in ("body", "headers")] == [sent[1][part] for part in ("body", "headers")]


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "api.example.com",
        "http://api.example.com",
        "https://",
        "https:///payment",
        "https://api.example.com:8443",
        "https://user@api.example.com",
        "https://api.example.com?x=1",
        "https://[::1",
    ],
)
def test_what_is_no_endpoint_is_one_clear_error(endpoint: str) -> None:
    with pytest.raises(BadEndpointError, match=r"`endpoint` must be an https URL .*, got '"):
        client(endpoint)


@pytest.mark.parametrize("status", [200, 201, 202])
def test_a_success_names_the_payment(status: int) -> None:
    assert answering(status, b'{"transactionId": "order-1"}').pay(PAYMENT).status == status


@pytest.mark.parametrize(
    "body", [b"", b"<html>welcome</html>", b"[]", b"null", b"{}", b'{"transactionId": "order-2"}', b"[" * 99_999]
)
@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_another_success_leaves_a_doubt(status: int, body: bytes) -> None:
    with pytest.raises(UnconfirmedError, match=f"answered {status}, which does not name the payment order-1") as caught:
        answering(status, body).pay(PAYMENT)
    assert judge(caught.value) is AttemptResult.NO_ANSWER


@pytest.mark.parametrize("payment", [b"", b"[]", b"{}", b'{"transactionId": null}', b"[" * 99_999])
def test_a_payment_without_an_id_is_never_confirmed(payment: bytes) -> None:
    with pytest.raises(UnconfirmedError):
        answering(200, b'{"transactionId": null}').pay(payment)


def test_other_answers_are_returned_whatever_they_name() -> None:
    assert answering(409, b"{}").pay(PAYMENT).status == 409


def test_what_cannot_be_signed_is_not_sent(sent: list[dict[str, Any]]) -> None:
    def refuse(*_: object, **__: object) -> dict[str, str]:
        raise ValueError("the token has expired")

    with pytest.raises(NotSentError, match="the token has expired") as caught:
        client(credentials=Credentials("AKID", "secret"), sign=refuse).pay(PAYMENT)
    assert judge(caught.value) is AttemptResult.NOT_REACHED
    assert not sent


@pytest.mark.parametrize(
    ("status", "body", "verdict"),
    [
        (503, b'{"stored": false}', AttemptResult.REFUSED),
        (503, b'{"stored": null}', AttemptResult.FAILED),
        (503, b"{}", AttemptResult.FAILED),
        (503, b"Service Unavailable", AttemptResult.FAILED),
        (500, b'{"stored": false}', AttemptResult.FAILED),
        (504, b"", AttemptResult.FAILED),
        (429, b"", AttemptResult.THROTTLED),
    ],
)
def test_only_a_region_that_says_so_has_not_stored_it(status: int, body: bytes, verdict: AttemptResult) -> None:
    assert judge(answering(status, body).pay(PAYMENT)) is verdict
