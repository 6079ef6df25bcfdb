"""The question to the own region's public endpoint, over one connection that is kept."""

import http.client
import io
import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from contract.deadlines import HEALTH_TIMEOUT_SECONDS
from handlers.tickers.probe import FitnessProbe, HealthAnswer, HealthProbe, ask_function
from tests.unit.handlers.api import Api
from tests.unit.handlers.fakes import FakeContext, aws_error, throttled, timed_out


class HealthServer(ThreadingHTTPServer):
    """Answers with the status it is told, and counts connections."""

    daemon_threads = True
    status = 200
    closes = False
    connections = 0
    paths: list[str]


class Handler(BaseHTTPRequestHandler):
    """One connection to the server."""

    protocol_version = "HTTP/1.1"
    server: HealthServer

    def setup(self) -> None:
        self.server.connections += 1
        super().setup()

    def do_GET(self) -> None:
        self.server.paths.append(self.path)
        self.send_response(self.server.status)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")
        self.close_connection = self.server.closes

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[HealthServer]:
    # TLS is http.client's; here counts what is done with the connection.
    def connection(host: str, port: int, *, timeout: float, context: ssl.SSLContext) -> http.client.HTTPConnection:
        assert (timeout, context.verify_mode) == (HEALTH_TIMEOUT_SECONDS, ssl.CERT_REQUIRED)
        return http.client.HTTPConnection(host, port, timeout=timeout)

    monkeypatch.setattr(http.client, "HTTPSConnection", connection)
    server = HealthServer(("127.0.0.1", 0), Handler)
    server.paths = []
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def url(server: HealthServer, path: str = "") -> str:
    return f"https://127.0.0.1:{server.server_port}{path}"


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, HealthAnswer.GOOD),
        (204, HealthAnswer.GOOD),
        (299, HealthAnswer.GOOD),
        (301, HealthAnswer.BAD),
        (403, HealthAnswer.BAD),
        (429, HealthAnswer.THROTTLED),
        (500, HealthAnswer.BAD),
        (503, HealthAnswer.BAD),
    ],
)
def test_status_says_whether_the_region_is_well(server: HealthServer, status: int, answer: HealthAnswer) -> None:
    server.status = status
    assert HealthProbe().ask(url(server, "/prod")) is answer
    assert server.paths == ["/prod/health"]


def test_connection_is_kept(server: HealthServer) -> None:
    probe = HealthProbe()
    server.status = 503
    assert [probe.ask(url(server)) for _ in range(3)] == [HealthAnswer.BAD] * 3
    assert (server.connections, len(server.paths)) == (1, 3)


def test_kept_connection_that_was_closed_meanwhile_is_made_again(server: HealthServer) -> None:
    probe = HealthProbe()
    server.closes = True
    assert [probe.ask(url(server)) for _ in range(3)] == [HealthAnswer.GOOD] * 3
    assert server.connections == 3


def test_another_endpoint_is_another_connection(server: HealthServer) -> None:
    probe = HealthProbe()
    probe.ask(url(server))
    probe.ask(url(server, "/prod"))
    assert (server.connections, server.paths) == (2, ["/health", "/prod/health"])


@pytest.mark.parametrize(
    "error",
    [
        TimeoutError(),
        ConnectionRefusedError(),
        ConnectionResetError(),
        ssl.SSLCertVerificationError(),
        OSError("no such host"),
        http.client.BadStatusLine("x"),
        http.client.RemoteDisconnected("closed"),
    ],
    ids=repr,
)
def test_any_failure_is_bad_and_the_next_question_is_asked_anew(
    server: HealthServer, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    probe = HealthProbe()
    probe.ask(url(server))
    request = http.client.HTTPConnection.request

    def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(http.client.HTTPConnection, "request", fail)
    assert probe.ask(url(server)) is HealthAnswer.BAD
    monkeypatch.setattr(http.client.HTTPConnection, "request", request)
    assert probe.ask(url(server)) is HealthAnswer.GOOD


def test_nobody_listens() -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as unused:
        port = unused.server_port
    assert HealthProbe().ask(f"https://127.0.0.1:{port}") is HealthAnswer.BAD


class FakeFunctions:
    """Lambda's API in front of a payment function, or of what comes in its place."""

    def __init__(self, answer: dict[str, Any] | Exception | None = None) -> None:
        self.api = Api()
        self.answer = answer
        self.requests: list[dict[str, Any]] = []

    def invoke(self, **request: Any) -> dict[str, Any]:
        """Return what the function returns, or fail."""
        self.requests.append(request)
        if isinstance(self.answer, Exception):
            raise self.answer
        payload = self.answer or self.api.api.answer(json.loads(request["Payload"]), FakeContext())
        return {"StatusCode": 200, "Payload": io.BytesIO(json.dumps(payload).encode())}


class TestFunctionItself:
    """What is asked past the gateway: the version of the payment function that takes payments."""

    def test_it_is_asked_for_its_health_under_the_alias_of_traffic(self) -> None:
        functions = FakeFunctions()
        assert ask_function(functions, "payment-api-here") is HealthAnswer.GOOD
        assert functions.api.payments.probe.keys_of("update_item") == ["control#health#us-east-1"]
        (request,) = functions.requests
        assert (request["FunctionName"], request["Qualifier"]) == ("payment-api-here", "live")

    def test_one_whose_table_fails_is_unfit(self) -> None:
        functions = FakeFunctions()
        functions.api.payments.probe.fail("update_item", timed_out())
        assert ask_function(functions, "payment-api") is HealthAnswer.BAD

    def test_one_whose_table_throttles_says_nothing(self) -> None:
        functions = FakeFunctions()
        functions.api.payments.probe.fail("update_item", throttled())
        assert ask_function(functions, "payment-api") is HealthAnswer.THROTTLED

    def test_one_that_crashes_is_unfit(self) -> None:
        assert ask_function(FakeFunctions({"errorType": "Runtime.ExitError"}), "payment-api") is HealthAnswer.BAD

    def test_without_a_free_execution_it_says_nothing(self) -> None:
        """The other region would meet the same load."""
        refused = aws_error("TooManyRequestsException", status=429)
        assert ask_function(FakeFunctions(refused), "payment-api") is HealthAnswer.THROTTLED

    @pytest.mark.parametrize("error", [timed_out(), aws_error("AccessDeniedException"), aws_error("X", status=503)])
    def test_without_an_answer_it_is_unfit(self, error: Exception) -> None:
        assert ask_function(FakeFunctions(error), "payment-api") is HealthAnswer.BAD


class TestFloodedEndpoint:
    """Who uses up what the gateway lets through to `/health` neither hides a failure nor makes one."""

    @pytest.mark.parametrize("function", list(HealthAnswer))
    def test_function_decides_where_the_gateway_turns_the_question_away(self, function: HealthAnswer) -> None:
        probe = FitnessProbe(lambda _: HealthAnswer.THROTTLED, lambda: function)
        assert probe.ask("https://here.example") is function

    @pytest.mark.parametrize("answer", [HealthAnswer.GOOD, HealthAnswer.BAD])
    def test_answer_of_the_endpoint_stands(self, answer: HealthAnswer) -> None:
        """Payers come by the endpoint: a function that only Lambda's API reaches takes no payments."""

        def unasked() -> HealthAnswer:
            raise AssertionError("the function must not be asked")

        assert FitnessProbe(lambda _: answer, unasked).ask("https://here.example") is answer
