"""Whether both regions hold the same payments, as a failback asks before it begins."""

from pathlib import Path

from operations.cli.options import Session
from operations.errors import OperationError
from operations.reconcile.audit import AuditTrail
from operations.reconcile.reconciliation import Reconciliation, Scope
from operations.topology.readings import Known, Reading, Unknown


def reconciled(session: Session, *, by: str, trail: Path, scope: Scope) -> Reading[bool]:
    """Compare both replicas, buckets and the queues; unknown when a place, a payment or the period cannot be judged."""
    try:
        with AuditTrail(trail, by=by, clock=session.clock) as audit:
            run = Reconciliation(session.site, session.aws, session.clock, audit, scope)
            report = run.run(lambda _place, _rows: None)
    except OperationError as error:
        return Unknown(str(error))
    if report.left or report.clean:
        return Known(report.clean)
    return Unknown("; ".join(report.unjudged))
