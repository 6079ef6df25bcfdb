"""What `pay` and `get` report: success only if the answer names the payment, else what may have happened."""

import io
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from client.command import main
from client.display import indented
from client.dns import Resolver
from client.https import NoAnswerError, Response

URL = "https://api.example.com"
PAY = ["pay", "--amount", "1", "--id", "t-1", "--unsigned", "--endpoint", URL]
GET = ["get", "t-1", "--unsigned", "--endpoint", URL]
REPEAT = "the payment may be stored: repeat it with --id t-1"

Answers = Callable[[int, bytes], None]


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Have everything answered alike."""
    monkeypatch.setattr(Resolver, "addresses", lambda *_: ("127.0.1.1",))

    def answer(status: int, body: bytes) -> None:
        monkeypatch.setattr("client.payments.exchange", lambda *_, **__: Response(status, {}, body))

    return answer


@pytest.mark.parametrize("status", [200, 201, 202])
def test_a_payment_whose_id_is_answered_is_made(answers: Answers, status: int) -> None:
    answers(status, b'{"transactionId": "t-1"}')
    assert main(PAY) == 0


@pytest.mark.parametrize(
    "body", [b"<html>Down for maintenance</html>", b"", b"{}", b'{"transactionId": "t-2"}', b'["t-1"]', b"t-1"]
)
@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_other_success_is_in_doubt(
    answers: Answers, status: int, body: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    answers(status, body)
    assert main(PAY) == 1
    assert capsys.readouterr().err.endswith(f"answered {status}, which does not name the payment t-1; {REPEAT}\n")


@pytest.mark.parametrize("status", [301, 302, 304, 307, 400, 403, 404, 409, 429])
def test_no_other_status_is_a_success(answers: Answers, status: int, capsys: pytest.CaptureFixture[str]) -> None:
    answers(status, b'{"transactionId": "t-1"}')
    assert main(PAY) == 1
    assert REPEAT not in capsys.readouterr().err


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_failure_that_may_have_stored_is_in_doubt(
    answers: Answers, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    answers(status, b"{}")
    assert main(PAY) == 1
    assert capsys.readouterr().err.endswith(f"client: {status} was answered; {REPEAT}\n")


def test_a_region_that_stored_nothing_leaves_no_doubt(answers: Answers, capsys: pytest.CaptureFixture[str]) -> None:
    answers(503, b'{"stored": false}')
    assert main(PAY) == 1
    assert REPEAT not in capsys.readouterr().err


@pytest.mark.parametrize("cause", [NoAnswerError("api.example.com did not answer"), KeyboardInterrupt()])
def test_silence_and_interruption_are_in_doubt(
    answers: Answers, monkeypatch: pytest.MonkeyPatch, cause: BaseException, capsys: pytest.CaptureFixture[str]
) -> None:
    answers(201, b"")

    def exchange(*_: object, **__: object) -> Response:
        raise cause

    monkeypatch.setattr("client.payments.exchange", exchange)
    assert main(PAY) == 1
    assert capsys.readouterr().err.endswith(f"client: {str(cause) or 'interrupted'}; {REPEAT}\n")


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"transactionId": "t-2"}'])
def test_a_payment_is_read_only_if_its_id_is_answered(
    answers: Answers, body: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    answers(200, b'{"transactionId": "t-1"}')
    assert main(GET) == 0
    answers(200, body)
    assert main(GET) == 1
    assert "the answer does not name the payment t-1" in capsys.readouterr().err


def test_numbers_are_shown_with_the_digits_that_were_answered(
    answers: Answers, capsys: pytest.CaptureFixture[str]
) -> None:
    answers(200, b'{"transactionId":"t-1","metadata":{"n":123456789012345678.25,"z":[1.50,1E+400,-0]}}')
    assert main(GET) == 0
    shown = capsys.readouterr().out
    assert "123456789012345678.25" in shown
    assert all(number in shown for number in ("1.50", "1E+400", "-0"))


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        {"a": {}, "b": [], "c": [1, {"x": 'M\u00fc"\\\\,:{}[]\\n'}], "d": None},
        "x",
        1,
        True,
        [[[]]],
        {"": [[1], [2]]},
    ],
)
def test_json_is_indented_as_ever(value: object) -> None:
    for written in (json.dumps(value), json.dumps(value, indent=7), json.dumps(value, separators=(",", ":"))):
        assert indented(written) == json.dumps(value, indent=2, ensure_ascii=False)
        assert indented(written, ascii_only=True) == json.dumps(value, indent=2)


def test_a_payment_that_was_made_is_made_though_it_cannot_be_shown(
    answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(io.TextIOWrapper):
        def write(self, _: str) -> int:
            raise BrokenPipeError

    answers(201, b'{"transactionId": "t-1"}')
    monkeypatch.setattr(sys, "stdout", Broken(io.BytesIO(), encoding="latin-1"))
    assert main(PAY) == 0


def test_a_payment_that_was_made_is_made_though_showing_it_is_interrupted(
    answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def show(_: Response) -> None:
        raise KeyboardInterrupt

    answers(201, b'{"transactionId": "t-1"}')
    monkeypatch.setattr("client.actions.show", show)
    assert main(PAY) == 0


ENDPOINTS = {region: f"https://{region}.api.example.com" for region in ("us-east-1", "us-east-2")}


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Deploy two regions of which us-east-1 owns the writer; return the regions that stored, as they do."""
    stored: list[str] = []
    monkeypatch.setattr(Resolver, "addresses", lambda *_: ("127.0.1.1",))

    def read(region: str, name: str) -> str:
        own = name.endswith("/own")
        return next(url for each, url in ENDPOINTS.items() if (each == region) is own)

    def exchange(url: str, **request: Any) -> Response:
        here = next(each for each, endpoint in ENDPOINTS.items() if url.startswith(endpoint))
        writer = {"region": "us-east-1", "epoch": 7, "state": "open"}
        if url.endswith("/writer"):
            return Response(200, {}, json.dumps({**writer, "servedBy": here}).encode())
        if here != "us-east-1":
            refusal = {"stored": False, "writer": writer, "servedBy": here}
            return Response(503, {"retry-after": "5"}, json.dumps(refusal).encode())
        stored.append(here)
        return Response(201, {}, request["body"])

    monkeypatch.setattr("client.endpoints._ssm", lambda: read)
    monkeypatch.setattr("client.payments.exchange", exchange)
    return stored


BY_REGIONS = ["pay", "--amount", "1", "--id", "t-1", "--unsigned", "--environment", "dev", "--regions"]


@pytest.mark.parametrize("regions", ["us-east-1,us-east-2", "us-east-2,us-east-1"])
def test_a_payment_is_made_where_the_writer_is_in_whatever_order_regions_are_given(
    deployed: list[str], regions: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*BY_REGIONS, regions]) == 0
    assert deployed == ["us-east-1"]
    assert f"paid at {ENDPOINTS['us-east-1']}\n" in capsys.readouterr().err


@pytest.mark.parametrize("regions", ["eu-west-1,us-east-1", "us-west-2,us-east-1"])
def test_region_of_another_deployment_is_refused_before_payment(
    deployed: list[str], regions: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*BY_REGIONS, regions]) == 2
    assert deployed == []
    assert capsys.readouterr().err == (
        f"client: --regions must be the environment's two regions, got '{regions}': "
        "us-east-2.api.example.com is in us-east-2\n"
    )
