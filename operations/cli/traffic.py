"""`dr switchover`, `failover`, `failback`, `stop`, `start`, `automatic`, `break-glass`: who takes payments."""

from enum import StrEnum
from typing import Annotated

import typer

from operations.cli.options import Session, with_session
from operations.cli.reconcile import Accepted, Earlier, Exports, Since, accepted_file, who
from operations.cli.reconciled import reconciled
from operations.cli.region_names import read_role
from operations.cli.traffic_options import Wishes
from operations.cli.traffic_run import TrafficRun
from operations.cli.typed_name import sentence_typed
from operations.errors import UsageError
from operations.moments import parse_since
from operations.plans.break_glass import break_glass_route, plan_break_glass, sentence
from operations.plans.failback import plan_failback
from operations.plans.failover import failover_route, plan_failover
from operations.plans.plan import Plan, Purpose, Refusal
from operations.plans.stopping import plan_automatic, plan_start, plan_stop, start_route
from operations.plans.switchover import plan_switchover, switchover_route
from operations.reconcile.acceptance import read_accepted
from operations.reconcile.audit import TRAILS
from operations.reconcile.period import EARLIER_SECONDS, begin_earlier
from operations.reconcile.reconciliation import Scope
from operations.site import Role
from operations.topology.model import Topology
from operations.topology.readings import Known, Reading, Unknown

To = Annotated[str | None, typer.Option("--to", help="The region that is to serve; by default the other one.")]


class Switch(StrEnum):
    """Whether a region may take over unattended."""

    ON = "on"
    OFF = "off"


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command, example in _EXAMPLES.items():
        name = command.__name__.replace("_", "-")
        app.command(name, epilog=f"Example: dr {name} {example}")(command)


@with_session
def switchover(session: Session, *, to: To = None, wishes: Wishes) -> int:
    """Let the other region serve instead of the owner; loses nothing, and has one writer at any moment."""
    destination = _role(session, to)
    run = TrafficRun(session, Purpose.SWITCHOVER, wishes)

    def plan(topology: Topology) -> Plan | Refusal:
        loss = run.loss(topology, switchover_route(topology, destination))
        return plan_switchover(topology, to=destination, loss=loss, force=wishes.force, pays=wishes.pay)

    return run.run(plan)


@with_session
def failover(session: Session, *, to: To = None, wishes: Wishes) -> int:
    """Let a region serve instead of an owner that may be gone; asks any region that has a quorum."""
    destination = _role(session, to)
    run = TrafficRun(session, Purpose.FAILOVER, wishes)

    def plan(topology: Topology) -> Plan | Refusal:
        run.loss(topology, failover_route(topology, destination))
        return plan_failover(topology, to=destination, force=wishes.force, pays=wishes.pay)

    return run.run(plan)


@with_session
def failback(
    session: Session,
    *,
    since: Since = None,
    earlier: Earlier = EARLIER_SECONDS,
    exports: Exports = None,
    accepted: Accepted = None,
    wishes: Wishes,
) -> int:
    """Let the primary serve again: a switchover that is refused until both regions hold the same payments."""
    begin = begin_earlier(parse_since(since, now=session.clock.time()), earlier, session.clock)
    judged = read_accepted(accepted, accepted_file(session, wishes.journals))
    scope = Scope(since=begin, exports=exports, accepted=judged)
    run = TrafficRun(session, Purpose.FAILBACK, wishes)
    compared: list[Reading[bool]] = []

    def planned(topology: Topology, same: Reading[bool]) -> Plan | Refusal:
        loss = run.loss(topology, switchover_route(topology, Role.PRIMARY))
        return plan_failback(topology, reconciled=same, loss=loss, force=wishes.force, pays=wishes.pay)

    def plan(topology: Topology) -> Plan | Refusal:
        # Comparing everything takes long: once, when nothing else stands in the way; what was read before is old then.
        if compared:
            return planned(topology, compared[0])
        refusal = planned(topology, Known(value=True))
        if isinstance(refusal, Refusal):
            unknown = Unknown("not compared before the others are met")
            return plan_failback(topology, reconciled=unknown, loss=run.latest_loss)
        compared.append(reconciled(session, by=who(session), trail=run.new_file(TRAILS), scope=scope))
        return planned(run.topology(), compared[0])

    return run.run(plan)


@with_session
def stop(session: Session, *, wishes: Wishes) -> int:
    """Let no region take payments, until `dr start`; nothing takes over meanwhile."""
    return TrafficRun(session, Purpose.STOP, wishes).run(plan_stop)


@with_session
def start(session: Session, *, wishes: Wishes) -> int:
    """Let the owner take payments again: ends `dr stop`, and any other closing that nobody ends."""
    run = TrafficRun(session, Purpose.START, wishes)

    def plan(topology: Topology) -> Plan | Refusal:
        run.loss(topology, start_route(topology))
        return plan_start(topology, force=wishes.force, pays=wishes.pay)

    return run.run(plan)


@with_session
def automatic(
    session: Session,
    *,
    switch: Annotated[Switch, typer.Argument(help="Whether takeovers may be unattended.")],
    wishes: Wishes,
) -> int:
    """Switch unattended takeovers on or off."""
    run = TrafficRun(session, Purpose.AUTOMATIC, wishes)
    return run.run(lambda topology: plan_automatic(topology, automatic=switch is Switch.ON))


@with_session
def break_glass(
    session: Session,
    *,
    region: Annotated[str, typer.Option("--region", help="The region that is to store without a quorum.")],
    wishes: Wishes,
) -> int:
    """Let one region store payments while two of the three regions are gone; wants a typed sentence."""
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


def _role(session: Session, region: str | None, *, option: str = "--to") -> Role | None:
    """Return the role that an option names; None without it."""
    if region is None:
        return None
    return read_role(session.site, region, option=option)


_EXAMPLES = {
    switchover: '--pay --reason "maintenance"',
    failover: '--to us-east-2 --reason "us-east-1 is down"',
    failback: '--since 2026-01-31T11:40 --reason "us-east-1 is well again"',
    stop: '--reason "wrong amounts since 12:00"',
    start: '--reason "release put back"',
    automatic: 'off --reason "load test in us-east-1"',
    break_glass: "--region us-east-2 --dry-run",
}
