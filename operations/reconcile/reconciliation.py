"""Reads and compares the sources, re-reads payments that were too young, repairs if asked to, and records all."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from handlers.runtime import timestamp
from operations.aws import Aws
from operations.clock import OperationsClock
from operations.current_writer import owning_role
from operations.errors import UsageError
from operations.reconcile.audit import AuditTrail
from operations.reconcile.comparison import Comparison
from operations.reconcile.evidence import Evidence, Holding, OnRows
from operations.reconcile.evidence_database import room_on_disk
from operations.reconcile.findings import Finding
from operations.reconcile.gathering import Gathering
from operations.reconcile.log_writing import LogWriting
from operations.reconcile.looking import Looking
from operations.reconcile.parked import ParkedPayments, judge_parked, look_up_parked
from operations.reconcile.period import LAG_SECONDS
from operations.reconcile.repair import Repair, WritableReplica, repair
from operations.reconcile.report import Report
from operations.reconcile.sources import COMPARED, TABLES, Place
from operations.site import Site
from operations.topology.readings import Known, Unknown
from operations.topology.site_clock import SiteClock


@dataclass(frozen=True)
class Scope:
    """The scope of a comparison, and the age below which a payment is not judged (emulated seconds)."""

    since: str = ""
    """Judge the payments that were touched since then, all their versions (ISO 8601, UTC); empty judges all."""
    lag: float = LAG_SECONDS
    """What replicas are given; logs, `LOG_LAG_SECONDS` and `STREAM_LAG_SECONDS`."""
    exports: str | None = None
    """A directory or `s3://…` with point-in-time exports of the replicas; without it they are scanned."""
    accepted: frozenset[str] = frozenset()
    """The digests of findings that a human has judged; new evidence changes a digest."""
    batches_kept: bool = False
    """Whether the stream's failed batches are written down, so that they leave nothing unproven."""


@dataclass(frozen=True)
class PermittedRepairs:
    """The repairs that a run may make."""

    repair: bool = False
    """Insert into replicas what they miss."""
    log_reason: str = ""
    """Write lines that logs miss, and say this in them; empty writes none."""


