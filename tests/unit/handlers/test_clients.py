"""The real SDK over a wire that is memory: its limits, its retries, and the guard before every attempt."""

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
import urllib3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError, ConnectionClosedError, ConnectTimeoutError

from contract.deadlines import ATTEMPTS, CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS
from handlers import clients
from handlers.faults import TableUnavailableError, table_access
from handlers.payments.model import StoredPayment
from handlers.payments.queue import PaymentQueue, QueueUnavailableError
from handlers.payments.service import PaymentService, UnsettledPaymentError
from handlers.payments.store import Outcome, PaymentTable
from handlers.payments.validation import parse_object, parse_payment
from handlers.writer.changes import Author, change_writer, hold
from handlers.writer.knowledge import NotWriterError, WriterUnknownError
from tests.unit.fake_clock import FakeClock
from tests.unit.handlers.fakes import CONTROL_TABLE, PEER, QUEUE_URL, REGION, TABLE, function_clock
from tests.unit.handlers.payment_function_fakes import Payments, open_in

PAYMENT = parse_payment(parse_object('{"transactionId":"t-1","amount":10.50,"currency":"EUR"}'))
TAKEN = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"
THROTTLED = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"


class Body(io.BytesIO):
    """A body as urllib3 hands it over."""

    def stream(self, **_: object) -> Any:
        yield self.getvalue()


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setattr("time.sleep", lambda _: None)
    clients._session.cache_clear()


