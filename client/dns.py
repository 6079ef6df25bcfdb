"""A caching stub resolver, like the one on a payer's machine: it queries a DNS server and honours TTLs."""

import time
from dataclasses import dataclass
from typing import Any, Protocol

import dns.exception
import dns.message
import dns.rcode
import dns.rdatatype
import dns.resolver

_LIFETIME_SECONDS = 5.0
"""How long one question may take, repeated questions and other name servers included."""


class ResolutionError(OSError):
    """A name has no address, or no DNS server gives a usable answer; the message names the reason."""


class Monotonic(Protocol):
    """The clock that TTLs are measured with; the `time` module fits."""

    def monotonic(self) -> float:
        """Return seconds since some start."""


@dataclass(frozen=True)
class _Cached:
    addresses: tuple[str, ...]
    outcome: str
    expires: float


class Resolver:
    """Resolves names to IPv4 addresses.

    Args:
        nameserver: Address and port of the DNS server; None uses the machine's configuration.
        clock: Measures TTLs; an emulator's TTLs run at its time scale.
        stub: Sends the queries; dnspython's resolver by default, a fake in tests.
    """

    def __init__(
        self,
        nameserver: tuple[str, int] | None = None,
        *,
        clock: Monotonic = time,
        stub: dns.resolver.Resolver | None = None,
    ) -> None:
        self._clock = clock
        self._stub = stub
        self._nameserver = nameserver
        self._cache: dict[str, _Cached] = {}

    def address(self, host: str) -> str:
        """Return the first address of a name.

        Raises:
            ResolutionError: There is none, or no server answers.
        """
        return self.addresses(host)[0]

    def addresses(self, host: str) -> tuple[str, ...]:
        """Return a name's addresses in the server's order, from the cache while it may be used.

        Raises:
            ResolutionError: There are none, or no server answers.
        """
        key = host.lower().rstrip(".")
        cached = self._cache.get(key)
        if cached is None or cached.expires <= self._clock.monotonic():
            cached = self._cache[key] = self._resolved(key)
        if not cached.addresses:
            raise ResolutionError(f"{host} has no address: {cached.outcome}")
        return cached.addresses

    def forget(self) -> None:
        """Empty the cache."""
        self._cache.clear()

    def _resolved(self, name: str) -> _Cached:
        try:
            response = self._ask(name)
        except dns.exception.DNSException as error:  # not cached: the next query may succeed
            raise ResolutionError(f"{name} has no address: {error}") from error
        # The shortest TTL in the chain applies; a denial is cached for as long as its SOA record allows (RFC 2308), and
        # without an SOA not at all.
        chain = response.resolve_chaining()
        kept = bool(chain.answer) or any(each.rdtype == dns.rdatatype.SOA for each in response.authority)
        addresses = tuple(str(record) for record in chain.answer or ())
        exists = response.rcode() == dns.rcode.NOERROR
        outcome = "it exists, but has no A record" if exists else dns.rcode.to_text(response.rcode())
        return _Cached(addresses, outcome, self._clock.monotonic() + (chain.minimum_ttl if kept else 0))

    def _ask(self, name: str) -> dns.message.QueryMessage:
        """Query A records over UDP, or over TCP when the answer is truncated; return the answer or the denial."""
        stub = self._stub or _stub(self._nameserver)  # re-read: a machine that changes networks gets other servers
        try:
            return stub.resolve(name, "A", search=False, raise_on_no_answer=False).response
        except dns.resolver.NXDOMAIN as error:
            denied: Any = error  # without type information
            response: dns.message.QueryMessage = denied.response(denied.qnames()[0])
            return response


def _stub(nameserver: tuple[str, int] | None) -> dns.resolver.Resolver:
    stub = dns.resolver.Resolver(configure=nameserver is None)
    stub.lifetime = _LIFETIME_SECONDS
    if nameserver is not None:
        stub.nameservers, stub.port = [nameserver[0]], nameserver[1]
    return stub
