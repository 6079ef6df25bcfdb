"""The rules about the right to store: the control table, the writer item, tickers, what each region says of itself."""

from dataclasses import replace
from typing import Any

import pytest

from contract.environment import Function
from contract.roles import Role
from handlers.tickers.memory import TickerMemory
from handlers.writer.glass import Glass
from handlers.writer.item import ClosingKind, WriterState
from operations.readiness.model import CheckResult, Facts
from operations.readiness.verdict import judged, overall
from operations.topology.model import TickerState, Topology
from operations.topology.readings import Known, Unknown
from tests.unit.operations.plans.topologies import with_region
from tests.unit.operations.readiness.test_rules import (
    PRIMARY,
    STANDBY,
    STEADY,
    TOPOLOGY,
    by_rule,
    control_table,
    differing,
    reserved,
    seen,
)

STEADY_CONTROL = TOPOLOGY.primary.control
assert isinstance(STEADY_CONTROL, Known)
assert STEADY_CONTROL.value is not None
WRITER = STEADY_CONTROL.value


def members(**changes: Any) -> Facts:
    return by_rule(STANDBY, "control_table_members", Known(control_table(STANDBY, **changes)))


def region(role: Role, **fields: Any) -> Facts:
    return seen(with_region(TOPOLOGY, role, **fields))


def ticker(*, age: float = 1, fit: bool = True) -> Facts:
    return region(STANDBY, ticker=Known(TickerState(TickerMemory(fit=fit, fit_for=90), age=age)))


def written(*, owns: Role = PRIMARY, **changes: Any) -> Topology:
    """Return the topology with another writer in both regions, and `/writer` as it follows."""
    told = TOPOLOGY
    for role in Role:
        told = with_region(told, role, control=Known(replace(WRITER, **changes)), owns=Known(role is owns))
    return told


CLOSED: dict[str, Any] = {"state": WriterState.CLOSING, "by": "me", "at": "noon", "reason": "drill"}

FAILURES: dict[str, tuple[Facts, str, str]] = {
    "weaker consistency": (
        members(consistency="EVENTUAL"),
        "control table in us-east-2",
        "must be STRONG, is EVENTUAL",
    ),
    "no consistency at all": (members(consistency=""), "control table in us-east-2", "must be STRONG, is EVENTUAL"),
    "table updating": (members(active=False), "control table in us-east-2", "must be ACTIVE"),
    "no peer": (
        members(replicas={}),
        "control table in us-east-2",
        "must have an ACTIVE replica in us-east-1, has none",
    ),
    "other witness": (
        members(witnesses={"eu-west-1": "ACTIVE"}),
        "control table in us-east-2",
        "must have an ACTIVE witness in us-west-2, has eu-west-1 ACTIVE",
    ),
    "witness that is made": (
        members(witnesses={"us-west-2": "CREATING"}),
        "control table in us-east-2",
        "has us-west-2 CREATING",
    ),
    "no encryption": (
        by_rule(STANDBY, "control_table_encryption", Known("")),
        "encryption of the control table in us-east-2",
        "is not set",
    ),
    "held": (
        seen(written(kind=ClosingKind.HELD, **CLOSED)),
        "owner of the writer",
        f"must be open, but me stopped both regions at noon (epoch {WRITER.epoch}: drill)",
    ),
    "closing": (
        seen(written(kind=ClosingKind.TAKEOVER, **CLOSED)),
        "owner of the writer",
        "must be open, but me began to open us-east-1 at noon",
    ),
    "planned": (
        seen(written(kind=ClosingKind.PLANNED, destination="us-east-2", **CLOSED)),
        "owner of the writer",
        "must be open, but me began to close us-east-1 in favour of us-east-2 at noon",
    ),
    "standby serves": (
        seen(written(owns=STANDBY, region="us-east-2", at="noon", reason="lost")),
        "owner of the writer",
        f"must be us-east-1, but us-east-1's ticker opened us-east-2 at noon (epoch {WRITER.epoch}: lost)",
    ),
    "switched off": (seen(written(automatic=False)), "unattended takeover", "must be on, is off"),
    "other epoch": (
        region(STANDBY, control=Known(replace(WRITER, epoch=WRITER.epoch + 1))),
        "writer in both regions",
        "must be the same, epoch",
    ),
    "ill standby": (region(STANDBY, health=Known(value=False)), "/health of us-east-2", "must answer 200"),
    "ill primary": (region(PRIMARY, health=Known(value=False)), "/health of us-east-1", "must answer 200"),
    "owner that denies it": (
        region(PRIMARY, owns=Known(value=False)),
        "/writer of us-east-1",
        "must answer 200, answers 404",
    ),
    "two that say they own": (
        region(STANDBY, owns=Known(value=True)),
        "/writer of us-east-2",
        "must answer 404, answers 200",
    ),
    "silent ticker": (ticker(age=16), "ticker in us-east-2", "must have ticked in the last 15 s, did 16 s ago"),
    "unfit region": (ticker(fit=False), "ticker in us-east-2", "must call its region fit"),
    "broken glass": (
        region(STANDBY, glass=Known(Glass("us-east-2", epoch=5, by="me", reason="quorum lost", at="noon"))),
        "break glass in us-east-2",
        "must be whole, was broken at noon by me: quorum lost",
    ),
}


@pytest.mark.parametrize(("facts", "check", "said"), FAILURES.values(), ids=FAILURES)
def test_one_thing_wrong_fails_one_check(facts: Facts, check: str, said: str) -> None:
    (finding,) = differing(facts)
    assert finding.verdict is CheckResult.FAIL
    assert finding.check == check
    assert said in finding.detail
    assert finding.remedy


@pytest.mark.parametrize(
    ("case", "remedy"),
    [
        ("held", "`dr start`"),
        ("planned", "wait 30 s"),
        ("closing", "wait 10 s"),
        ("standby serves", "`dr wait ready-for-failback`, then `dr failback`"),
        ("switched off", "`dr automatic on`"),
        ("silent ticker", "see the log of the ticker in us-east-2"),
        ("unfit region", "`dr status` shows"),
    ],
)
def test_remedy_is_the_next_command_or_the_wait(case: str, remedy: str) -> None:
    (finding,) = differing(FAILURES[case][0])
    assert finding.remedy.startswith(remedy)


@pytest.mark.parametrize(("count", "found"), [(None, "none"), (2, "2")])
def test_ticker_needs_reserved_executions_for_overlapping_runs(count: int | None, found: str) -> None:
    regions = {
        role: replace(STEADY.regions[role], reserved_concurrency={**reserved(None), Function.TICKER: Known(count)})
        for role in Role
    }
    problems = differing(replace(STEADY, regions=regions))
    assert [each.check for each in problems] == [f"executions reserved for the ticker in us-east-{n}" for n in (1, 2)]
    assert {each.detail for each in problems} == {f"must be at least 3, since runs overlap, is {found}"}


def test_absent_writer_fails_in_both_regions() -> None:
    told = TOPOLOGY
    for role in Role:
        told = with_region(told, role, control=Known(None), owns=Known(value=False))
    assert [each.check for each in differing(seen(told))] == [
        "writer as us-east-1 reads it",
        "writer as us-east-2 reads it",
    ]


def test_one_region_with_a_quorum_shows_the_writers_owner() -> None:
    found = differing(region(PRIMARY, control=Unknown("no quorum")))
    assert {each.check for each in found} == {"writer as us-east-1 reads it", "writer in both regions"}
    assert overall(judged(region(PRIMARY, control=Unknown("no quorum")))) is CheckResult.UNKNOWN
