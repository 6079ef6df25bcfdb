"""A client's resolver: what it keeps, and for how long."""

from typing import Any

import pytest
from dnslib import RCODE, RR, DNSRecord

from emulator.resolver import ResolutionError, Resolver
from tests.unit.emulator.route53.fakes import FakeClock

SOA = "example.com. {} IN SOA ns.example.com. host.example.com. 1 7200 900 1209600 86400"


class Server:
    """Answers one name after another as told, and counts the questions."""

    def __init__(self, *zone: str, rcode: str = "NOERROR", authority: str | None = None) -> None:
        self.zone = zone
        self.rcode = rcode
        self.authority = authority
        self.questions: list[str] = []

    def exchange(self, name: str) -> bytes:
        self.questions.append(name)
        reply: Any = DNSRecord.question(name).reply()
        reply.header.rcode = getattr(RCODE, self.rcode)
        reply.add_answer(*(record for line in self.zone for record in RR.fromZone(line)))
        if self.authority:
            reply.add_auth(*RR.fromZone(self.authority))
        return bytes(reply.pack())


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def passed(clock: FakeClock, seconds: float) -> None:
    clock._now += seconds


def test_an_address_is_kept_for_its_ttl(clock: FakeClock) -> None:
    server = Server("api.example.com. 60 IN A 127.0.1.1")
    resolver = Resolver(clock=clock, exchange=server.exchange)
    assert resolver.address("API.example.com.") == "127.0.1.1"
    server.zone = ("api.example.com. 60 IN A 127.0.1.2",)
    passed(clock, 59.9)
    assert resolver.address("api.example.com") == "127.0.1.1"
    passed(clock, 0.1)
    assert resolver.address("api.example.com") == "127.0.1.2"
    assert len(server.questions) == 2


def test_the_shortest_ttl_of_a_chain_counts(clock: FakeClock) -> None:
    server = Server("www.example.com. 5 IN CNAME a.example.com.", "a.example.com. 60 IN A 127.0.1.1")
    resolver = Resolver(clock=clock, exchange=server.exchange)
    assert resolver.addresses("www.example.com") == ("127.0.1.1",)
    passed(clock, 5)
    resolver.address("www.example.com")
    assert len(server.questions) == 2


@pytest.mark.parametrize(("rcode", "says"), [("NXDOMAIN", "NXDOMAIN"), ("NOERROR", "no A record")])
def test_a_denial_is_kept_for_as_long_as_the_soa_says(clock: FakeClock, rcode: str, says: str) -> None:
    server = Server(rcode=rcode, authority=SOA.format(900))
    resolver = Resolver(clock=clock, exchange=server.exchange)
    for _ in range(2):
        with pytest.raises(ResolutionError, match=says):
            resolver.address("no.example.com")
    assert len(server.questions) == 1
    passed(clock, 900)
    with pytest.raises(ResolutionError):
        resolver.address("no.example.com")
    assert len(server.questions) == 2


def test_a_failure_is_not_kept(clock: FakeClock) -> None:
    server = Server(rcode="SERVFAIL")
    resolver = Resolver(clock=clock, exchange=server.exchange)
    with pytest.raises(ResolutionError, match="SERVFAIL"):
        resolver.address("api.example.com")
    server.rcode, server.zone = "NOERROR", ("api.example.com. 60 IN A 127.0.1.1",)
    assert resolver.address("api.example.com") == "127.0.1.1"


def test_a_server_that_is_silent_is_one_clear_error(clock: FakeClock) -> None:
    def silent(name: str) -> bytes:
        raise TimeoutError("no answer from 127.0.0.1:53")

    with pytest.raises(ResolutionError, match=r"api\.example\.com: no answer from 127\.0\.0\.1:53"):
        Resolver(clock=clock, exchange=silent).address("api.example.com")


def test_a_cache_can_be_emptied(clock: FakeClock) -> None:
    server = Server("api.example.com. 60 IN A 127.0.1.1")
    resolver = Resolver(clock=clock, exchange=server.exchange)
    resolver.address("api.example.com")
    resolver.forget()
    resolver.address("api.example.com")
    assert len(server.questions) == 2
