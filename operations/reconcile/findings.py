"""Judges the sources' versions of one payment; pure."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from operator import attrgetter
from typing import Any

from handlers.payments.logged_payment import LoggedPayment
from operations.reconcile.sources import LOGS, TABLES, Place
from operations.reconcile.versions import Version


class FindingKind(StrEnum):
    """The kind of a finding."""

    MISSING = "missing"  # a source that should hold it does not
    CONFLICTING = "conflicting"  # the same id, another amount, currency or metadata
    DUPLICATED = "duplicated"  # the same payment, stored more than once
    MALFORMED = "malformed"  # an entry that is not a payment
    PARKED = "parked"  # accepted but not stored: a dead letter


@dataclass(frozen=True)
class Horizon:
    """The period whose payments a source must hold (ISO 8601, like payments' timestamps)."""

    settled: str
    """Stored later, and it may still be on its way into the place."""
    complete_from: str = ""
    """Stored earlier, and the place was not read that far back: its logs are archived."""
    origin: str = ""
    """The region whose own logs the place holds; empty for a replica."""
    origin_settled: str = ""
    """Stored later in that region, and its own stream may still be handing it over."""

    def expects(self, stored: LoggedPayment) -> bool:
        """Return whether the source must hold a payment."""
        settled = self.origin_settled if stored.region == self.origin else self.settled
        return self.complete_from <= stored.stored_at <= settled


@dataclass(frozen=True)
class Finding:
    """A payment that differs between sources."""

    transaction_id: str
    kinds: tuple[FindingKind, ...]
    missing_from: tuple[Place, ...]
    versions: tuple[Version, ...]
    """By the time at which they were stored."""
    in_flight: bool = False
    """Too young to tell: replication may still carry it."""

    @property
    def digest(self) -> str:
        """The SHA-256 of the evidence: an acceptance covers exactly this."""
        held = [version.document() for version in self.versions]
        evidence = json.dumps([self.transaction_id, held, sorted(self.missing_from)], sort_keys=True)
        return hashlib.sha256(evidence.encode()).hexdigest()

    @property
    def wanted(self) -> LoggedPayment | None:
        """The version to insert where the payment is missing; None if inserting is not a remedy."""
        if not {FindingKind.CONFLICTING, FindingKind.MALFORMED, FindingKind.PARKED}.isdisjoint(self.kinds):
            return None
        held = [version.stored for version in self.versions if not version.places.isdisjoint(TABLES)]
        return held[0] if held else self.versions[0].stored

    @property
    def repairable(self) -> tuple[Place, ...]:
        """The replicas into which the payment can be inserted."""
        return tuple(place for place in self.missing_from if place.is_table) if self.wanted else ()

    @property
    def unlogged(self) -> tuple[Place, ...]:
        """The buckets whose logs can be completed."""
        return tuple(place for place in self.missing_from if place in LOGS) if self.wanted else ()

    @property
    def proposal(self) -> str:
        """The repair, in words."""
        if FindingKind.MALFORMED in self.kinds:
            return "a person must decide: an entry is not a payment"
        if FindingKind.CONFLICTING in self.kinds:
            return "a human must decide which version counts"
        if FindingKind.PARKED in self.kinds:
            (role, *_) = sorted(place.role for version in self.versions for place in version.places)
            return f"`dr redrive {role}` sends it to the region that serves"
        steps = [f"insert into the {place.role} replica" for place in self.repairable]
        if FindingKind.DUPLICATED in self.kinds:
            steps.append("a human must see whether it was paid twice")
        if len(self.repairable) < len(self.missing_from):
            steps.append("see to the buckets' replication, then --write-logs")
        return ", ".join(steps)

    def document(self) -> dict[str, Any]:
        """Return the finding as JSON types."""
        return {
            "transactionId": self.transaction_id,
            "kinds": list(self.kinds),
            "missingFrom": list(self.missing_from),
            "versions": [version.document() for version in self.versions],
            "proposal": self.proposal,
            "inFlight": self.in_flight,
            "digest": self.digest,
        }


def judge(transaction_id: str, versions: Sequence[Version], horizons: Mapping[Place, Horizon]) -> Finding | None:
    """Return the finding on a payment, judged by the readable sources, or None."""
    ordered = tuple(sorted(versions, key=attrgetter("age")))
    if any(version.stored is None for version in ordered):
        return Finding(transaction_id, (FindingKind.MALFORMED,), (), ordered)
    newest = [version.stored for version in ordered if version.stored][-1]
    holding = frozenset[Place]().union(*(version.places for version in ordered))
    absent = [place for place in horizons if place not in holding]
    missing = tuple(place for place in absent if horizons[place].expects(newest))
    kinds = _kinds(ordered, missing)
    in_flight = _unsettled(ordered, absent, horizons, newest.stored_at)
    return Finding(transaction_id, kinds, missing, ordered, in_flight) if kinds or in_flight else None


def _kinds(versions: Sequence[Version], missing: Collection[Place]) -> tuple[FindingKind, ...]:
    kinds = []
    if len({version.stored.content for version in versions if version.stored}) > 1:
        kinds.append(FindingKind.CONFLICTING)
    elif len(versions) > 1:
        kinds.append(FindingKind.DUPLICATED)
    if missing:
        kinds.append(FindingKind.MISSING)
    return tuple(kinds)


def _unsettled(
    versions: Sequence[Version], absent: Collection[Place], horizons: Mapping[Place, Horizon], newest: str
) -> bool:
    """Return whether the replicas' difference may still be in replication."""
    replicas = [place for place in horizons if place.is_table]
    young = any(newest > horizons[place].settled for place in replicas)
    differ = any(place.is_table for place in absent) or any(
        not version.places.isdisjoint(replicas) and not version.places.issuperset(replicas) for version in versions
    )
    return young and differ
