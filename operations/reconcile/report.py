"""What a reconciliation found, did and left."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from operations.reconcile.evidence import Evidence
from operations.reconcile.findings import Finding, Kind
from operations.reconcile.places import Place
from operations.reconcile.repair import Repair
from operations.topology.readings import Known, Unknown

SHOWN = 100
"""How many of the findings that are left a report holds; the audit trail has all."""

CLEAN, DIFFERENT, UNKNOWN = 0, 1, 2


@dataclass
class Report:
    """Counts grow while findings pass by; memory stays the same however many there are."""

    evidence: Evidence
    time_scale: float
    kinds: Counter[Kind] = field(default_factory=Counter)
    """Of all findings, accepted ones aside."""
    repairs: Counter[tuple[Place, str]] = field(default_factory=Counter)
    """How often an insert into a replica had which outcome."""
    accepted: int = 0
    in_flight: int = 0
    """Payments that could not be judged yet: they were read while replication may still have carried them."""
    left: int = 0
    """Findings that are neither mended nor accepted."""
    findings: list[Finding] = field(default_factory=list)
    """The first of those that are left."""

    def add(self, finding: Finding, repairs: list[Repair]) -> None:
        """Count a finding and what was done about it."""
        self.kinds.update(finding.kinds)
        self.repairs.update((each.place, each.outcome.value) for each in repairs)
        mended = {each.place for each in repairs if each.outcome.mended}
        if finding.kinds == (Kind.MISSING,) and mended.issuperset(finding.missing_from):
            return
        self.left += 1
        if len(self.findings) < SHOWN:
            self.findings.append(finding)

    @property
    def unknown(self) -> Mapping[Place, str]:
        """The places that could not be read, and why."""
        return {place: read.reason for place, read in self.evidence.items() if isinstance(read, Unknown)}

    @property
    def clean(self) -> bool:
        """Return whether all places were read and hold the same of every payment that can be judged."""
        return self.status == CLEAN

    @property
    def status(self) -> int:
        """The exit status: 0 clean, 1 differences are left, 2 none are known but not everything could be judged."""
        if self.left:
            return DIFFERENT
        return UNKNOWN if self.unknown or self.in_flight else CLEAN

    def document(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {
            "clean": self.clean,
            "places": {
                place: {"rows": read.value.rows, "completeFrom": read.value.complete_from or None}
                if isinstance(read, Known)
                else {"unknown": read.reason}
                for place, read in self.evidence.items()
            },
            "found": {kind: self.kinds[kind] for kind in Kind},
            "repairs": [
                {"place": place, "outcome": outcome, "count": count}
                for (place, outcome), count in sorted(self.repairs.items())
            ],
            "accepted": self.accepted,
            "inFlight": self.in_flight,
            "left": self.left,
            "findings": [finding.document() for finding in self.findings],
            "timeScale": self.time_scale,
        }
