"""`dr switchover`, `dr failover`, `dr failback`: topology, plan, confirmation, action, topology."""

import typer

from operations.cli.options import Session, with_session
from operations.cli.reconcile import Accepted, Exports, Since, read_accepted, who
from operations.cli.reconciled import reconciled
from operations.cli.traffic_options import Wishes
from operations.cli.traffic_run import TrafficRun
from operations.moments import parse_since
from operations.plans.failback import plan_failback
from operations.plans.failover import plan_failover
from operations.plans.plan import Plan, Purpose, Refusal
from operations.plans.switchover import plan_switchover
from operations.reconcile.audit import TRAILS
from operations.reconcile.reconciliation import Scope
from operations.topology.model import Topology
from operations.topology.readings import Known, Reading, Unknown


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command in (switchover, failover, failback):
        app.command()(command)


@with_session
def switchover(session: Session, *, wishes: Wishes) -> int:
    """Let the standby serve instead of a healthy primary; loses nothing."""
    run = TrafficRun(session, Purpose.SWITCHOVER, wishes)
    return run.run(lambda topology: plan_switchover(topology, pays=wishes.pay))


@with_session
def failover(session: Session, *, wishes: Wishes) -> int:
    """Let the standby serve instead of a primary that may be gone; asks nothing of the primary's region."""
    run = TrafficRun(session, Purpose.FAILOVER, wishes)
    return run.run(lambda topology: plan_failover(topology, pays=wishes.pay))


@with_session
def failback(
    session: Session, *, since: Since = None, exports: Exports = None, accepted: Accepted = None, wishes: Wishes
) -> int:
    """Let the primary serve again; refused until both regions hold the same payments and queues are empty."""
    scope = Scope(since=parse_since(since), exports=exports, accepted=read_accepted(accepted))
    run = TrafficRun(session, Purpose.FAILBACK, wishes)
    compared: list[Reading[bool]] = []

    def plan(topology: Topology) -> Plan | Refusal:
        # Comparing everything takes long: once, when nothing else stands in the way; what was read before is old then.
        if isinstance(plan_failback(topology, reconciled=Known(value=True)), Refusal):
            return plan_failback(topology, reconciled=Unknown("not compared before the others are met"))
        if not compared:
            trail = run.new_file(TRAILS)
            compared.append(reconciled(session, by=who(session), trail=trail, scope=scope))
            return plan_failback(run.topology(), reconciled=compared[0], pays=wishes.pay)
        return plan_failback(topology, reconciled=compared[0], pays=wishes.pay)

    return run.run(plan)
