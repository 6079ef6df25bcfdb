"""One exchange over real sockets: what the other side may do, and how each of it is told."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from client.https import NoAnswerError, NotReachedError, Response, Timeouts, exchange, trust

HOST = "api.example.com"
OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Two: b\r\n"

Serve = Callable[[ssl.SSLSocket], None]


class Server:
    """A TLS server that does one thing with each connection, and keeps what it was sent."""

    def __init__(self, authority: trustme.CA) -> None:
        self.serve: Serve = lambda _: None
        self.received = b""
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(HOST).configure_cert(self._tls)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            try:
                raw, _ = self._listener.accept()
                with self._tls.wrap_socket(raw, server_side=True) as connection:
                    self.received = connection.recv(65_536)
                    if self.received.startswith(b"POST"):  # its body is sent after its head
                        self.received += connection.recv(65_536)
                    self.serve(connection)
            except ssl.SSLError:
                continue
            except OSError:
                if self._listener.fileno() < 0:
                    return

    def close(self) -> None:
        """Take no more connections."""
        with contextlib.suppress(OSError):  # closed before
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("ca") / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def server(authority: trustme.CA) -> Iterator[Server]:
    started = Server(authority)
    yield started
    started.close()


def sending(*parts: bytes) -> Serve:
    def serve(connection: ssl.SSLSocket) -> None:
        for part in parts:
            connection.sendall(part)

    return serve


def ask(port: int, ca_file: str, *, host: str = HOST, path: str = "/health?x=1", body: bytes | None = None) -> Response:
    return exchange(
        f"https://{host}{path}",
        address="127.0.0.1",
        port=port,
        context=trust(ca_file),
        method="GET" if body is None else "POST",
        headers={"host": "ignored", "X-One": "a"},
        body=body,
        timeouts=Timeouts(connect=2, answer=0.5),
    )


def test_an_answer_is_read_whatever_its_status(server: Server, ca_file: str) -> None:
    server.serve = sending(b"HTTP/1.1 503 No\r\nRetry-After: 60\r\nContent-Length: 2\r\n\r\n", b"{}")
    answer = ask(server.port, ca_file, body=b"payment")
    assert (answer.status, answer.headers["retry-after"], answer.json()) == (503, "60", {})
    head, _, body = server.received.partition(b"\r\n\r\n")
    assert head.startswith(b"POST /health?x=1 HTTP/1.1\r\n")
    assert [line for line in head.lower().splitlines() if line.startswith(b"host:")] == [b"host: api.example.com"]
    assert (b"X-One: a" in head, body) == (True, b"payment")


def test_a_body_of_unknown_length_ends_with_the_connection(server: Server, ca_file: str) -> None:
    server.serve = sending(OK + b"\r\n", b"one ", b"two")
    assert ask(server.port, ca_file).body == b"one two"


def test_redirects_are_not_followed(server: Server, ca_file: str) -> None:
    server.serve = sending(b"HTTP/1.1 302 Found\r\nLocation: https://example.com\r\nContent-Length: 0\r\n\r\n")
    assert ask(server.port, ca_file).status == 302


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"HTTP",
        b"nonsense\r\n\r\n",
        OK + b"Content-Length: 9\r\n\r\nshort",
        OK + b"Transfer-Encoding: chunked\r\n\r\nx",
    ],
)
def test_half_an_answer_is_none(server: Server, ca_file: str, said: bytes) -> None:
    server.serve = sending(said)
    with pytest.raises(NoAnswerError, match=r"api\.example\.com at 127\.0\.0\.1:\d+ did not answer: "):
        ask(server.port, ca_file)


def trickle(*head: bytes) -> Serve:
    def serve(connection: ssl.SSLSocket) -> None:
        sending(*head)(connection)
        try:
            for _ in range(100):
                connection.sendall(b"x")
                if threading.Event().wait(0.05):
                    return
        except OSError:
            return

    return serve


@pytest.mark.parametrize(
    "head", [b"", OK + b"\r\n", OK + b"Content-Length: 1000\r\n\r\n"], ids=["no head", "no length", "not all of it"]
)
def test_an_answer_that_trickles_in_is_not_waited_for(server: Server, ca_file: str, head: bytes) -> None:
    server.serve = trickle(head)
    with pytest.raises(NoAnswerError, match=r"did not answer: not within 0\.5 s"):
        ask(server.port, ca_file)


def test_silence_is_not_waited_for(server: Server, ca_file: str) -> None:
    def serve(connection: ssl.SSLSocket) -> None:
        connection.recv(1)

    server.serve = serve
    with pytest.raises(NoAnswerError, match=r"not within 0\.5 s"):
        ask(server.port, ca_file)


def test_another_name_is_not_reached(server: Server, ca_file: str) -> None:
    with pytest.raises(NotReachedError, match="CERTIFICATE_VERIFY_FAILED"):
        ask(server.port, ca_file, host="other.example.com")
    assert server.received == b""


def test_an_unknown_authority_is_not_believed(server: Server) -> None:
    with pytest.raises(NotReachedError, match="CERTIFICATE_VERIFY_FAILED"):
        exchange(f"https://{HOST}", address="127.0.0.1", port=server.port, context=trust())


def test_a_closed_port_is_not_reached(server: Server, ca_file: str) -> None:
    server.close()
    with pytest.raises(NotReachedError, match=r"127\.0\.0\.1:\d+ was not reached: .*refused"):
        ask(server.port, ca_file)


def test_a_handshake_that_hangs_is_not_waited_for(ca_file: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(NotReachedError, match="timed out"):
        exchange(
            f"https://{HOST}",
            address="127.0.0.1",
            port=silent.getsockname()[1],
            context=trust(ca_file),
            timeouts=Timeouts(connect=0.2),
        )
