"""A region must answer, and nothing may be worse than before; what is unknown is not well."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from contract.roles import Role
from operations.readiness.model import CheckFinding, CheckResult
from operations.topology.model import Alarm, AlarmState, Topology
from operations.topology.readings import Known, Unknown
from rollout.verifying import RegionsSeen, UnwellError, Watch, WriterMovedError, worse
from tests.unit.fake_clock import FakeClock
from tests.unit.operations.plans.topologies import SITE, open_in, topology, with_region, without

PRIMARY, STANDBY = Role.PRIMARY, Role.STANDBY


def seen(told: Topology, *findings: CheckFinding) -> RegionsSeen:
    return RegionsSeen(told, {each.check: each for each in findings})


def finding(check: str, verdict: CheckResult = CheckResult.FAIL) -> CheckFinding:
    return CheckFinding(check, verdict, "it is not")


def ringing(role: Role, *names: str) -> Topology:
    alarms = tuple(Alarm(name, AlarmState.ALARM, "", actions_enabled=True) for name in names)
    return with_region(STEADY, role, alarms=Known(alarms))


STEADY = topology()
BEFORE = seen(STEADY)


def problems(now: RegionsSeen, *roles: Role, before: RegionsSeen = BEFORE) -> list[str]:
    return list(worse(before, now, roles or (STANDBY,)))


def test_steady_regions_are_well() -> None:
    assert problems(BEFORE, PRIMARY, STANDBY) == []


@pytest.mark.parametrize(
    ("field", "reading", "problem"),
    [
        ("health", Known(value=False), "/health of us-east-2 must answer 200, it does not"),
        ("health", Unknown("it answers 502"), "/health of us-east-2 must answer 200, it answers 502"),
        ("owns", Known(value=True), "/writer of us-east-2 must answer 404, it does not"),
        ("owns", Unknown("it does not know (503)"), "/writer of us-east-2 must answer 404, it does not know (503)"),
        ("alarms", Unknown("AccessDenied"), "alarms of us-east-2 must be known: AccessDenied"),
    ],
)
def test_what_a_region_must_answer(field: str, reading: Any, problem: str) -> None:
    now = seen(with_region(STEADY, STANDBY, **{field: reading}))
    assert problems(now) == [problem]
    assert problems(now, PRIMARY) == []


def test_unknown_writer_is_not_well() -> None:
    lost = without(without(STEADY, PRIMARY), STANDBY)
    assert problems(seen(lost))[0].startswith("the writer must be known: ")


def test_alarm_that_rang_before_is_no_news() -> None:
    now = seen(ringing(STANDBY, "lag", "errors"))
    assert problems(now, before=seen(ringing(STANDBY, "lag"))) == ["errors rings"]


@pytest.mark.parametrize("verdict", [CheckResult.FAIL, CheckResult.UNKNOWN])
def test_check_that_no_longer_passes_is_named(verdict: CheckResult) -> None:
    check = "ticker in us-east-2"
    was, now = seen(STEADY, finding(check, CheckResult.PASS)), seen(STEADY, finding(check, verdict))
    assert problems(now, before=was) == [f"{check}: it is not"]
    assert problems(now, before=now) == []
    assert problems(now, PRIMARY, before=was) == []


def test_what_compares_both_regions_counts_once_both_have_the_change() -> None:
    check = "configuration of the API's stage"
    was, now = seen(STEADY, finding(check, CheckResult.PASS)), seen(STEADY, finding(check))
    assert problems(now, STANDBY, before=was) == []
    assert problems(now, PRIMARY, STANDBY, before=was) == [f"{check}: it is not"]


@dataclass(frozen=True)
class Scripted(Watch):
    """Sees one thing after the other, and then the last one for ever."""

    aws: Any = None
    surroundings: Any = None
    clock: FakeClock = field(default_factory=FakeClock)
    tell: Any = print
    sights: list[RegionsSeen] = field(default_factory=list)

    def look(self, site: Any) -> RegionsSeen:
        return self.sights.pop(0) if len(self.sights) > 1 else self.sights[0]


ILL = seen(with_region(STEADY, STANDBY, health=Known(value=False)))


def until_well(sights: Sequence[RegionsSeen]) -> float:
    watch = Scripted(sights=list(sights))
    began = watch.clock.monotonic()
    watch.until_well(SITE, BEFORE, {STANDBY}, seconds=60)
    return watch.clock.monotonic() - began


def test_region_must_be_well_without_a_gap() -> None:
    assert until_well([BEFORE]) == 60
    assert until_well([BEFORE, BEFORE, ILL, BEFORE]) == 75


def test_region_that_stays_ill_is_given_up() -> None:
    with pytest.raises(UnwellError, match=r"^/health of us-east-2 must answer 200, it does not$"):
        until_well([ILL])


@pytest.mark.parametrize("writer", [open_in(STANDBY, epoch=8), open_in(PRIMARY, epoch=8)])
def test_writer_that_moves_ends_it_at_once(writer: Any) -> None:
    with pytest.raises(
        WriterMovedError, match=r"must stay at epoch 7 meanwhile, but us-east-[12] has it, open, epoch 8"
    ):
        until_well([seen(topology(writer=writer))])


def test_absent_writer_ends_it_at_once() -> None:
    absent = replace(STEADY, regions={r: replace(s, control=Known(None)) for r, s in STEADY.regions.items()})
    with pytest.raises(WriterMovedError, match="but there is none"):
        until_well([seen(absent)])
