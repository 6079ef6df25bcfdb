"""DNS messages: a query's bytes in, the answer's bytes out. No sockets."""

import struct
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from dnslib import QTYPE, RR, DNSHeader, DNSLabel, DNSRecord
from dnslib.bimap import BimapError
from dnslib.buffer import BufferError as TooShortError
from dnslib.dns import CLASS, EDNS0, OPCODE, DNSError
from dnslib.label import DNSBuffer, DNSLabelError

from emulator.route53.zones import Answer, Rcode, Record, UnanswerableRecordError

Resolve = Callable[[str, str], Answer]
"""Answers a question about a name and a type such as "A"."""

_PLAIN_UDP_BYTES = 512
_UDP_BYTES = 1232
"""What fits through every network in one piece; also what this server says that it takes."""
_HEADER_BYTES = 12

_FIELDS = {"A": 1, "AAAA": 1, "CNAME": 1, "NS": 1, "PTR": 1, "MX": 2, "SRV": 4, "SOA": 7}
"""How many fields a value has; dnslib ignores those that are too many, and makes up some that are missing."""

_UNREADABLE = (
    DNSError,
    DNSLabelError,
    BimapError,
    TooShortError,
    ValueError,
    ArithmeticError,
    LookupError,
    struct.error,
)
"""What dnslib raises about packets and values that are malformed; ValueError covers what is no base 16 or 64."""


def respond(packet: bytes, resolve: Resolve, report: Callable[[str], object], *, udp: bool) -> bytes | None:
    """Return the answer to a message; None for what deserves none.

    What cannot be answered is SERVFAIL, and `report` is told why. Over UDP an answer that is too long is cut off, so
    that the client asks again over TCP.
    """
    try:
        query = DNSRecord.parse(packet)
    except _UNREADABLE:
        return _malformed(packet)
    if query.header.qr:  # an answer: answering it could go on for ever
        return None
    try:
        packed = _packed(query, _answer(query, resolve))
    except (UnanswerableRecordError, *_UNREADABLE) as error:
        report(f"DNS answers SERVFAIL: {error}")
        return _packed(query, Answer(Rcode.SERVFAIL, authoritative=False))
    options = _options(query)
    room = max(_PLAIN_UDP_BYTES, min(options.rclass, _UDP_BYTES)) if options else _PLAIN_UDP_BYTES
    return _packed(query, Answer(), cut_off=True) if udp and len(packed) > room else packed


def _options(query: Any) -> Any:  # noqa: ANN401 — dnslib is untyped
    """Return a query's EDNS record, if it has one."""
    return next((each for each in query.ar if each.rtype == QTYPE.OPT), None)


def _answer(query: Any, resolve: Resolve) -> Answer:  # noqa: ANN401
    if query.header.opcode != OPCODE.QUERY:
        return Answer(Rcode.NOTIMP, authoritative=False)
    if len(query.questions) != 1:
        return Answer(Rcode.FORMERR, authoritative=False)
    question = query.q
    if question.qclass != CLASS.IN:
        return Answer(Rcode.REFUSED, authoritative=False)
    if question.qtype in (QTYPE.ANY, QTYPE.AXFR, QTYPE.IXFR):
        return Answer(Rcode.NOTIMP, authoritative=False)
    return resolve(str(question.qname), str(QTYPE.get(question.qtype)))


def _packed(query: Any, answer: Answer, *, cut_off: bool = False) -> bytes:  # noqa: ANN401
    reply = query.reply(ra=0, aa=int(answer.authoritative))
    reply.header.rcode = int(answer.rcode)
    reply.header.tc = int(cut_off)
    reply.add_answer(*map(_resource_record, answer.records))
    reply.add_auth(*map(_resource_record, answer.authority))
    if _options(query):
        reply.add_ar(EDNS0(udp_len=_UDP_BYTES))
    return bytes(reply.pack())


def _resource_record(record: Record) -> Any:  # noqa: ANN401
    type_ = getattr(QTYPE, record.type)
    return RR(DNSLabel(record.name), type_, ttl=record.ttl, rdata=rdata(record.type, record.value))


@lru_cache(maxsize=1024)
def rdata(type_: str, value: str) -> Any:  # noqa: ANN401
    """Return the data of a record in dnslib's shape.

    Raises:
        ValueError: The value is not in the zone file's format, or its type is not emulated.
    """
    try:
        (parsed,) = RR.fromZone(f". 0 IN {type_} {value}")
        parsed.pack(DNSBuffer())  # only this notices numbers and names that are too long
        if len(value.split()) != _FIELDS.get(type_, len(value.split())):
            raise ValueError("too few fields or too many")
    except (*_UNREADABLE, TypeError, AttributeError) as error:
        raise ValueError(f"the {type_} record {value!r} is malformed, or of a type that is not emulated") from error
    return parsed.rdata


def _malformed(packet: bytes) -> bytes | None:
    """Return FORMERR for what at least begins like a query."""
    if len(packet) < _HEADER_BYTES or packet[2] & 0x80:
        return None
    header = DNSHeader(id=int.from_bytes(packet[:2], "big"), bitmap=0, qr=1, rcode=int(Rcode.FORMERR))
    return bytes(DNSRecord(header).pack())
