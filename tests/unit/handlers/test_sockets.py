"""Nothing of a request that was given up arrives later: sockets are closed with a reset (FACTS 12.2)."""

import socket
import struct
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError

from handlers import clients
from tests.unit.handlers.fakes import REGION, TABLE

HUGE = "x" * 8_000_000
"""More than the kernel's buffers take: most of it is unsent when the client gives up."""


class SilentServer:
    """Accepts one connection, answers nothing, and reads on after the client has given up."""

    def __init__(self) -> None:
        self._listening = socket.socket()
        self._listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._listening.bind(("127.0.0.1", 0))
        self._listening.listen()
        self.gave_up = threading.Event()
        self.received = 0
        self.ended_with: type[Exception] | None = None
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def close(self) -> None:
        self.gave_up.set()
        self._thread.join()
        self._listening.close()

    def _serve(self) -> None:
        connection, _ = self._listening.accept()
        with connection:
            self.gave_up.wait()
            try:
                while data := connection.recv(65536):
                    self.received += len(data)
            except ConnectionResetError as error:
                self.ended_with = type(error)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SilentServer]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    clients._session.cache_clear()
    server = SilentServer()
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    yield server
    server.close()


def put(client: Any, value: str) -> None:
    """Put an item and expect to give up."""
    with pytest.raises(BotoCoreError):
        client.put_item(TableName=TABLE, Item={"pk": {"S": "payment#t-1"}, "value": {"S": value}})


def test_request_that_was_given_up_is_thrown_away(server: SilentServer) -> None:
    put(clients.probe_client(REGION), HUGE)
    server.close()
    assert server.ended_with is ConnectionResetError
    assert server.received < len(HUGE)


def test_reset_also_ends_a_connection_on_which_everything_was_sent(server: SilentServer) -> None:
    put(clients.probe_client(REGION), "x")
    server.close()
    assert server.ended_with is ConnectionResetError


@pytest.mark.parametrize("service", ["dynamodb", "sqs", "s3", "ssm"])
def test_option_is_set_before_the_socket_connects(
    server: SilentServer, monkeypatch: pytest.MonkeyPatch, service: str
) -> None:
    """So it holds for all of the TLS handshake too."""
    lingers: list[tuple[int, int]] = []
    connect = socket.socket.connect

    def watched(sock: socket.socket, address: Any) -> None:
        lingers.append(struct.unpack("ii", sock.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)))
        lingers.append((sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY), 0))
        connect(sock, address)

    monkeypatch.setattr(socket.socket, "connect", watched)
    client = clients.client(service, REGION)
    pool = clients._http_session(client)._manager.connection_from_url(server.url)
    pool._new_conn().connect()
    assert lingers == [(1, 0), (1, 0)]


def test_guarded_client_resets_too(server: SilentServer) -> None:
    client = clients.probe_client(REGION)
    clients.guard_writes(client, lambda: None)
    put(client, "x")
    server.close()
    assert server.ended_with is ConnectionResetError
