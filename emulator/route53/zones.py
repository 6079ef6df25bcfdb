"""What DNS answers for the hosted zones: a pure function of the stored records and of the checks' status."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from functools import partial
from typing import Any

from emulator.route53.records import ALIAS_TTL_SECONDS, RecordSet, aws_address, canonical, record_set

Healthy = Callable[[str], bool]
"""Whether the health check with an id is healthy."""

Exists = Callable[[str], bool]
"""Whether the AWS resource is there that a host name belongs to."""

_MOST_HOPS = 8
"""CNAME records and aliases may lead in circles."""


class Rcode(IntEnum):
    """The outcome of a query, as DNS counts them."""

    NOERROR = 0
    FORMERR = 1
    SERVFAIL = 2
    NXDOMAIN = 3
    NOTIMP = 4
    REFUSED = 5


class UnanswerableRecordError(Exception):
    """A record cannot be answered as Route 53 would; the message says which and why."""


@dataclass(frozen=True)
class Record:
    """One record of an answer; the value is in the zone file's format."""

    name: str
    type: str
    ttl: int
    value: str


@dataclass(frozen=True)
class Answer:
    """The answer to one question. NODATA is NOERROR without records; both denials bring the zone's SOA record."""

    rcode: Rcode = Rcode.NOERROR
    records: tuple[Record, ...] = ()
    authority: tuple[Record, ...] = ()
    authoritative: bool = True

    def addresses(self) -> tuple[str, ...]:
        """Return the IPv4 addresses."""
        return tuple(record.value for record in self.records if record.type == "A")


class Zone:
    """One public hosted zone."""

    def __init__(self, zone_id: str, name: str, stored: Iterable[Mapping[str, Any]]) -> None:
        self.id = zone_id
        self.name = canonical(name)
        self._sets: dict[str, dict[str, list[RecordSet]]] = {}
        self._names = {self.name}
        for each in map(record_set, stored):
            self._sets.setdefault(each.name, {}).setdefault(each.type, []).append(each)
            # Names between a record and the zone exist, too, although nothing is there (RFC 4592).
            self._names.update(filter(self.covers, _ancestors(each.name, itself=True)))

    def covers(self, name: str) -> bool:
        """Return whether a name is the zone's own or below it."""
        return self.name in (name, ".") or name.endswith(f".{self.name}")

    def answer(self, name: str, type_: str, healthy: Healthy, exists: Exists) -> Answer:
        """Answer a question about a canonical name that the zone covers."""
        delegated = self._delegation(name, type_)
        if delegated:
            return Answer(authority=delegated, authoritative=False)
        found: list[Record] = []
        for _ in range(_MOST_HOPS):
            source = self._source(name)
            types = self._sets.get(source, {}) if source else {}
            followed = "CNAME" if type_ not in types and "CNAME" in types else type_
            records = list(self._values(types.get(followed, ()), name, healthy, exists))
            found += records
            if not records:
                # The outcome is that of the last name, also when aliases led there (RFC 6604).
                return Answer(Rcode.NOERROR if source else Rcode.NXDOMAIN, tuple(found), self._denial())
            name = canonical(records[-1].value)
            if followed == type_ or not self.covers(name):
                return Answer(records=tuple(found))
        raise UnanswerableRecordError(f"{found[0].name} is a CNAME that leads in circles")

    def _source(self, name: str) -> str | None:
        """Return the name whose records answer: itself if it exists, else the wildcard next to what does exist."""
        if name in self._names:
            return name
        closest = next(ancestor for ancestor in _ancestors(name) if ancestor in self._names)
        wildcard = f"*.{closest}"
        return wildcard if wildcard in self._names else None

    def _delegation(self, name: str, type_: str) -> tuple[Record, ...]:
        """Return the name servers that the zone hands a name over to; none for its own names."""
        for each in _ancestors(name, itself=True):
            if each == self.name or not self.covers(each):
                return ()
            # The delegated name's DS records stay with the parent (RFC 4035).
            if "NS" in self._sets.get(each, {}) and (type_, each) != ("DS", name):
                return tuple(self._values(self._sets[each]["NS"], each, _always, _always))
        return ()

    def _denial(self) -> tuple[Record, ...]:
        """Return the SOA record, whose TTL here says for how long a denial may be cached (RFC 2308)."""
        soa = self._values(self._sets.get(self.name, {}).get("SOA", []), self.name, _always, _always)
        return tuple(replace(each, ttl=min(each.ttl, int(each.value.split()[-1]))) for each in soa)

    def _values(
        self, group: Sequence[RecordSet], owner: str, healthy: Healthy, exists: Exists, hops: int = 0
    ) -> Iterator[Record]:
        """Yield the records of the record set that routing chooses from those with one name and type."""
        if not group:
            return
        chosen = choose(group, partial(self._is_healthy, healthy=healthy))
        if chosen.alias is None:
            yield from (Record(owner, chosen.type, chosen.ttl, value) for value in chosen.values)
        elif chosen.alias.zone_id == self.id:
            if hops == _MOST_HOPS:
                raise UnanswerableRecordError(f"{owner} is an alias that leads in circles")
            yield from self._values(self._target(chosen), owner, healthy, exists, hops + 1)
        else:
            address = aws_address(chosen.alias.target)
            if address is None:
                raise UnanswerableRecordError(
                    f"{chosen.name} is an alias to {chosen.alias.target}, which is not emulated"
                )
            # Regional APIs have no IPv6 address. An alias to what is gone has no value, and is not unhealthy for it.
            if chosen.type == "A" and exists(chosen.alias.target):
                yield Record(owner, "A", ALIAS_TTL_SECONDS, address)

    def _target(self, record: RecordSet) -> list[RecordSet]:
        """Return the records that an alias within the zone leads to."""
        source = self._source(record.alias.target) if record.alias and self.covers(record.alias.target) else None
        return self._sets.get(source, {}).get(record.type, []) if source else []

    def _is_healthy(self, record: RecordSet, healthy: Healthy, hops: int = 0) -> bool:
        """Return whether routing may choose a record: its check, and its target's if it evaluates that."""
        if record.health_check_id and not healthy(record.health_check_id):
            return False
        # For API Gateway targets, evaluation brings nothing (FACTS 2.4); records in the zone are evaluated.
        within = record.alias and record.alias.evaluates_target and record.alias.zone_id == self.id
        targets = self._target(record) if within and hops < _MOST_HOPS else []
        return not targets or any(self._is_healthy(each, healthy, hops + 1) for each in targets)


