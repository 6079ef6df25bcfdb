"""Plans a restore: restores to the side table, reads all witnesses, compares them, and writes the proposal."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from contract.roles import Role
from handlers.runtime import timestamp
from operations.aws import Aws
from operations.clock import OperationsClock
from operations.errors import OperationError
from operations.reconcile.audit import AuditTrail
from operations.reconcile.evidence_database import room_on_disk
from operations.reconcile.period import LAG_SECONDS
from operations.restore.comparison import RestoreComparison, Witness
from operations.restore.judging import WitnessReach
from operations.restore.proposal import RestoreSummary, write_proposal
from operations.restore.records import RestoreRecord, RestoreState
from operations.restore.serving import serving_role
from operations.restore.side_table import SideTable
from operations.restore.witnesses import OnRows, Witnesses
from operations.site import Site
from operations.timestamps import epoch_seconds
from operations.topology.site_clock import SiteClock

SETTLE_SECONDS = 120.0
"""How long logs and access logs are given after the replicas were read (emulated seconds): the stream is asked four
times a second (FACTS 4.13), batches are collected for 5 s, and a first failure or two are tried again."""

EARLIER_SECONDS = 3600.0
"""How much earlier than the moment logs are read: a payment that was stored after it was asked for before."""

QUEUED_SECONDS = 14 * 86_400.0
"""How long a payment may wait in a queue before it is stored: its request is sought so far back."""


@dataclass(frozen=True)
class RestorePlan:
    """What is restored, and where."""

    moment: int
    """Seconds since the epoch."""
    role: Role
    """The region of the side table, the one that served when the plan was made."""
    export: str | None = None
    """The export that stands for the side table."""

    def document(self, site: Site, name: str | None) -> dict[str, Any]:
        """Return it as the trail holds it."""
        return {
            "moment": timestamp(self.moment),
            "region": site.regions[self.role].name,
            "role": self.role,
            "sideTable": name,
            "export": self.export,
            "site": site.suffix,
        }

    @classmethod
    def read(cls, document: dict[str, Any]) -> "RestorePlan":
        """Return the plan that a trail holds."""
        moment = epoch_seconds(document["moment"])
        if moment is None:
            raise OperationError(f"the trail's moment must be a moment, got {document['moment']}")
        return cls(int(moment), Role(document["role"]), document["export"])


class Restoring:
    """Carries out one plan up to its proposal; again, it begins where there is something left to do.

    Args:
        site: The site's names.
        aws: The clients.
        clock: This machine's.
        settle: See `SETTLE_SECONDS`.
        on_rows: Told of progress.
        says: Told what is waited for.
    """

    def __init__(
        self,
        site: Site,
        aws: Aws,
        clock: OperationsClock,
        *,
        settle: float,
        on_rows: OnRows,
        says: Callable[[str], None],
    ) -> None:
        self._site, self._aws, self._clock, self._settle = site, aws, clock, settle
        self._on_rows, self._says = on_rows, says
        self._site_clock = SiteClock(clock)

    def side_table(self, plan: RestorePlan) -> SideTable | None:
        """Return the plan's side table; None for one of an export."""
        if plan.export is not None:
            return None
        client = self._aws.client("dynamodb", self._site.regions[plan.role].name)
        return SideTable(client, self._site.table_name, self._site.suffix, plan.moment, self._clock)

    def compare(self, plan: RestorePlan, record: RestoreRecord, trail: AuditTrail) -> RestoreSummary:
        """Restore what is not restored yet, compare, and write the proposal.

        Raises:
            OperationError: A witness that is needed cannot be read, or the disk is full.
            BotoCoreError, ClientError: The region of the side table does not answer.
        """
        side = self.side_table(plan)
        if side is not None:
            side.ensure(self._says)
        with room_on_disk(3), TemporaryDirectory(prefix="restore-") as name:
            summary = RestoreSummary()
            found = self._found(plan, side, Path(name), record, summary)
        trail.note(RestoreState.COMPARED, **found.document())
        return found

    def _found(
        self, plan: RestorePlan, side: SideTable | None, directory: Path, record: RestoreRecord, summary: RestoreSummary
    ) -> RestoreSummary:
        serving = serving_role(self._site, self._aws.hurried())
        witnesses = Witnesses(self._site, self._aws, self._site_clock, serving, directory, self._on_rows)
        moment = float(plan.moment)
        if side is not None:
            restored = witnesses.side_table(plan.role, side.name)
        else:
            restored, moment = witnesses.export(str(plan.export))
        scanned_at = self._site_clock.time()
        live = witnesses.replicas()
        self._says(f"waiting {self._settle:.0f} s for the logs of what was just stored")
        self._clock.sleep(self._settle)
        logs = witnesses.logs(moment - EARLIER_SECONDS)
        summary.unknown += [*live.unknown, *logs.unknown]
        with RestoreComparison(directory, moment=timestamp(moment)) as comparison:
            comparison.load({Witness.RESTORED: restored, **live.files, **logs.files})
            since = self._answers(witnesses, comparison, moment, summary)
            summary.payments = {str(witness): count for witness, count in comparison.payments().items()}
            if early := comparison.changed_before():
                summary.warnings.append(
                    f"{early} payments were changed in the hour before the moment: an earlier one may be the right one"
                )
            if not summary.payments[Witness.RESTORED]:
                raise OperationError("what was restored holds no payment: choose another moment")
            reach = WitnessReach(
                moment=timestamp(moment),
                scanned_at=timestamp(scanned_at),
                settled=timestamp(scanned_at - LAG_SECONDS / self._clock.scale),
                answers_since=None if since is None else timestamp(max(0.0, since)),
                has_request_ids=comparison.has_request_ids,
            )
            head = {**plan.document(self._site, None if side is None else side.name), "scannedAt": reach.scanned_at}
            write_proposal(record.proposal, head, comparison.findings(reach), summary)
        return summary

    def _answers(
        self, witnesses: Witnesses, comparison: RestoreComparison, moment: float, summary: RestoreSummary
    ) -> float | None:
        """Load requests until all are found, or as far back as one may be; return from when on all are known."""
        now = self._site_clock.time()
        until, reach = now, None
        for number, since in enumerate((moment - EARLIER_SECONDS, moment - QUEUED_SECONDS)):
            since = max(0.0, since)  # noqa: PLW2901
            files, reach, unknown = witnesses.requests(f"requests-{number}", since=since, until=until)
            for file in files.values():
                comparison.load_requests(file)
            if number == 0 or any(file.stat().st_size for file in files.values()):
                comparison.compare(answers_since=timestamp(since))
            if unknown:
                summary.unknown += unknown
                return None
            if not comparison.has_unanswered:
                break
            until = since - 0.001  # no request is read twice
        return reach
