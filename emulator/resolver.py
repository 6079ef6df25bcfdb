"""A stub resolver with a cache, as a client's machine has one: it asks the emulator's DNS server and honours TTLs."""

import contextlib
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from dnslib import QTYPE, RCODE, DNSRecord
from dnslib.dns import DNSError

from emulator.clock import Clock, ScaledClock

_TIMEOUT_SECONDS = 2
_ATTEMPTS = 3


class ResolutionError(OSError):
    """A name has no address, or the DNS server says nothing of use; the message names both."""


Exchange = Callable[[str], bytes]
"""Sends a question about a name's addresses and returns the answer's bytes."""


@dataclass(frozen=True)
class _Cached:
    addresses: tuple[str, ...]
    outcome: str
    expires: float


class Resolver:
    """Resolves names to IPv4 addresses.

    Args:
        port: The DNS server's port; it is not used with an `exchange` of one's own.
        host: The DNS server's address.
        clock: TTLs are emulated seconds, so that the clock must have the emulator's scale.
        exchange: Asks the server; the default asks over UDP, and over TCP when the answer is cut off.
    """

    def __init__(
        self,
        *,
        port: int = 53,
        host: str = "127.0.0.1",
        clock: Clock | None = None,
        exchange: Exchange | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._clock = clock or ScaledClock()
        self._exchange = exchange or self._ask
        self._cache: dict[str, _Cached] = {}

    def address(self, name: str) -> str:
        """Return the first address of a name.

        Raises:
            ResolutionError: There is none.
        """
        return self.addresses(name)[0]

    def addresses(self, name: str) -> tuple[str, ...]:
        """Return a name's addresses, from the cache while it may be used.

        Raises:
            ResolutionError: There are none, or the server cannot be asked.
        """
        key = name.lower().rstrip(".")
        cached = self._cache.get(key)
        if cached is None or cached.expires <= self._clock.monotonic():
            cached = self._cache[key] = self._resolved(key)
        if not cached.addresses:
            raise ResolutionError(f"{name} has no address: {cached.outcome}")
        return cached.addresses

    def forget(self) -> None:
        """Empty the cache."""
        self._cache.clear()

    def _resolved(self, name: str) -> _Cached:
        try:
            answer: Any = DNSRecord.parse(self._exchange(name))
        except (OSError, DNSError) as error:
            raise ResolutionError(f"the DNS server does not answer for {name}: {error}") from error
        outcome = str(RCODE.get(answer.header.rcode))
        if outcome not in ("NOERROR", "NXDOMAIN"):  # a failure is not cached
            raise ResolutionError(f"{name} has no address: {outcome}")
        addresses = tuple(str(each.rdata) for each in answer.rr if each.rtype == QTYPE.A)
        # The shortest TTL of the chain counts; for a denial it is the SOA record's (RFC 2308).
        lifetimes = [each.ttl for each in (answer.rr if addresses else answer.auth)]
        shown = outcome if outcome == "NXDOMAIN" else "it exists, but has no A record"
        return _Cached(addresses, shown, self._clock.monotonic() + min(lifetimes, default=0))

    def _ask(self, name: str) -> bytes:
        question: Any = DNSRecord.question(name, "A")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as over_udp:
            over_udp.settimeout(_TIMEOUT_SECONDS)
            over_udp.connect((self._host, self._port))
            for _ in range(_ATTEMPTS):
                over_udp.send(question.pack())
                with contextlib.suppress(TimeoutError):
                    packet = over_udp.recv(65_535)
                    answer: Any = DNSRecord.parse(packet)
                    if answer.header.id == question.header.id:  # no late answer to an earlier question
                        return self._ask_again(question.pack()) if answer.header.tc else packet
        raise TimeoutError(f"no answer from {self._host}:{self._port}")

    def _ask_again(self, question: bytes) -> bytes:
        """Ask over TCP, where answers have no limit."""
        with (
            socket.create_connection((self._host, self._port), timeout=_TIMEOUT_SECONDS) as over_tcp,
            over_tcp.makefile("rb") as stream,
        ):
            over_tcp.sendall(len(question).to_bytes(2, "big") + question)
            return stream.read(int.from_bytes(stream.read(2), "big"))