def wire(client: Any, *answers: tuple[int, dict[str, Any]] | Exception) -> list[dict[str, Any]]:
    """Answer the client's requests in turn, the last answer for ever; give the requests that were sent."""
    sent: list[dict[str, Any]] = []

    def send(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        answer = answers[min(len(sent), len(answers) - 1)]
        assert isinstance(request.body, bytes)
        sent.append(json.loads(request.body))
        if isinstance(answer, Exception):
            raise answer
        status, document = answer
        return AWSResponse(request.url, status, HTTPHeaders(), Body(json.dumps(document).encode()))

    client.meta.events.register("before-send", send)
    return sent


def table_of(client: Any) -> PaymentTable:
    return PaymentTable(client, TABLE, function_clock(FakeClock()))


def test_the_limits_are_the_deadlines() -> None:
    config = clients.client("dynamodb", REGION).meta.config
    assert (config.connect_timeout, config.read_timeout) == (CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS)
    assert config.retries == {"mode": "standard", "total_max_attempts": ATTEMPTS}
    probe = clients.probe_client(REGION).meta.config
    assert (probe.connect_timeout, probe.read_timeout, probe.retries["total_max_attempts"]) == (0.3, 0.5, 1)
    assert probe.region_name == REGION


def test_a_throttled_write_is_tried_twice_and_then_unavailable() -> None:
    client = clients.client("dynamodb", REGION)
    sent = wire(client, (400, {"__type": THROTTLED}))
    with pytest.raises(TableUnavailableError):
        table_of(client).insert(PAYMENT, began_in=REGION)
    assert len(sent) == ATTEMPTS


def test_a_timeout_is_unavailable_and_the_probe_is_not_repeated() -> None:
    client = clients.probe_client(REGION)
    sent = wire(client, ConnectTimeoutError(endpoint_url="https://example"))
    with pytest.raises(TableUnavailableError), table_access():
        client.get_item(TableName=TABLE, Key={"pk": {"S": "x"}})
    assert len(sent) == 1


def test_a_connection_that_was_closed_while_the_function_was_frozen_is_made_again_once() -> None:
    closed = ConnectionClosedError(endpoint_url="https://example")
    client = clients.probe_client(REGION)
    assert len(wire(client, closed, (200, {}))) == 0
    assert client.get_item(TableName=TABLE, Key={"pk": {"S": "x"}})["ResponseMetadata"]["HTTPStatusCode"] == 200
    client = clients.probe_client(REGION)
    sent = wire(client, closed)
    with pytest.raises(ConnectionClosedError):
        client.get_item(TableName=TABLE, Key={"pk": {"S": "x"}})
    assert len(sent) == 2


def test_access_denied_is_not_taken_for_unavailable() -> None:
    client = clients.client("dynamodb", REGION)
    wire(client, (400, {"__type": "AccessDeniedException"}))
    with pytest.raises(ClientError):
        table_of(client).insert(PAYMENT, began_in=REGION)


def test_one_call_distinguishes_stored_replayed_and_conflict() -> None:
    stored = StoredPayment(PAYMENT, region="us-east-2", stored_at="2025-12-31T00:00:00.000Z")
    other = {**stored.item(), "currency": {"S": "USD"}}
    client = clients.client("dynamodb", REGION)
    sent = wire(
        client, (200, {}), (400, {"__type": TAKEN, "Item": stored.item()}), (400, {"__type": TAKEN, "Item": other})
    )
    receipts = [table_of(client).insert(PAYMENT, began_in=REGION) for _ in range(3)]
    assert [receipt.outcome for receipt in receipts] == [Outcome.STORED, Outcome.REPLAYED, Outcome.CONFLICT]
    assert [receipt.stored for receipt in receipts[1:]] == [stored, None]
    assert len(sent) == 3
    assert sent[0]["ConditionExpression"] == "attribute_not_exists(pk)"


def test_a_write_that_arrived_although_its_answer_was_lost_is_stored() -> None:
    client = clients.client("dynamodb", REGION)
    mine = StoredPayment(PAYMENT, region=REGION, stored_at=function_clock(FakeClock()).timestamp()).item()
    sent = wire(client, (500, {"__type": "InternalServerError"}), (400, {"__type": TAKEN, "Item": mine}))
    assert table_of(client).insert(PAYMENT, began_in=REGION).outcome is Outcome.STORED
    assert len(sent) == 2


def test_a_payment_of_another_request_is_a_replay_whatever_the_sdk_asked_again() -> None:
    client = clients.client("dynamodb", REGION)
    earlier = StoredPayment(PAYMENT, region=REGION, stored_at="2025-12-31T00:00:00.000Z").item()
    wire(client, (500, {"__type": "InternalServerError"}), (400, {"__type": TAKEN, "Item": earlier}))
    assert table_of(client).insert(PAYMENT, began_in=REGION).outcome is Outcome.REPLAYED


def test_lost_answer_to_a_change_of_the_writer_is_success() -> None:
    """The SDK asks again, and the condition shows the author's own change."""
    client = clients.client("dynamodb", REGION)
    after = hold(open_in(), Author(by="ann", reason="", at=""))
    sent = wire(client, (500, {"__type": "InternalServerError"}), (400, {"__type": TAKEN, "Item": after.item()}))
    assert change_writer(client, CONTROL_TABLE, open_in(), after) == after
    assert len(sent) == 2


class TestGuard:
    """Nothing is sent when what is known of the writer has become too old."""

    def test_it_is_asked_before_every_attempt_and_stops_the_second(self) -> None:
        client = clients.client("dynamodb", REGION)
        sent = wire(client, (400, {"__type": THROTTLED}))
        clients.guard_writes(client, _raise_on_call(2))
        with pytest.raises(WriterUnknownError):
            table_of(client).insert(PAYMENT, began_in=REGION)
        assert len(sent) == 1

    def test_it_stops_the_first_attempt_too(self) -> None:
        client = clients.client("dynamodb", REGION)
        sent = wire(client, (200, {}))
        clients.guard_writes(client, _raise_on_call(1))
        with pytest.raises(WriterUnknownError):
            table_of(client).insert(PAYMENT, began_in=REGION)
        assert sent == []

    def test_reads_are_not_guarded(self) -> None:
        client = clients.client("dynamodb", REGION)
        wire(client, (200, {}))
        clients.guard_writes(client, _raise_on_call(1))
        assert table_of(client).get("t-1") is None


class Line:
    """A connection that notes what is sent on it, and answers 200 to everything."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []

    def sendall(self, data: bytes) -> None:
        self.sent.append(data)

    def makefile(self, *_: object, **__: object) -> io.BytesIO:
        return io.BytesIO(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    def settimeout(self, _: float) -> None: ...
    def close(self) -> None: ...


@pytest.mark.parametrize("endpoint", ["http://localhost", "https://localhost"])
class TestSlowConnections:
    """However long a name takes to resolve and TLS to shake hands, nothing is sent on outdated knowledge."""

    @pytest.fixture
    def moved(self, time: FakeClock) -> Payments:
        """Know that the own region is the writer, which is so no longer."""
        payments = Payments(time=time)
        payments.knowledge.require_writer()
        payments.set_writer(open_in(PEER, 8))
        return payments

    @pytest.fixture
    def time(self) -> FakeClock:
        return FakeClock()

    @pytest.fixture
    def line(self, monkeypatch: pytest.MonkeyPatch, time: FakeClock) -> Line:
        line = Line()

        def connect(connection: Any) -> None:
            time.advance(10)
            connection.sock, connection.is_verified = line, True

        for kind in (urllib3.connection.HTTPConnection, urllib3.connection.HTTPSConnection):
            monkeypatch.setattr(kind, "connect", connect)
        return line

    @pytest.fixture
    def client(self, monkeypatch: pytest.MonkeyPatch, endpoint: str) -> Any:
        monkeypatch.setenv("AWS_ENDPOINT_URL", endpoint)
        return clients.client("dynamodb", REGION)

    def test_a_payment_is_not_sent(self, client: Any, line: Line, moved: Payments) -> None:
        clients.guard_writes(client, moved.knowledge.require_writer)
        service = PaymentService(
            table=PaymentTable(client, TABLE, moved.clock), knowledge=moved.knowledge, region=REGION, clock=moved.clock
        )
        with pytest.raises(UnsettledPaymentError):
            service.accept(PAYMENT, moved.retry_queue, correlation_id="c")
        assert (line.sent, moved.queue.bodies) == ([], [])

    def test_a_message_is_not_sent_either(self, client: Any, line: Line, moved: Payments) -> None:
        queue = clients.client("sqs", REGION)
        clients.guard_writes(queue, moved.knowledge.require_writer, operation="SendMessage")
        with pytest.raises((NotWriterError, QueueUnavailableError)):
            PaymentQueue(lambda: queue, QUEUE_URL).send("{}", correlation_id="c")
        assert line.sent == []

    def test_a_read_is_and_no_payment_on_its_connection(self, client: Any, line: Line) -> None:
        clients.guard_writes(client, _raise_on_call(1))
        assert table_of(client).get("t-1") is None
        sent = list(line.sent)
        assert sent
        with pytest.raises(WriterUnknownError):
            table_of(client).insert(PAYMENT, began_in=REGION)
        assert line.sent == sent


def _raise_on_call(number: int) -> Callable[[], None]:
    calls: list[None] = []

    def check() -> None:
        calls.append(None)
        if len(calls) >= number:
            raise WriterUnknownError(None)

    return check


@pytest.mark.parametrize("service", ["lambda", "apigateway"])
def test_what_undoes_a_release_makes_one_attempt_a_call(service: str) -> None:
    config = clients.brief_client(service, PEER).meta.config
    assert (config.connect_timeout, config.read_timeout) == (CONNECT_TIMEOUT_SECONDS, READ_TIMEOUT_SECONDS)
    assert config.retries["total_max_attempts"] == 1
