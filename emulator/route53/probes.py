"""Asks an endpoint once, as one health checker does."""

import asyncio
import http.client
import io
import ssl
import time
from collections.abc import Awaitable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Protocol

from emulator.route53.checks import HealthCheck

CONNECT_SECONDS = 4.0
TCP_CONNECT_SECONDS = 10.0
RESPONSE_SECONDS = 2.0
"""From the connection to the status code, and again from there to the body (FACTS 2.1). These are real seconds: what
they limit is real work, which a faster clock does not speed up."""

_SEARCHED_BYTES = 5_120
_MOST_HEADER_BYTES = 65_536
_FIRST_SUCCESS, _FIRST_FAILURE = 200, 400


@dataclass(frozen=True)
class Latency:
    """How long the steps of one request took, in seconds; None for those that it did not get to, or has not."""

    connection: float
    handshake: float | None = None
    first_byte: float | None = None
    """From the request on."""


@dataclass(frozen=True)
class ProbeOutcome:
    """What one request came to."""

    passed: bool
    report: str
    """In the words that the API reports."""
    latency: Latency | None = field(default=None, compare=False)


TIMED_OUT = ProbeOutcome(
    passed=False,
    report="Failure: Connection timed out. The endpoint or the internet connection is down, or requests are being "
    "blocked by your firewall.",
)


def failure(why: str) -> ProbeOutcome:
    """Return a failed outcome."""
    return ProbeOutcome(passed=False, report=f"Failure: {why}")


class Probe(Protocol):
    """Asks an endpoint once."""

    def __call__(
        self, check: HealthCheck, address: str, port: int, *, reference: str, response_seconds: float
    ) -> Awaitable[ProbeOutcome]:
        """Return what came of it."""


async def probe(
    check: HealthCheck, address: str, port: int, *, reference: str, response_seconds: float = RESPONSE_SECONDS
) -> ProbeOutcome:
    """Send one request to an address; `reference` is the check's id, which the endpoint may log."""
    watch = _Watch()
    try:
        async with asyncio.timeout(TCP_CONNECT_SECONDS if check.type == "TCP" else CONNECT_SECONDS):
            reader, writer = await asyncio.open_connection(address, port, limit=_MOST_HEADER_BYTES)
    except TimeoutError:
        return TIMED_OUT
    except OSError as error:
        return failure(f"The connection failed: {error.strerror or error}.")
    watch.latency = Latency(watch.lap())
    try:
        if check.type == "TCP":
            outcome = ProbeOutcome(passed=True, report="Success: TCP connection established")
        else:
            outcome = await _request(check, reader, writer, reference, response_seconds, watch)
    except (OSError, EOFError, asyncio.LimitOverrunError, http.client.HTTPException, ValueError) as error:
        outcome = failure(_reason(error))
    finally:
        writer.transport.abort()  # nothing is left to say; a polite TLS goodbye would wait for the endpoint's
    return replace(outcome, latency=watch.latency)


class _Watch:
    """Measures the steps of one request."""

    def __init__(self) -> None:
        self.latency = Latency(0)
        self._since = time.perf_counter()

    def lap(self) -> float:
        """Return the seconds since the last time."""
        since, self._since = self._since, time.perf_counter()
        return self._since - since


def _reason(error: Exception) -> str:
    match error:
        case TimeoutError():
            return "The endpoint did not respond in time."
        case ssl.SSLError():
            return f"The TLS handshake failed: {error.reason or error}."
        case _:
            return f"The response is unusable: {type(error).__name__}."


async def _request(
    check: HealthCheck,
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    reference: str,
    response_seconds: float,
    watch: _Watch,
) -> ProbeOutcome:
    async with asyncio.timeout(response_seconds):
        if check.uses_tls:
            await writer.start_tls(_any_certificate(), server_hostname=check.domain_name if check.enable_sni else None)
            watch.latency = replace(watch.latency, handshake=watch.lap())
        writer.write(_get(check, reference))
        head = await reader.readuntil(b"\r\n\r\n")
        watch.latency = replace(watch.latency, first_byte=watch.lap())
    response = _parsed(head)
    text = f"HTTP Status Code {response.status}, {response.reason}"
    if not _FIRST_SUCCESS <= response.status < _FIRST_FAILURE:
        return failure(text)
    if check.search_string is None or not check.type.endswith("_STR_MATCH"):
        return ProbeOutcome(passed=True, report=f"Success: {text}")
    body = await _body(head, reader, response_seconds)
    if check.search_string.encode() in body:
        return ProbeOutcome(passed=True, report=f"Success: {text}")
    return failure(f"{text}. The string to search for is not in the first {_SEARCHED_BYTES} bytes of the body.")


@cache
def _any_certificate() -> ssl.SSLContext:
    """Return a context that validates nothing: health checks do not (FACTS 2.1)."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _get(check: HealthCheck, reference: str) -> bytes:
    lines = (
        f"GET {check.path} HTTP/1.1",
        f"Host: {check.host_header}",
        f"User-Agent: Amazon-Route53-Health-Check-Service (ref {reference})",
        "Accept: */*",
        "Connection: close",
    )
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode()


async def _body(head: bytes, reader: asyncio.StreamReader, response_seconds: float) -> bytes:
    """Return the first bytes of the body, of those that arrive in time."""
    received = head
    try:
        async with asyncio.timeout(response_seconds):
            while len(received) < len(head) + 2 * _SEARCHED_BYTES:  # chunks have frames of their own
                more = await reader.read(_SEARCHED_BYTES)
                if not more:
                    break
                received += more
    except TimeoutError:
        pass
    try:
        return _parsed(received).read(_SEARCHED_BYTES)
    except http.client.IncompleteRead as error:
        return error.partial


def _parsed(received: bytes) -> http.client.HTTPResponse:
    response = http.client.HTTPResponse(_Received(received))  # type: ignore[arg-type] # makefile is all it uses
    response.begin()
    return response


class _Received:
    """Bytes that were received already, as a socket."""

    def __init__(self, received: bytes) -> None:
        self._received = received

    def makefile(self, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._received)
