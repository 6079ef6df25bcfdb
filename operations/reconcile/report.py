"""The report of a reconciliation: findings, repairs, and what is left."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from operations.reconcile.evidence import Evidence, Holding, Queued
from operations.reconcile.findings import Finding, FindingKind
from operations.reconcile.repair import Repair
from operations.reconcile.sources import Place
from operations.topology.readings import Known, Reading, Unknown

SHOWN = 100
"""How many of the findings that are left a report holds; the audit trail has all."""

CLEAN, DIFFERENT, UNKNOWN = 0, 1, 2


@dataclass
class Report:
    """Counts findings as they are yielded, in constant memory."""

    evidence: Evidence
    queues: Mapping[Place, Reading[Queued]]
    time_scale: float
    since: str = ""
    """The beginning of the period that was compared (ISO 8601); empty for all times."""
    payments: Mapping[Place, int] = field(default_factory=dict)
    """How many payments of the period each place holds."""
    touched: int | None = None
    """How many payments were touched in the period, if one was asked for."""
    batches_kept: bool = False
    """Whether somebody has written down the stream's failed batches."""
    latest_known: Mapping[str, str] = field(default_factory=dict)
    """By region, when the last payment that began there was stored, as far as any place tells (ISO 8601)."""
    kinds: Counter[FindingKind] = field(default_factory=Counter)
    """Of all findings, accepted ones aside."""
    repairs: Counter[tuple[Place, str]] = field(default_factory=Counter)
    """How often an insert into a replica, or a line for a log, had which outcome."""
    accepted: int = 0
    in_flight: int = 0
    """Payments that could not be judged yet: they were read while replication may still have carried them."""
    repairable: int = 0
    """Findings left that inserts into replicas can repair."""
    unlogged: int = 0
    """Findings left that lines for the logs can repair."""
    repaired: int = 0
    """Findings that were repaired by inserts or by lines for the logs."""
    left: int = 0
    """Findings that are neither repaired nor accepted."""
    findings: list[Finding] = field(default_factory=list)
    """The first of those that are left."""

    def add(self, finding: Finding, repairs: list[Repair]) -> None:
        """Count a finding and its repairs."""
        self.kinds.update(finding.kinds)
        self.repairs.update((each.place, each.outcome.value) for each in repairs)
        repaired = {each.place for each in repairs if each.outcome.repaired}
        if finding.kinds == (FindingKind.MISSING,) and repaired.issuperset(finding.missing_from):
            self.repaired += 1
            return
        self.left += 1
        self.repairable += bool(finding.repairable)
        self.unlogged += bool(finding.unlogged)
        if len(self.findings) < SHOWN:
            self.findings.append(finding)

    @property
    def unknown(self) -> Mapping[Place, str]:
        """The sources that could not be read completely, and why."""
        reasons = {
            place: read.reason
            for place, read in (*self.evidence.items(), *self.queues.items())
            if isinstance(read, Unknown)
        }
        for place, read in self.evidence.items():
            if isinstance(read, Known) and read.value.unread_logs:
                reasons[place] = f"{read.value.unread_logs} logs are archived, and must be restored to be read"
        return reasons

    @property
    def waiting(self) -> int:
        """The number of accepted payments in queues that cannot be inspected."""
        return sum(read.value.waiting for read in self.queues.values() if isinstance(read, Known))

    @property
    def unlogged_batches(self) -> int:
        """The number of stream batches that were not logged; an overwritten payment may be missing in all logs."""
        return sum(read.value.unlogged_batches for read in self.queues.values() if isinstance(read, Known))

    @property
    def unjudged(self) -> tuple[str, ...]:
        """Why the comparison is inconclusive although no difference is left."""
        return (*(f"{place}: {reason}" for place, reason in self.unknown.items()), *self.unproven)

    @property
    def unproven(self) -> tuple[str, ...]:
        """The reasons beyond unreadable sources: empty data proves nothing (FACTS 8.3)."""
        reasons = []
        if self.touched == 0:
            reasons.append(f"no payment was stored or logged since {self.since}: begin earlier")
        if self.touched is None and not any(self.payments.values()):
            reasons.append("no place holds any payment, so nothing was compared")
        if self.in_flight:
            reasons.append(f"{self.in_flight} payments are in flight, or could not be looked up")
        if self.waiting:
            reasons.append(f"{self.waiting} accepted payments wait in queues")
        if self.unlogged_batches and not self.batches_kept:
            reasons.append(f"{self.unlogged_batches} batches of the stream failed: what they held may be in no log")
        return tuple(reasons)

    @property
    def clean(self) -> bool:
        """Return whether all sources were read and agree on every payment that can be judged."""
        return self.status == CLEAN

    @property
    def status(self) -> int:
        """The exit status: 0 clean, 1 differences are left, 2 no known difference, but not all was judged."""
        if self.left:
            return DIFFERENT
        return UNKNOWN if self.unjudged else CLEAN

    def document(self) -> dict[str, Any]:
        """Return the report as JSON types."""
        return {
            "clean": self.clean,
            "since": self.since or None,
            "places": {
                **{place: self._place(place, read) for place, read in self.evidence.items()},
                **{place: _queues(read) for place, read in self.queues.items()},
            },
            "touched": self.touched,
            "latestKnown": dict(self.latest_known),
            "unjudged": list(self.unjudged),
            "found": {kind: self.kinds[kind] for kind in FindingKind},
            "repairs": [
                {"place": place, "outcome": outcome, "count": count}
                for (place, outcome), count in sorted(self.repairs.items())
            ],
            "accepted": self.accepted,
            "repaired": self.repaired,
            "inFlight": self.in_flight,
            "left": self.left,
            "repairable": self.repairable,
            "unlogged": self.unlogged,
            "findings": [finding.document() for finding in self.findings],
            "timeScale": self.time_scale,
        }

    def _place(self, place: Place, read: Reading[Holding]) -> dict[str, Any]:
        if not isinstance(read, Known):
            return {"unknown": read.reason}
        return {"payments": self.payments.get(place), "unreadLogs": read.value.unread_logs}


def _queues(read: Reading[Queued]) -> dict[str, Any]:
    if not isinstance(read, Known):
        return {"unknown": read.reason}
    return {
        "parked": len(read.value.parked),
        "waiting": read.value.waiting,
        "unloggedBatches": read.value.unlogged_batches,
    }
