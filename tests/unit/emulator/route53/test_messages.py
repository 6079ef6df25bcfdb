"""DNS messages in and out; whatever comes in, nothing breaks."""

from typing import Any

import pytest
from dnslib import QTYPE, RCODE, DNSRecord
from dnslib.dns import EDNS0
from hypothesis import given
from hypothesis import strategies as st

from emulator.route53.messages import rdata, respond
from emulator.route53.zones import Answer, Rcode, Record, UnanswerableRecordError

ADDRESS = Record("api.example.com.", "A", 60, "127.0.1.1")
SOA = Record("example.com.", "SOA", 900, "ns.example.com. host.example.com. 1 7200 900 1209600 86400")
LONG = tuple(Record("long.example.com.", "TXT", 60, f'"{number:03} {"x" * 90}"') for number in range(30))


def resolve(name: str, type_: str) -> Answer:
    match name:
        case "api.example.com.":
            return Answer(records=(ADDRESS,) if type_ == "A" else (), authority=() if type_ == "A" else (SOA,))
        case "long.example.com.":
            return Answer(records=LONG)
        case "broken.example.com.":
            return Answer(records=(Record(name, "A", 60, "no address"),))
        case "weighted.example.com.":
            raise UnanswerableRecordError("weighted routing is not emulated")
        case _:
            return Answer(Rcode.NXDOMAIN, authority=(SOA,))


def unheard(problem: str) -> None:
    pass


def exchange(query: Any, *, udp: bool = True, reported: list[str] | None = None) -> Any:
    packed = respond(query.pack(), resolve, unheard if reported is None else reported.append, udp=udp)
    assert packed is not None
    answer: Any = DNSRecord.parse(packed)
    assert answer.header.id == query.header.id
    return answer


def ask(name: str, type_: str = "A", **how: Any) -> Any:
    return exchange(DNSRecord.question(name, type_), **how)


class TestAnswers:
    """What queries get."""

    def test_a_record(self) -> None:
        answer = ask("api.example.com")
        assert [(str(each.rname), each.ttl, str(each.rdata)) for each in answer.rr] == [
            ("api.example.com.", 60, "127.0.1.1")
        ]
        assert (answer.header.aa, answer.header.ra, answer.header.rcode) == (1, 0, RCODE.NOERROR)

    def test_a_denial_brings_the_soa_record(self) -> None:
        for name, type_, outcome in (("no.example.com", "A", RCODE.NXDOMAIN), ("api.example.com", "MX", RCODE.NOERROR)):
            answer = ask(name, type_)
            assert (answer.header.rcode, answer.rr) == (outcome, [])
            assert [(each.rtype, each.ttl) for each in answer.auth] == [(QTYPE.SOA, 900)]

    @pytest.mark.parametrize("name", ["weighted.example.com", "broken.example.com"])
    def test_unsupported_query_is_logged(self, name: str) -> None:
        reported: list[str] = []
        assert ask(name, reported=reported).header.rcode == RCODE.SERVFAIL
        assert reported[0].startswith("DNS answers SERVFAIL: ")

    @pytest.mark.parametrize("type_", ["ANY", "AXFR"])
    def test_questions_for_everything_are_not_implemented(self, type_: str) -> None:
        assert ask("api.example.com", type_).header.rcode == RCODE.NOTIMP

    def test_other_classes_are_refused(self) -> None:
        assert exchange(DNSRecord.question("version.bind", "TXT", "CH")).header.rcode == RCODE.REFUSED


class TestSize:
    """What fits into one datagram."""

    def test_over_udp_a_long_answer_is_cut_off(self) -> None:
        answer = ask("long.example.com", "TXT")
        assert (answer.header.tc, answer.rr) == (1, [])
        assert str(answer.q.qname) == "long.example.com."

    def test_over_tcp_it_is_whole(self) -> None:
        assert len(ask("long.example.com", "TXT", udp=False).rr) == len(LONG)

    def test_extended_dns_is_answered_in_kind(self) -> None:
        query = DNSRecord.question("api.example.com", "A")
        query.add_ar(EDNS0(udp_len=4096))
        answer = exchange(query)
        assert [each.rtype for each in answer.ar] == [QTYPE.OPT]
        assert len(answer.rr) == 1


class TestBadInput:
    """Packets that are no queries."""

    def test_an_answer_gets_none(self) -> None:
        query: Any = DNSRecord.question("api.example.com")
        assert respond(query.reply().pack(), resolve, unheard, udp=True) is None

    def test_a_query_that_breaks_off_is_a_format_error(self) -> None:
        packet = DNSRecord.question("api.example.com").pack()[:-3]
        answer: Any = DNSRecord.parse(respond(packet, resolve, unheard, udp=True))
        assert (answer.header.rcode, answer.header.id.to_bytes(2, "big")) == (RCODE.FORMERR, packet[:2])

    def test_less_than_a_header_gets_no_answer(self) -> None:
        assert respond(b"\0" * 11, resolve, unheard, udp=True) is None

    def test_two_questions_are_a_format_error(self) -> None:
        query: Any = DNSRecord.question("api.example.com")
        query.add_question(query.q)
        assert exchange(query).header.rcode == RCODE.FORMERR

    @given(st.binary(max_size=80), st.booleans())
    def test_noise_never_breaks_it(self, noise: bytes, udp: bool) -> None:  # noqa: FBT001 — hypothesis passes by position
        respond(noise, resolve, unheard, udp=udp)

    @given(st.integers(0, 60), st.binary(min_size=1, max_size=30), st.booleans())
    def test_a_damaged_query_never_breaks_it(self, at: int, damage: bytes, udp: bool) -> None:  # noqa: FBT001
        query = DNSRecord.question("long.example.com", "TXT")
        query.add_ar(EDNS0(udp_len=4096))
        packet = query.pack()
        respond(packet[:at] + damage + packet[at + len(damage) :], resolve, unheard, udp=udp)


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        ("A", "1.2.3"),
        ("A", "name."),
        ("AAAA", "1.2.3.4"),
        ("MX", "mail."),
        ("SOA", "one. two."),
        ("NONSENSE", "x"),
        ("A", ""),
        ("A", "192.0.2.1 192.0.2.2"),
        ("MX", "70000 mail."),
        ("CNAME", f"{'x' * 64}.example.com."),
        ("SOA", "one. two. 1 2 3 4 never"),
        ("A", "192.0.2.1\nevil. 60 IN A 192.0.2.2"),
    ],
)
def test_malformed_values_are_refused(type_: str, value: str) -> None:
    with pytest.raises(ValueError, match="malformed"):
        rdata(type_, value)
