"""One HTTPS exchange with a given address; SNI and certificate verification use the host name."""

import contextlib
import http.client
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from json import loads
from threading import Timer
from typing import Any
from urllib.parse import urlsplit

_LEAST_SECONDS = 0.05


class NotReachedError(OSError):
    """No connection to the host was established; nothing was sent."""


class NotSentError(NotReachedError):
    """The request could not be prepared, for instance because credentials cannot be refreshed; nothing was sent."""


class NoAnswerError(OSError):
    """The host was reached but gave no complete answer in time; it may have processed the request."""


@dataclass(frozen=True)
class Timeouts:
    """Time limits in seconds; together they limit the whole exchange."""

    connect: float = 5
    """For the connection, all of a host's addresses together, and for each answer while TLS is negotiated."""
    answer: float = 35
    """From the connection to the last byte; above API Gateway's 29 s, so that its answer is seen (FACTS 4.6)."""

    def within(self, seconds: float) -> "Timeouts":
        """Return these limits, shortened so that the exchange ends within `seconds` (but never zero)."""
        connect = min(self.connect, max(seconds / 2, _LEAST_SECONDS))
        return Timeouts(connect, min(self.answer, max(seconds - connect, _LEAST_SECONDS)))


@dataclass(frozen=True)
class Response:
    """An HTTP answer; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 — whatever the API sends
        """Return the body as JSON.

        Raises:
            ValueError: It is not JSON.
        """
        return loads(self.body)


def trust(ca_file: str | None = None) -> ssl.SSLContext:
    """Return a TLS context that trusts the authorities in a file, or the machine's."""
    return _machines() if ca_file is None else ssl.create_default_context(cafile=ca_file)


@cache
def _machines() -> ssl.SSLContext:
    """Read the machine's authorities once: this takes 20 ms, and every reader and client needs them."""
    return ssl.create_default_context()


def exchange(
    url: str,
    *,
    address: str,
    context: ssl.SSLContext,
    port: int = 443,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    timeouts: Timeouts | None = None,
) -> Response:
    """Send one request over a connection of its own and return the answer, whatever its status; follow no redirect.

    Args:
        url: The https URL, without a port.
        address: The address to connect to; the host name is not resolved.
        context: Verifies the certificate, see `trust`.
        port: The port to connect to. The Host header omits it, as for 443, because signatures cover that header.
        method: The HTTP method.
        headers: More headers, such as the signature's.
        body: The request's body.
        timeouts: The time limits.

    Raises:
        NotReachedError: Nothing was sent.
        NoAnswerError: The request may have arrived.
    """
    parts = urlsplit(url)
    host, target = str(parts.hostname), parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    limits = timeouts or Timeouts()
    where = f"{host} at {address}:{port}"
    # Only one Host header: signatures cover it, and some signers add it.
    others = {name: value for name, value in (headers or {}).items() if name.lower() != "host"}
    with contextlib.closing(_Connection(host, (address, port), context, limits.connect)) as connection:
        # A socket's own time limit restarts with every byte, so it would not limit an answer that trickles in.
        limit = Timer(limits.answer, connection.cut)
        try:
            connection.open()
            limit.start()
            connection.connect()
        except Exception as error:
            limit.cancel()
            raise NotReachedError(f"{where} was not reached: {error}") from error
        try:
            connection.request(method, target, body=body, headers={"Host": host, **others})
            answer = connection.getresponse()
            content = answer.read()
            connection.require_whole()
        except Exception as error:  # part of the request may have arrived
            why = f"not within {limits.answer:g} s" if connection.is_cut else error
            raise NoAnswerError(f"{where} did not answer: {why}") from error
        finally:
            limit.cancel()
    return Response(answer.status, {name.lower(): value for name, value in answer.getheaders()}, content)


class _Connection(http.client.HTTPSConnection):
    """A connection to a given address instead of the one that the host name resolves to."""

    def __init__(self, host: str, target: tuple[str, int], context: ssl.SSLContext, timeout: float) -> None:
        super().__init__(host, timeout=timeout, context=context)
        self._target = target
        self._tls = context
        self._wire: ssl.SSLSocket  # `sock` is None once the answer's head has arrived
        self.is_cut = False

    def open(self) -> None:
        """Connect to the address."""
        connected = socket.create_connection(self._target, self.timeout)
        self.sock = self._wire = self._tls.wrap_socket(
            connected, server_hostname=self.host, do_handshake_on_connect=False
        )

    def connect(self) -> None:
        """Connect, and verify that the certificate is the host's."""
        self._wire.do_handshake()
        self._wire.settimeout(None)  # from here on only `cut` limits the exchange

    def require_whole(self) -> None:
        """Raise if the connection was cut, because that looks like the end of a body of unknown length."""
        if self.is_cut:
            raise TimeoutError

    def cut(self) -> None:
        """End the connection from another thread; a blocked reader sees the end of the stream."""
        self.is_cut = True
        with contextlib.suppress(OSError):  # it has ended meanwhile
            socket.socket.shutdown(self._wire, socket.SHUT_RDWR)  # an orderly TLS shutdown would race with the reader
