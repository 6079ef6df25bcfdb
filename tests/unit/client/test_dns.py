"""A payer's resolver: what it keeps, and for how long."""

from typing import Any

import dns.message
import dns.nameserver
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from client.dns import ResolutionError, Resolver
from tests.unit.fake_clock import FakeClock

ADDRESS = "api.example.com. 60 IN A 127.0.1.1"
SOA = "example.com. {} IN SOA ns.example.com. host.example.com. 1 7200 900 1209600 {}"


def record(line: str) -> dns.rrset.RRset:
    name, ttl, class_, type_, value = line.split(" ", 4)
    return dns.rrset.from_text(name, int(ttl), class_, type_, value)


class Server(dns.nameserver.Nameserver):
    """Answers one question after another as told, and counts them."""

    def __init__(self, *zone: str, rcode: str = "NOERROR", authority: str | None = None) -> None:
        self.zone = zone
        self.rcode = rcode
        self.authority = authority
        self.error: Exception | None = None
        self.questions: list[bool] = []

    def __str__(self) -> str:
        return "127.0.0.1"

    def kind(self) -> str:
        return "fake"

    def is_always_max_size(self) -> bool:
        return False

    def answer_nameserver(self) -> str:
        return "127.0.0.1"

    def answer_port(self) -> int:
        return 53

    def query(self, request: dns.message.QueryMessage, timeout: float, *_: Any, **options: Any) -> dns.message.Message:
        self.questions.append(options.get("max_size", False))
        if self.error:
            raise self.error
        reply = dns.message.make_response(request)
        reply.set_rcode(dns.rcode.from_text(self.rcode))
        reply.answer = [record(line) for line in self.zone]
        reply.authority = [record(self.authority)] if self.authority else []
        return dns.message.from_wire(reply.to_wire())


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def resolver_of(server: Server, clock: FakeClock) -> Resolver:
    stub = dns.resolver.Resolver(configure=False)
    stub.nameservers = [server]
    return Resolver(clock=clock, stub=stub)


def test_an_address_is_kept_for_its_ttl(clock: FakeClock) -> None:
    server = Server(ADDRESS)
    resolver = resolver_of(server, clock)
    assert resolver.address("API.example.com.") == "127.0.1.1"
    server.zone = ("api.example.com. 60 IN A 127.0.1.2",)
    clock.advance(59.9)
    assert resolver.address("api.example.com") == "127.0.1.1"
    clock.advance(0.2)
    assert resolver.address("api.example.com") == "127.0.1.2"
    assert len(server.questions) == 2


def test_the_shortest_ttl_of_a_chain_counts(clock: FakeClock) -> None:
    server = Server("www.example.com. 5 IN CNAME api.example.com.", ADDRESS)
    resolver = resolver_of(server, clock)
    assert resolver.addresses("www.example.com") == ("127.0.1.1",)
    clock.advance(5)
    resolver.address("www.example.com")
    assert len(server.questions) == 2


def test_all_addresses_are_kept_in_the_order_of_the_server(clock: FakeClock) -> None:
    server = Server(*(f"api.example.com. 60 IN A 127.0.1.{last}" for last in (3, 1, 2)))
    resolver = resolver_of(server, clock)
    for _ in range(2):
        assert resolver.addresses("api.example.com") == ("127.0.1.3", "127.0.1.1", "127.0.1.2")
    assert resolver.address("api.example.com") == "127.0.1.3"
    assert len(server.questions) == 1


@pytest.mark.parametrize(("rcode", "says"), [("NXDOMAIN", "NXDOMAIN"), ("NOERROR", "no A record")])
@pytest.mark.parametrize(("ttl", "minimum"), [(900, 86400), (86400, 900)])
def test_a_denial_is_kept_for_as_long_as_the_soa_says(
    clock: FakeClock, rcode: str, says: str, ttl: int, minimum: int
) -> None:
    server = Server(rcode=rcode, authority=SOA.format(ttl, minimum))
    resolver = resolver_of(server, clock)
    for _ in range(2):
        with pytest.raises(ResolutionError, match=f"no.example.com has no address: .*{says}"):
            resolver.address("no.example.com")
    assert len(server.questions) == 1
    clock.advance(900)
    with pytest.raises(ResolutionError):
        resolver.address("no.example.com")
    assert len(server.questions) == 2


@pytest.mark.parametrize("rcode", ["NXDOMAIN", "NOERROR"])
def test_a_denial_without_an_soa_is_not_kept(clock: FakeClock, rcode: str) -> None:
    server = Server(rcode=rcode)
    resolver = resolver_of(server, clock)
    with pytest.raises(ResolutionError):
        resolver.address("api.example.com")
    server.rcode, server.zone = "NOERROR", (ADDRESS,)
    assert resolver.address("api.example.com") == "127.0.1.1"


@pytest.mark.parametrize("rcode", ["SERVFAIL", "REFUSED"])
def test_a_failure_is_not_kept(clock: FakeClock, rcode: str) -> None:
    server = Server(rcode=rcode)
    resolver = resolver_of(server, clock)
    with pytest.raises(ResolutionError, match=rcode):
        resolver.address("api.example.com")
    server.rcode, server.zone = "NOERROR", (ADDRESS,)
    assert resolver.address("api.example.com") == "127.0.1.1"


def test_a_server_that_is_not_reached_is_one_clear_error(clock: FakeClock) -> None:
    server = Server()
    server.error = ConnectionRefusedError(111, "Connection refused")
    with pytest.raises(ResolutionError, match=r"api\.example\.com has no address: .*127\.0\.0\.1.*Connection refused"):
        resolver_of(server, clock).address("api.example.com")


def test_a_cache_can_be_emptied(clock: FakeClock) -> None:
    server = Server(ADDRESS)
    resolver = resolver_of(server, clock)
    resolver.address("api.example.com")
    resolver.forget()
    resolver.address("api.example.com")
    assert len(server.questions) == 2


@pytest.mark.parametrize("name", ["", ".", "a..b", "x" * 64 + ".example.com"])
def test_what_is_no_name_is_one_clear_error(clock: FakeClock, name: str) -> None:
    with pytest.raises(ResolutionError, match="has no address"):
        resolver_of(Server(), clock).address(name)


def test_name_servers_are_those_that_the_machine_has_now(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A payer runs for months, and its machine moves to networks with servers of their own."""
    first, second = Server(ADDRESS), Server("api.example.com. 60 IN A 127.0.1.2")
    configured = [first]

    def read_resolv_conf(stub: Any, _: object) -> None:
        stub.nameservers = list(configured)

    monkeypatch.setattr(dns.resolver.Resolver, "read_resolv_conf", read_resolv_conf)
    resolver = Resolver(clock=clock)
    assert resolver.address("api.example.com") == "127.0.1.1"
    configured[:] = [second]
    clock.advance(61)
    assert resolver.address("api.example.com") == "127.0.1.2"


def test_a_machine_without_name_servers_gets_them_later(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(_: Any, __: object) -> None:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.resolver.Resolver, "read_resolv_conf", unreadable)
    resolver = Resolver(clock=clock)
    with pytest.raises(ResolutionError):
        resolver.address("api.example.com")
    monkeypatch.setattr(
        dns.resolver.Resolver, "read_resolv_conf", lambda stub, _: setattr(stub, "nameservers", [Server(ADDRESS)])
    )
    assert resolver.address("api.example.com") == "127.0.1.1"