class Reconciliation:
    """One run over a site."""

    def __init__(self, site: Site, aws: Aws, clock: OperationsClock, audit: AuditTrail, scope: Scope = Scope()) -> None:
        self._site, self._aws, self._clock, self._audit, self._scope = site, aws, clock, audit, scope
        # One short attempt each, after one short read of the writer: an insert ends, and none of it is delivered later
        # (FACTS 12.2), before a region that takes over meanwhile may open.
        self._hurried = aws.hurried()
        inserting = aws.inserting()
        self._replicas = {
            place: WritableReplica(inserting.client("dynamodb", site.regions[place.role].name), site.table_name)
            for place in TABLES
        }

    def run(self, on_rows: OnRows, permitted: PermittedRepairs = PermittedRepairs()) -> Report:
        """Compare everything once, and make the allowed repairs.

        Raises:
            UsageError: Neither replica can be read, so there is nothing to compare.
            OperationError: The directory is missing or full.
        """
        since = self._scope.since
        self._audit.note(
            "started",
            site=self._site.suffix,
            since=since or None,
            repairing=permitted.repair,
            writingLogs=permitted.log_reason or None,
        )
        with room_on_disk(2), TemporaryDirectory(prefix="reconcile-") as name:
            site_clock = SiteClock(self._clock)
            gathering = Gathering(self._site, self._aws, site_clock, Path(name), on_rows)
            evidence = dict(gathering.gather(since=since, exports=self._scope.exports))
            if not any(isinstance(evidence[place], Known) for place in TABLES):
                reasons = "; ".join(f"{place.role}: {getattr(evidence[place], 'reason', '')}" for place in TABLES)
                raise UsageError(f"one of the replicas must be readable, but neither is: {reasons}")
            with Comparison(Path(name), since=since) as comparison:
                queues = gathering.queues()
                letters = {place: read.value.parked for place, read in queues.items() if isinstance(read, Known)}
                tables = {place: self._replicas[place] for place in TABLES if isinstance(evidence[place], Known)}
                parked = look_up_parked(letters, tables)
                touched = self._load(comparison, gathering, evidence, parked, Path(name))
                report = Report(
                    evidence,
                    queues,
                    self._clock.scale,
                    since,
                    payments=comparison.payments(),
                    touched=touched,
                    batches_kept=self._scope.batches_kept,
                    latest_known=comparison.latest_known(),
                )
                self._audit.note("read", places=report.document()["places"], touched=touched)
                knows_time = isinstance(site_clock.ahead, Known)
                for finding in self._findings(comparison, report, parked, knows_time=knows_time):
                    self._take(finding, report, permitted)
        summary = {key: value for key, value in report.document().items() if key not in {"findings", "places"}}
        self._audit.note("finished", **summary)
        return report

    def _load(
        self,
        comparison: Comparison,
        gathering: Gathering,
        evidence: dict[Place, Any],
        parked: ParkedPayments,
        directory: Path,
    ) -> int | None:
        """Load everything that the period needs into the comparison; return how many payments were touched in it."""
        known = _known(evidence)
        comparison.load({place: holding.files for place, holding in known.items()})
        if self._scope.exports is not None:  # items stored since the export, whatever their timestamps
            comparison.touch(parked.ids, parked.write_items(directory))
        elif self._scope.since:
            comparison.touch(parked.ids, parked.write_items(directory, before=self._scope.since))
        if not self._scope.since:
            return None
        touched = comparison.touched()
        for place, read in gathering.older_logs(known, since=self._scope.since, wanted=touched.wants).items():
            evidence[place] = read
            if isinstance(read, Unknown):
                comparison.forget(place)
            else:
                comparison.load_older_logs(place, read.value.files)
        return len(touched)

    def _findings(
        self, comparison: Comparison, report: Report, parked: ParkedPayments, *, knows_time: bool
    ) -> Iterator[Finding]:
        """Yield each finding; payments in flight follow after a second read, dead letters last."""
        regions = {place: self._site.regions[place.role].name for place in COMPARED}
        looking = Looking(
            self._replicas,
            _known(report.evidence),
            regions,
            self._clock,
            self._scope.lag,
            knows_time=knows_time,
        )
        young = []
        for finding in looking.judge_each(comparison.differing()):
            if finding.in_flight:
                young.append(finding)
            else:
                yield finding
        yield from looking.look_again(young)
        yield from judge_parked(parked)

    def _take(self, finding: Finding, report: Report, permitted: PermittedRepairs) -> None:
        if finding.in_flight:
            report.in_flight += 1
            return
        if finding.digest in self._scope.accepted:
            report.accepted += 1
            return
        self._audit.note("seen", finding=finding.document())
        done: list[Repair] = []
        replicas = finding.repairable if permitted.repair else ()
        places = [*replicas, *(finding.unlogged if permitted.log_reason else ())]
        if places:  # also record an insert that is followed by an interruption
            self._audit.note(
                "repairing", transactionId=finding.transaction_id, digest=finding.digest, places=sorted(places)
            )
        if permitted.repair and finding.repairable:
            done += repair(finding, self._replicas, self._serving)
        if permitted.log_reason and finding.unlogged:
            logs = LogWriting(self._bucket, by=self._audit.by, reason=permitted.log_reason)
            done += logs.write(finding, at=timestamp(self._clock.time()))
        if done:
            repairs = [each.document() for each in done]
            self._audit.note("done", transactionId=finding.transaction_id, digest=finding.digest, repairs=repairs)
        report.add(finding, done)

    def _serving(self) -> Place:
        """Return the replica of the region that owns the writer.

        Raises:
            OperationError: The owner is unknown, or the writer is closed or moving to another region.
        """
        role = owning_role(self._site, self._hurried, why="the replica of the one that does is repaired first")
        return next(place for place in TABLES if place.role is role)

    def _bucket(self, place: Place) -> tuple[Any, str]:
        region = self._site.regions[place.role]
        return self._aws.client("s3", region.name), region.bucket_name


def _known(evidence: Evidence) -> Mapping[Place, Holding]:
    return {place: read.value for place, read in evidence.items() if isinstance(read, Known)}
