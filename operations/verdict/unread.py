"""The verdict if the writer could not be read: no quorum, break glass, no rights, or not deployed."""

from contract.roles import Role
from handlers.writer.item import Writer
from operations.plans.break_glass import plan_break_glass
from operations.plans.plan import Plan
from operations.topology.asking import is_denied
from operations.topology.model import RegionState, Topology
from operations.topology.quorum import is_not_deployed, not_deployed, without_quorum
from operations.topology.readings import Known, Unknown
from operations.verdict.model import NextStep, TrafficAlert, TrafficSituation, TrafficVerdict
from operations.verdict.next_steps import look_again
from operations.verdict.on_glass import glass_left, judge_glass, on_glass

_NOT_REACHED = ("no answer", "no connection", "no TLS connection")
"""What the reasons begin with where nothing was reached: `operations.topology.asking.reason`."""
_LATE = "no answer in time"
_MALFORMED = "the writer item "
"""What `MalformedWriterError` begins with."""


def judge_unread(topology: Topology) -> TrafficVerdict:
    """Return the verdict if the writer could not be read strongly consistently in any region."""
    if broken := on_glass(topology):
        return judge_glass(topology, broken)
    states = topology.regions.values()
    unread = [state.control for state in states if isinstance(state.control, Unknown)]
    if is_not_deployed(topology):
        return _not_deployed(topology)
    if any(is_denied(each) for each in unread):
        return _without_rights(topology)
    if any(each.reason.startswith(_MALFORMED) for each in unread):
        return _malformed(topology)
    if any(isinstance(state.remembered, Known) for state in states):
        return _without_quorum(topology)
    return _judge_nothing_told(topology, unread)


def _judge_nothing_told(topology: Topology, unread: list[Unknown]) -> TrafficVerdict:
    if all(each.reason.startswith(_NOT_REACHED) for each in unread):
        return _not_reached(topology)
    return _not_read(topology)


def _not_deployed(topology: Topology) -> TrafficVerdict:
    return _unknown(
        TrafficSituation.NOT_DEPLOYED,
        TrafficAlert.OUTAGE,
        f"NOBODY takes payments: {topology.site.suffix} is not deployed, {not_deployed(topology)}",
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
        NextStep(
            command="DR_ROLE=site dr status",
            says="sign in again first, if the credentials have expired; and set this machine's clock, if it is off",
        ),
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


def _not_read(topology: Topology) -> TrafficVerdict:
    return _unknown(
        TrafficSituation.NOT_READ,
        TrafficAlert.UNKNOWN,
        f"It is NOT KNOWN who takes payments: the writer could not be read ({_reasons(topology)}){_own_word(topology)}",
        ("payments may be taken all the same: that regions answer so to this machine says nothing of them",),
        look_again("see the reason first; a clock that is minutes off makes every request fail"),
    )


def _malformed(topology: Topology) -> TrafficVerdict:
    return _unknown(
        TrafficSituation.NOT_READ,
        TrafficAlert.OUTAGE,
        f"NOBODY takes payments: {_reasons(topology)}, so that no region knows that it may",
        ("each region stores for some seconds more on what it knew before",),
        look_again("put the item right by hand, as the runbook does it without dr; no command can"),
    )


def _without_quorum(topology: Topology) -> TrafficVerdict:
    isolated = [role for role in Role if isinstance(topology.regions[role].remembered, Known)]
    risks = [without_quorum(topology), *glass_left(topology)]
    step = _break_glass(topology, isolated)
    if doubts := _quorum_doubts(topology, isolated):
        return _unknown(
            TrafficSituation.NO_QUORUM,
            TrafficAlert.UNKNOWN,
            f"It is NOT KNOWN who takes payments: the writer could not be read in any region; but {'; '.join(doubts)}",
            tuple(risks),
            look_again(f"break no glass yet; if it stays so for a minute, see {_runbook(step)}"),
        )
    if len(isolated) == len(Role):
        says = "NOBODY takes payments: no region has a quorum"
    else:
        (lost,) = (topology.site.regions[role].name for role in Role if role not in isolated)
        says = "NOBODY is known to take payments: no region that is reached has a quorum"
        risks.append(f"if {lost} is alive, both regions would take payments once the glass is broken")
    return _unknown(TrafficSituation.NO_QUORUM, TrafficAlert.OUTAGE, says, tuple(risks), step)


def _runbook(step: NextStep) -> str:
    return f"when `{step.command}` is right" if "break-glass" in (step.command or "") else "the runbook"


def _quorum_doubts(topology: Topology, isolated: list[Role]) -> list[str]:
    """Return the evidence against a lost quorum: a healthy region, or one that owns, has read the control table."""
    doubts = []
    for role, state in topology.regions.items():
        if state.health == Known(value=True):
            doubts.append(f"{state.site.name} is healthy, for which it needs a quorum")
        elif _owns_by_its_word(topology, role):
            doubts.append(f"{state.site.name} says that it owns the writer")
        elif role in isolated and state.health != Known(value=False) and _is_late(state):
            doubts.append(f"{state.site.name} was only late")
    return doubts


def _is_late(state: RegionState) -> bool:
    return isinstance(state.control, Unknown) and state.control.reason.startswith(_LATE)


def _break_glass(topology: Topology, isolated: list[Role]) -> NextStep:
    """Return the break glass command; if both regions qualify, for the one that remembers owning the writer."""
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


def _own_word(topology: Topology) -> str:
    """Return the region that reports that it owns the writer."""
    names = [state.site.name for role, state in topology.regions.items() if _owns_by_its_word(topology, role)]
    return f"; {names[0]} says that it owns the writer" if len(names) == 1 else ""


def _owns_by_its_word(topology: Topology, role: Role) -> bool:
    """Return whether a region reports that it owns the writer; the primary's report counts only if it is healthy."""
    state = topology.regions[role]
    return state.owns == Known(value=True) and (role is Role.STANDBY or state.health == Known(value=True))


def _reasons(topology: Topology) -> str:
    reasons = [state.control.reason for state in topology.regions.values() if isinstance(state.control, Unknown)]
    return "; ".join(dict.fromkeys(reasons))


def _names(topology: Topology) -> list[str]:
    return [state.site.name for state in topology.regions.values()]


def _remembered(topology: Topology, role: Role) -> Writer | None:
    reading = topology.regions[role].remembered
    return reading.value if isinstance(reading, Known) else None


def _owns(topology: Topology, writer: Writer, role: Role) -> bool:
    return topology.site.role_of(writer.region) is role


def judge_foreign(topology: Topology, writer: Writer) -> TrafficVerdict:
    """Return the verdict if the writer names a region outside the site."""
    return _unknown(
        TrafficSituation.ABSENT,
        TrafficAlert.OUTAGE,
        f"NOBODY takes payments: the writer belongs to {writer.region}, which is neither of this site's regions",
        (f"the site is {' and '.join(_names(topology))}: an older deployment's outputs may be in use",),
        NextStep(command=f"dr failover --to {topology.site.primary.name}", says="once you know how that came about"),
    )
