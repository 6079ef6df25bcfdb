"""The verdict where the writer could not be read: no quorum, broken glass, no rights, or nothing there."""

from handlers.writer.glass import Glass
from handlers.writer.item import Writer
from operations.plans.break_glass import plan_break_glass
from operations.plans.plan import Plan
from operations.site import Role
from operations.topology.asking import is_denied
from operations.topology.model import RegionState, Topology
from operations.topology.quorum import without_quorum
from operations.topology.readings import Known, Unknown
from operations.verdict.model import NextStep, TrafficAlert, TrafficSituation, TrafficVerdict
from operations.verdict.next_steps import look_again
from operations.verdict.words import since

_NO_TABLE = "ResourceNotFoundException"


def judge_unread(topology: Topology) -> TrafficVerdict:
    """Return the verdict where no region told the writer by a strongly consistent read."""
    if (broken := _broken(topology)) is not None:
        return _on_glass(topology, *broken)
    states = topology.regions.values()
    if all(_has_no_table(state) for state in states):
        return _not_deployed(topology)
    if any(isinstance(state.control, Unknown) and is_denied(state.control) for state in states):
        return _without_rights(topology)
    if not any(isinstance(state.remembered, Known) for state in states):
        return _not_reached(topology)
    return _without_quorum(topology)


def _on_glass(topology: Topology, role: Role, glass: Glass) -> TrafficVerdict:
    name, peer = (topology.site.regions[each].name for each in (role, role.peer))
    took = since(glass.at, now=topology.read_at)
    return TrafficVerdict(
        situation=TrafficSituation.GLASS_BROKEN,
        alert=TrafficAlert.ATTENTION,
        takes_payments=name,
        since=glass.at or None,
        automatic=None,
        says=f"{name} takes payments on broken glass {took}: {glass.by or 'somebody'} broke it ({glass.reason})",
        risks=(
            f"{peer} may take payments, too: nothing but people keeps it from that",
            f"until the quorum is back: {without_quorum(topology)}",
        ),
        next=look_again(
            "once the quorum is back, reconcile from before the glass was broken: `dr reconcile --since …`"
        ),
    )


def _not_deployed(topology: Topology) -> TrafficVerdict:
    table, names = topology.site.control_table_name, " nor ".join(_names(topology))
    return _unknown(
        TrafficSituation.NOT_DEPLOYED,
        TrafficAlert.OUTAGE,
        f"NOBODY takes payments: {topology.site.suffix} is not deployed, {table} is in neither {names}",
        ("a wrong environment, and outputs of one that was destroyed, look the same",),
        NextStep(command="./run deploy", says="or name another environment with --environment"),
    )


def _without_rights(topology: Topology) -> TrafficVerdict:
    says = f"It is NOT KNOWN who takes payments: the writer may not be read ({_reasons(topology)})"
    return _unknown(
        TrafficSituation.NO_RIGHTS,
        TrafficAlert.UNKNOWN,
        f"{says}{_own_word(topology)}",
        ("what is refused to you says nothing of the regions",),
        NextStep(command="DR_ROLE=site dr status", says="sign in again first, if the credentials have expired"),
    )


def _not_reached(topology: Topology) -> TrafficVerdict:
    says = f"It is NOT KNOWN who takes payments: no region is reached from here ({_reasons(topology)})"
    return _unknown(
        TrafficSituation.NOT_REACHED,
        TrafficAlert.UNKNOWN,
        f"{says}{_own_word(topology)}",
        ("payments may be taken all the same: this machine's network may be what fails",),
        look_again("from another machine and another network; break no glass before"),
    )


def _without_quorum(topology: Topology) -> TrafficVerdict:
    isolated = [role for role in Role if isinstance(topology.regions[role].remembered, Known)]
    risks = [without_quorum(topology)]
    if len(isolated) == len(Role):
        says = "NOBODY takes payments: no region has a quorum"
    else:
        (lost,) = (topology.site.regions[role].name for role in Role if role not in isolated)
        says = "NOBODY is known to take payments: no region that is reached has a quorum"
        risks.append(f"if {lost} is alive, both regions would take payments once the glass is broken")
    return _unknown(
        TrafficSituation.NO_QUORUM,
        TrafficAlert.OUTAGE,
        f"{says}{_own_word(topology)}",
        tuple(risks),
        _break_glass(topology, isolated),
    )


def _break_glass(topology: Topology, isolated: list[Role]) -> NextStep:
    """Return the command that breaks the glass; where both regions could, in the one that remembers owning."""
    owners = [role for role in isolated if (writer := _remembered(topology, role)) and _owns(topology, writer, role)]
    for role in (*owners, *isolated):
        if isinstance(plan_break_glass(topology, role), Plan):
            name = topology.site.regions[role].name
            return NextStep(
                command=f"dr break-glass --region {name}",
                says="after a second pair of eyes, and only if neither lost region comes back in time",
            )
    return look_again("no region can take payments before one of the others is back")


def _unknown(
    situation: TrafficSituation, alert: TrafficAlert, says: str, risks: tuple[str, ...], step: NextStep
) -> TrafficVerdict:
    return TrafficVerdict(
        situation=situation,
        alert=alert,
        takes_payments=None,
        since=None,
        automatic=None,
        says=says,
        risks=risks,
        next=step,
    )


def _broken(topology: Topology) -> tuple[Role, Glass] | None:
    for role, state in topology.regions.items():
        if isinstance(state.glass, Known) and state.glass.value is not None:
            return role, state.glass.value
    return None


def _own_word(topology: Topology) -> str:
    """Return which regions say of themselves that they own the writer."""
    names = [state.site.name for state in topology.regions.values() if state.owns == Known(value=True)]
    return f"; {names[0]} says that it owns the writer" if len(names) == 1 else ""


def _reasons(topology: Topology) -> str:
    reasons = [state.control.reason for state in topology.regions.values() if isinstance(state.control, Unknown)]
    return "; ".join(dict.fromkeys(reasons))


def _has_no_table(state: RegionState) -> bool:
    return isinstance(state.control, Unknown) and state.control.reason.startswith(_NO_TABLE)


def _names(topology: Topology) -> list[str]:
    return [state.site.name for state in topology.regions.values()]


def _remembered(topology: Topology, role: Role) -> Writer | None:
    reading = topology.regions[role].remembered
    return reading.value if isinstance(reading, Known) else None


def _owns(topology: Topology, writer: Writer, role: Role) -> bool:
    return topology.site.role_of(writer.region) is role


def judge_foreign(topology: Topology, writer: Writer) -> TrafficVerdict:
    """Return the verdict where the writer names a region that is none of the site's."""
    return _unknown(
        TrafficSituation.ABSENT,
        TrafficAlert.OUTAGE,
        f"NOBODY takes payments: the writer belongs to {writer.region}, which is neither of this site's regions",
        (f"the site is {' and '.join(_names(topology))}: an older deployment's outputs may be in use",),
        NextStep(command=f"dr failover --to {topology.site.primary.name}", says="once you know how that came about"),
    )
