"""Reads, compares, looks again at what was too young, repairs if asked to, and writes all of it down."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from botocore.exceptions import BotoCoreError, ClientError

from handlers.runtime import timestamp
from operations.aws import Aws
from operations.clock import Clock
from operations.errors import OperationError, UsageError
from operations.reconcile.audit import AuditTrail
from operations.reconcile.comparison import differing
from operations.reconcile.evidence import Evidence, Holding, OnRows
from operations.reconcile.findings import Finding, Horizon, Version, judge
from operations.reconcile.gathering import Gathering
from operations.reconcile.places import TABLES, Place
from operations.reconcile.repair import Repair, Replica, read_item, repair
from operations.reconcile.report import Report
from operations.site import Site
from operations.topology.readings import Known

LAG_SECONDS = 30.0
"""A payment that is younger (emulated seconds) may still be on its way to the other replica: its lag alarm's limit."""

LOG_LAG_SECONDS = 900.0
"""The same for the logs: what S3's replication time control promises (FACTS 5.3)."""

_LOOKUPS = 16
"""How many payments are looked up at once: all that were stored since an export was made are."""


@dataclass(frozen=True)
class Scope:
    """What is compared, and how young is too young to be judged (emulated seconds)."""

    since: str = ""
    """Payments stored earlier are left out (ISO 8601, UTC)."""
    lag: float = LAG_SECONDS
    """What replicas are given; logs, `LOG_LAG_SECONDS`."""
    exports: str | None = None
    """A directory or `s3://…` with point-in-time exports of the replicas; without it they are scanned."""
    accepted: frozenset[str] = frozenset()
    """The digests of findings that a human has judged; new evidence changes a digest."""


class Reconciliation:
    """One run over a site."""

    def __init__(self, site: Site, aws: Aws, clock: Clock, audit: AuditTrail, scope: Scope = Scope()) -> None:
        self._site, self._aws, self._clock, self._audit, self._scope = site, aws, clock, audit, scope
        self._replicas = {
            place: Replica(aws.client("dynamodb", site.regions[place.role].name), site.table_name) for place in TABLES
        }

    @contextmanager
    def _gathered(self, on_rows: OnRows) -> Iterator[tuple[Evidence, Path]]:
        """Read all places into a temporary directory, for as long as the block runs.

        Raises:
            UsageError: Neither replica can be read, so there is nothing to compare.
            OperationError: There is no directory, or no room in it.
        """
        with _room(), TemporaryDirectory(prefix="reconcile-") as name:
            directory = Path(name)
            gathering = Gathering(self._site, self._aws, self._clock, directory, on_rows)
            evidence = gathering.gather(since=self._scope.since, exports=self._scope.exports)
            if not any(isinstance(evidence[place], Known) for place in TABLES):
                reasons = "; ".join(f"{place.role}: {getattr(evidence[place], 'reason', '')}" for place in TABLES)
                raise UsageError(f"one of the replicas must be readable, but neither is: {reasons}")
            yield evidence, directory

    def run(self, on_rows: OnRows, *, repairing: bool) -> Report:
        """Compare everything once; `repairing` inserts what replicas miss."""
        self._audit.note("started", site=self._site.suffix, since=self._scope.since or None, repairing=repairing)
        with self._gathered(on_rows) as (evidence, spill):
            report = Report(evidence, self._clock.scale)
            known = {place: read.value for place, read in evidence.items() if isinstance(read, Known)}
            self._audit.note("read", places=report.document()["places"])
            for finding in self._findings(known, spill):
                self._take(finding, report, repairing=repairing)
        summary = {key: value for key, value in report.document().items() if key not in {"findings", "places"}}
        self._audit.note("finished", **summary)
        return report

    def _findings(self, known: Mapping[Place, Holding], spill: Path) -> Iterator[Finding]:
        """Give each finding; what was in flight comes last, after another look."""
        horizons = {place: self._horizon(place, holding) for place, holding in known.items()}
        files = {place: holding.files for place, holding in known.items()}
        young = []
        for transaction_id, versions in differing(files, spill=spill, since=self._scope.since):
            finding = judge(transaction_id, versions, horizons)
            if finding is not None:
                finding = self._beyond_period(finding, horizons)
            if finding is not None and finding.in_flight:
                young.append(finding)
            elif finding is not None:
                yield finding
        yield from self._look_again(young, horizons)

    def _horizon(self, place: Place, holding: Holding) -> Horizon:
        lag = self._scope.lag if place.is_table else LOG_LAG_SECONDS
        return Horizon(timestamp(holding.as_of - lag / self._clock.scale), holding.complete_from)

    def _beyond_period(self, finding: Finding, horizons: Mapping[Place, Horizon]) -> Finding | None:
        """Look a payment up in replicas that seem to miss it, where older items were not read: they may hold one."""
        unread = [place for place in finding.missing_from if place.is_table and horizons[place].complete_from]
        if not unread:
            return finding
        try:
            return judge(finding.transaction_id, self._versions_now(finding, unread), horizons)
        except (BotoCoreError, ClientError):
            return replace(finding, in_flight=True)

    def _look_again(self, findings: Iterable[Finding], horizons: Mapping[Place, Horizon]) -> Iterator[Finding]:
        """Wait until replication has had its time, and read these payments, one by one, in both replicas."""
        findings = list(findings)
        if not findings:
            return
        self._clock.sleep(self._scope.lag)
        settled = {place: Horizon(settled="~") if place.is_table else horizon for place, horizon in horizons.items()}

        def look(finding: Finding) -> Finding | None:
            try:
                versions = self._versions_now(finding, [place for place in horizons if place.is_table])
            except (BotoCoreError, ClientError):
                return finding
            return judge(finding.transaction_id, versions, settled)

        with ThreadPoolExecutor(_LOOKUPS) as threads:
            yield from (judged for judged in threads.map(look, findings) if judged is not None)

    def _versions_now(self, finding: Finding, tables: Collection[Place]) -> list[Version]:
        held = {version.stored: version.places - set(tables) for version in finding.versions}
        for place in tables:
            item = self._replicas[place].get(finding.transaction_id)
            if item is not None:
                stored = read_item(item)
                held[stored] = held.get(stored, frozenset()) | {place}
        return [Version(stored, places) for stored, places in held.items() if places]

    def _take(self, finding: Finding, report: Report, *, repairing: bool) -> None:
        if finding.in_flight:
            report.in_flight += 1
            return
        if finding.digest in self._scope.accepted:
            report.accepted += 1
            return
        self._audit.note("seen", finding=finding.document())
        done: list[Repair] = []
        if repairing and finding.repairable:
            done = repair(finding, self._replicas)
            repairs = [each.document() for each in done]
            self._audit.note("done", transactionId=finding.transaction_id, digest=finding.digest, repairs=repairs)
        report.add(finding, done)


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except BotoCoreError:  # its time-outs are OSErrors, too
        raise
    except OSError as error:
        raise OperationError(
            f"TMPDIR must be a directory with room for what is compared, some 2 KB a payment: {error.strerror or error}"
        ) from error