def choose(group: Sequence[RecordSet], is_healthy: Callable[[RecordSet], bool]) -> RecordSet:
    """Return the record set that answers, of those with one name and type.

    The primary answers while it is healthy, the secondary while only it is; with both unhealthy it is the primary
    again. A record without a check is always healthy (FACTS 2.5).

    Raises:
        UnansweredError: Another routing policy than simple or failover decides.
    """
    for each in group:
        if each.other_policy:
            raise UnanswerableRecordError(f"{each.name} has {each.other_policy} routing, which is not emulated")
    primary_first = sorted(group, key=lambda each: each.failover == "SECONDARY")
    return next(filter(is_healthy, primary_first), primary_first[0])


def _always(_: str) -> bool:
    return True


def answer(zones: Iterable[Zone], name: str, type_: str, healthy: Healthy, exists: Exists = _always) -> Answer:
    """Answer a question from the zone that is closest to the name; the last one, if several have one name.

    Raises:
        UnansweredError: What is stored for the name is not emulated.
    """
    name = canonical(name)
    covering = [zone for zone in zones if zone.covers(name)]
    if covering:
        return max(reversed(covering), key=lambda zone: len(zone.name)).answer(name, type_, healthy, exists)
    address = aws_address(name)
    if address is None:
        return Answer(Rcode.REFUSED, authoritative=False)
    return Answer(records=(Record(name, "A", ALIAS_TTL_SECONDS, address),) if type_ == "A" else ())


def _ancestors(name: str, *, itself: bool = False) -> Iterator[str]:
    """Yield a name's ancestors from the closest to the root; `itself` first if wanted."""
    if itself:
        yield name
    while name not in ("", "."):
        name = name.partition(".")[2] or "."
        yield name
