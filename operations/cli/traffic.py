"""`dr switchover`, `failover`, `failback`, `stop`, `start`, `automatic` and `break-glass`, which change the writer."""

from dataclasses import dataclass
from pathlib import Path

from contract.roles import Role
from operations.cli.reconcile import accepted_file, who
from operations.cli.reconciled import reconciled
from operations.cli.region_names import read_role
from operations.cli.session import Session
from operations.cli.traffic_options import Wishes
from operations.cli.traffic_run import TrafficRun
from operations.cli.typed_name import sentence_typed
from operations.clock import OperationsClock
from operations.errors import UsageError
from operations.plans.break_glass import break_glass_route, plan_break_glass, sentence
from operations.plans.failback import COMPARISON_SECONDS, plan_failback
from operations.plans.failover import failover_route, plan_failover
from operations.plans.plan import Plan, Purpose, Refusal
from operations.plans.stopping import plan_automatic, plan_start, plan_stop, start_route
from operations.plans.switchover import plan_switchover, switchover_route
from operations.reconcile.acceptance import read_accepted
from operations.reconcile.audit import TRAILS
from operations.reconcile.period import begin_earlier
from operations.reconcile.reconciliation import Scope
from operations.timestamps import parse_since
from operations.topology.model import Topology
from operations.topology.readings import Known, Reading, Unknown


def switchover(session: Session, to: str | None, wishes: Wishes) -> int:
    """Run a planned move."""
    destination = _role(session, to)
    run = TrafficRun(session, Purpose.SWITCHOVER, wishes)

    def plan(topology: Topology) -> Plan | Refusal:
        loss = run.loss(topology, switchover_route(topology, destination))
        return plan_switchover(topology, to=destination, loss=loss, force=wishes.force, pays=wishes.pay)

    return run.run(plan)


def failover(session: Session, to: str | None, wishes: Wishes) -> int:
    """Run an unplanned move."""
    destination = _role(session, to)
    run = TrafficRun(session, Purpose.FAILOVER, wishes)

    def plan(topology: Topology) -> Plan | Refusal:
        run.loss(topology, failover_route(topology, destination))
        return plan_failover(topology, to=destination, force=wishes.force, pays=wishes.pay)

    return run.run(plan)


def failback(
    session: Session,
    *,
    since: str | None,
    earlier: float,
    exports: str | None,
    accepted: Path | None,
    wishes: Wishes,
) -> int:
    """Run a planned move to the primary, after comparing the regions' payments."""
    begin = begin_earlier(parse_since(since, now=session.clock.time()), earlier, session.clock)
    judged = read_accepted(accepted, accepted_file(session, wishes.journals))
    scope = Scope(since=begin, exports=exports, accepted=judged)
    run = TrafficRun(session, Purpose.FAILBACK, wishes)
    compared: list[_Compared] = []

    def planned(topology: Topology, same: Reading[bool]) -> Plan | Refusal:
        loss = run.loss(topology, switchover_route(topology, Role.PRIMARY))
        return plan_failback(topology, reconciled=same, loss=loss, force=wishes.force, pays=wishes.pay)

    def plan(topology: Topology) -> Plan | Refusal:
        # Comparing everything takes long: do it only when nothing else stands in the way, and repeat it only if the
        # operator took so long to answer that the result may be outdated. Read the topology again afterwards.
        if compared and compared[-1].is_young(session.clock):
            return planned(topology, compared[-1].same)
        refusal = planned(topology, Known(value=True))
        if isinstance(refusal, Refusal):
            unknown = Unknown("not compared before the others are met")
            return plan_failback(topology, reconciled=unknown, loss=run.latest_loss)
        same = reconciled(session, by=who(session), trail=run.new_file(TRAILS), scope=scope)
        compared.append(_Compared(same, session.clock.monotonic(), session.clock.time()))
        return planned(run.topology(), same)

    return run.run(plan)


def stop(session: Session, wishes: Wishes) -> int:
    """Close the writer and hold it closed."""
    return TrafficRun(session, Purpose.STOP, wishes).run(plan_stop)


def start(session: Session, wishes: Wishes) -> int:
    """Open the writer again."""
    run = TrafficRun(session, Purpose.START, wishes)

    def plan(topology: Topology) -> Plan | Refusal:
        run.loss(topology, start_route(topology))
        return plan_start(topology, force=wishes.force, pays=wishes.pay)

    return run.run(plan)


def automatic(session: Session, wishes: Wishes, *, on: bool) -> int:
    """Switch unattended takeovers on or off."""
    run = TrafficRun(session, Purpose.AUTOMATIC, wishes)
    return run.run(lambda topology: plan_automatic(topology, automatic=on))


def break_glass(session: Session, region: str, wishes: Wishes) -> int:
    """Let a region store payments without a quorum."""
    role = _role(session, region, option="--region")
    if role is None:
        raise UsageError("--region must name a region")
    run = TrafficRun(
        session,
        Purpose.BREAK_GLASS,
        wishes,
        confirm=lambda asked, about: sentence_typed(sentence(asked.site.regions[role].name), about),
    )

    def plan(topology: Topology) -> Plan | Refusal:
        run.loss(topology, break_glass_route(topology, role))
        return plan_break_glass(topology, role, pays=wishes.pay)

    return run.run(plan)


@dataclass(frozen=True)
class _Compared:
    """The result of a comparison, and when it ended, by both clocks."""

    same: Reading[bool]
    monotonic: float
    wall: float

    def is_young(self, clock: OperationsClock) -> bool:
        """Return whether the result is recent by both clocks: one stops during sleep, the other may be set."""
        passed = (clock.time() - self.wall) * clock.scale
        return passed >= 0 and max(passed, clock.monotonic() - self.monotonic) <= COMPARISON_SECONDS


def _role(session: Session, region: str | None, *, option: str = "--to") -> Role | None:
    """Return the role that an option names; None without the option."""
    if region is None:
        return None
    return read_role(session.site, region, option=option)
