"""Compares the regions' payments, as a precondition of a failback."""

from pathlib import Path

from operations.cli.reconcile import reading_progress
from operations.cli.session import Session
from operations.errors import OperationError
from operations.plans.failback import Differing
from operations.reconcile.audit import AuditTrail
from operations.reconcile.describe import cannot_tell
from operations.reconcile.findings import FindingKind
from operations.reconcile.reconciliation import Reconciliation, Scope
from operations.reconcile.report import Report
from operations.topology.readings import Known, Reading, Unknown


def reconciled(session: Session, *, by: str, trail: Path, scope: Scope) -> Reading[bool]:
    """Compare both replicas, the buckets and the queues; unknown when anything of it cannot be judged."""
    try:
        with AuditTrail(trail, by=by, clock=session.clock) as audit:
            run = Reconciliation(session.site, session.aws, session.clock, audit, scope)
            with reading_progress(session) as on_rows:
                report = run.run(on_rows)
    except OperationError as error:
        return Unknown(str(error))
    if report.left:
        return Differing(value=False, differences=f"{_differences(report)} ({trail})")
    if report.clean:
        return Known(value=True)
    return Unknown("; ".join(cannot_tell(session.site, report)))


def _differences(report: Report) -> str:
    if set(report.kinds) == {FindingKind.DUPLICATED}:
        return f"they do; stored twice, and not judged yet: {report.left}"
    return f"they differ: {', '.join(f'{count} {kind}' for kind, count in report.kinds.items())}"
