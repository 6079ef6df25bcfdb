"""Whether regions are as well after an apply as they were before it, by what `dr` reads of them."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from contract.roles import Role
from operations.aws import Aws
from operations.clock import OperationsClock, at_least
from operations.endpoints import EndpointSettings
from operations.errors import OperationError
from operations.readiness.model import CheckFinding, CheckResult
from operations.readiness.read import read_facts
from operations.readiness.verdict import judged
from operations.site import Site
from operations.topology.model import AlarmState, Topology
from operations.topology.readings import Known, Unknown

PATIENCE = 3
"""A region that is not well yet gets so many times the time that it must be well without a gap."""

_NAMED = 2
"""So many problems does the last line name: all have been told."""

_PAUSE_SECONDS = 5.0
_MINIMUM_PAUSE_SECONDS = 1.0
"""Between two looks, in real seconds."""


class WriterMovedError(OperationError):
    """Another region serves, or none does, than when the plan was made."""


class UnwellError(OperationError):
    """A region is not as well as before, or it cannot be told."""


@dataclass(frozen=True)
class RegionsSeen:
    """Both regions at one moment."""

    topology: Topology
    findings: Mapping[str, CheckFinding]
    """What `dr readiness` says, by check."""


@dataclass(frozen=True)
class Watch:
    """Looks at the regions with a caller's rights."""

    aws: Aws
    surroundings: EndpointSettings
    clock: OperationsClock
    tell: Callable[[str], None]

    def look(self, site: Site) -> RegionsSeen:
        """Read both regions."""
        facts = read_facts(site, self.aws, self.surroundings, self.clock)
        return RegionsSeen(facts.topology, {each.check: each for each in judged(facts)})

    def until_well(self, site: Site, before: RegionsSeen, roles: Collection[Role], *, seconds: float) -> None:
        """Return once regions have been as well as before for some seconds without a gap.

        Raises:
            UnwellError: They were not, in so many times the seconds; unknown is not well.
            WriterMovedError: The writer has moved meanwhile.
        """
        pause = at_least(_PAUSE_SECONDS, real=_MINIMUM_PAUSE_SECONDS, scale=self.clock.scale)
        began = self.clock.monotonic()
        well_since: float | None = None
        reported: list[str] = []
        while True:
            now = self.look(site)
            require_same_writer(before.topology, now.topology)
            problems = list(worse(before, now, roles))
            looked = self.clock.monotonic()
            if not problems:
                well_since = looked if well_since is None else well_since
                if looked - well_since >= seconds:
                    return
            else:
                well_since = None
                if problems != reported:
                    self.tell(f"not well yet: {'; '.join(problems)}")
                if looked - began >= PATIENCE * seconds:
                    raise UnwellError(_shortened(problems))
            reported = problems
            self.clock.sleep(pause)


def _shortened(problems: Sequence[str]) -> str:
    more = len(problems) - _NAMED
    return "; ".join(problems[:_NAMED]) + (f"; and {more} more" if more > 0 else "")


def require_same_writer(before: Topology, now: Topology) -> None:
    """Require that the same region serves, at the same epoch; what cannot be read is judged elsewhere.

    Raises:
        WriterMovedError: It does not.
    """
    was, read = before.writer, now.writer
    if isinstance(was, Unknown) or isinstance(read, Unknown) or was.value is None:
        return
    writer = read.value
    if writer is None or writer.epoch != was.value.epoch:
        found = "there is none" if writer is None else f"{writer.region} has it, {writer.state}, epoch {writer.epoch}"
        raise WriterMovedError(f"the writer must stay at epoch {was.value.epoch} meanwhile, but {found}")


def worse(before: RegionsSeen, now: RegionsSeen, roles: Collection[Role]) -> Iterator[str]:
    """Name what is wrong with regions: what they must answer, and what was well before; pure."""
    names = {role: now.topology.site.regions[role].name for role in Role}
    if isinstance(now.topology.writer, Unknown):
        yield f"the writer must be known: {now.topology.writer.reason}"
    for role in sorted(roles):
        state, name = now.topology.regions[role], names[role]
        if state.health != Known(value=True):
            yield f"/health of {name} must answer 200, {_said(state.health, 'it does not')}"
        if state.owns != Known(now.topology.owner is role):
            yield f"/writer of {name} must answer {'200' if now.topology.owner is role else '404'}, " + _said(
                state.owns, "it does not"
            )
        if isinstance(state.alarms, Unknown):
            yield f"alarms of {name} must be known: {state.alarms.reason}"
        for alarm in sorted(_ringing(now.topology, role) - _ringing(before.topology, role)):
            yield f"{alarm} rings"
    covered = {
        f"{what}{name}" for what in ("/health of ", "/writer of ", "alarms that ring in ") for name in names.values()
    }
    for check, finding in now.findings.items():
        was = before.findings.get(check)
        if finding.verdict is CheckResult.PASS or (was is not None and was.verdict is not CheckResult.PASS):
            continue
        if check not in covered and _is_about(check, roles, names):
            yield f"{check}: {finding.detail}"


def _is_about(check: str, roles: Collection[Role], names: Mapping[Role, str]) -> bool:
    """Return whether a check counts: what compares both regions differs while only one has the change."""
    named = {role for role, name in names.items() if name in check}
    return set(roles) == set(Role) or (bool(named) and named <= set(roles))


def _ringing(topology: Topology, role: Role) -> set[str]:
    alarms = topology.regions[role].alarms
    return (
        {each.name for each in alarms.value if each.state is AlarmState.ALARM} if isinstance(alarms, Known) else set()
    )


def _said(reading: object, otherwise: str) -> str:
    return reading.reason if isinstance(reading, Unknown) else otherwise
