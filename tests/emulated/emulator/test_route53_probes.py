"""One request of a health checker against small servers: what passes, and what is sent."""

import asyncio
import contextlib
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
import trustme

from emulator.route53.checks import HealthCheck
from emulator.route53.probes import ProbeOutcome, probe

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
HTTPS = HealthCheck("HTTPS", domain_name="primary.example.com", port=443, path="/health?deep=1")

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Seen:
    """What the server was sent."""

    head: bytes = b""
    server_names: list[str | None] = field(default_factory=list)


def answering(seen: Seen, *parts: bytes, pause_seconds: float = 0) -> Serve:
    """Serve one answer, in parts with a pause before each, and keep the connection open."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.head = await reader.readuntil(b"\r\n\r\n")
        with contextlib.suppress(OSError, asyncio.CancelledError):
            for part in parts:
                await asyncio.sleep(pause_seconds)
                writer.write(part)
                await writer.drain()
            await reader.read()
        writer.close()

    return serve


def tls(seen: Seen) -> ssl.SSLContext:
    """A certificate that nobody trusts, for another name, and expired."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    expired = datetime(2020, 1, 1, tzinfo=UTC)
    trustme.CA().issue_cert("other.example.org", not_after=expired).configure_cert(context)
    context.sni_callback = lambda connection, name, of: seen.server_names.append(name)
    return context


def outcome(
    check: HealthCheck, serve: Serve, context: ssl.SSLContext | None = None, patience: float = 2.0
) -> ProbeOutcome:
    async def scenario() -> ProbeOutcome:
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=context)
        async with server:
            port = server.sockets[0].getsockname()[1]
            return await probe(check, "127.0.0.1", port, reference="check-1", response_seconds=patience)

    return asyncio.run(scenario())


class TestHttps:
    """The kind of check that the stack has."""

    def test_the_request(self) -> None:
        seen = Seen()
        result = outcome(HTTPS, answering(seen, OK), tls(seen))
        assert result == ProbeOutcome(passed=True, report="Success: HTTP Status Code 200, OK")
        lines = seen.head.decode().splitlines()
        assert lines[0] == "GET /health?deep=1 HTTP/1.1"
        assert "Host: primary.example.com" in lines
        assert "User-Agent: Amazon-Route53-Health-Check-Service (ref check-1)" in lines
        assert seen.server_names == ["primary.example.com"]

    def test_its_steps_are_measured(self) -> None:
        latency = outcome(HTTPS, answering(Seen(), OK, pause_seconds=0.1), tls(Seen())).latency
        assert latency is not None
        assert latency.connection > 0
        assert (latency.handshake or 0) > 0
        assert (latency.first_byte or 0) >= 0.1

    def test_a_step_that_it_does_not_get_to_took_no_time(self) -> None:
        latency = outcome(HTTPS, answering(Seen(), b"HTTP/1.1 400 Bad Request\r\n\r\n"), patience=0.5).latency
        assert latency is not None
        assert (latency.handshake, latency.first_byte) == (None, None)

    def test_without_sni_no_name_is_sent(self) -> None:
        seen = Seen()
        check = HealthCheck("HTTPS", domain_name="primary.example.com", port=443, enable_sni=False)
        assert outcome(check, answering(seen, OK), tls(seen)).passed
        assert seen.server_names == [None]

    def test_a_server_without_tls_fails(self) -> None:
        result = outcome(HTTPS, answering(Seen(), b"HTTP/1.1 400 Bad Request\r\n\r\n"), patience=0.5)
        assert not result.passed


class TestHttp:
    """Everything that does not depend on TLS."""

    CHECK = HealthCheck("HTTP", domain_name="primary.example.com", port=80)

    @pytest.mark.parametrize(
        ("status", "passed"),
        [("200 OK", True), ("301 Moved", True), ("399 Odd", True), ("403 Forbidden", False), ("503 Busy", False)],
    )
    def test_2xx_and_3xx_pass(self, status: str, *, passed: bool) -> None:
        result = outcome(self.CHECK, answering(Seen(), f"HTTP/1.1 {status}\r\n\r\n".encode()))
        code, _, reason = status.partition(" ")
        assert result == ProbeOutcome(
            passed=passed, report=f"{'Success' if passed else 'Failure'}: HTTP Status Code {code}, {reason}"
        )

    def test_the_answer_must_come_in_time(self) -> None:
        began = time.monotonic()
        result = outcome(self.CHECK, answering(Seen(), OK, pause_seconds=3))
        assert result == ProbeOutcome(passed=False, report="Failure: The endpoint did not respond in time.")
        assert time.monotonic() - began >= 2

    @pytest.mark.parametrize("noise", [b"\0" * 100, b"HTTP/1.1 two hundred\r\n\r\n", b"x" * 70_000, b"\r\n\r\n"])
    def test_noise_fails(self, noise: bytes) -> None:
        assert not outcome(self.CHECK, answering(Seen(), noise), patience=0.3).passed

    def test_a_connection_that_ends_fails(self) -> None:
        async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.close()

        assert "Failure: The response is unusable" in outcome(self.CHECK, hang_up).report

    def test_a_port_where_nobody_listens_fails(self) -> None:
        async def scenario(port: int) -> ProbeOutcome:
            return await probe(self.CHECK, "127.0.0.1", port, reference="check-1")

        with free_port() as port:
            assert asyncio.run(scenario(port)).report.startswith("Failure: The connection failed: ")


class TestStringMatching:
    """The string must be in the first 5,120 bytes of the body."""

    CHECK = HealthCheck("HTTP_STR_MATCH", domain_name="primary.example.com", port=80, search_string="all good")

    def result(self, *parts: bytes, pause_seconds: float = 0) -> bool:
        return outcome(self.CHECK, answering(Seen(), *parts, pause_seconds=pause_seconds), patience=0.5).passed

    def body(self, body: bytes) -> bytes:
        return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)

    def test_it_is_found(self) -> None:
        assert self.result(self.body(b"it is all good here"))
        assert self.result(self.body(b"x" * (5_120 - 8) + b"all good"))

    def test_it_is_missing_or_too_far_away(self) -> None:
        assert not self.result(self.body(b"it is not good"))
        assert not self.result(self.body(b"x" * (5_120 - 7) + b"all good"))

    def test_it_is_found_in_chunks(self) -> None:
        head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        assert self.result(head, b"4\r\nall \r\n", b"4\r\ngood\r\n0\r\n\r\n", pause_seconds=0.05)

    def test_a_body_that_comes_too_late_fails(self) -> None:
        assert not self.result(b"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n", b"", b"all good", pause_seconds=0.3)

    def test_the_status_counts_first(self) -> None:
        assert not self.result(b"HTTP/1.1 500 Oops\r\nContent-Length: 8\r\n\r\nall good")


def test_a_tcp_check_only_connects() -> None:
    result = outcome(HealthCheck("TCP", ip_address="127.0.0.1", port=1), answering(Seen()))
    assert result == ProbeOutcome(passed=True, report="Success: TCP connection established")


@contextlib.contextmanager
def free_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, but not listening: connections are refused
        yield taken.getsockname()[1]
