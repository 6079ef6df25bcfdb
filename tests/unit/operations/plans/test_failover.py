"""What a failover does in either direction, and the little that it is refused for."""

import pytest

from contract.roles import Role
from handlers.writer.item import ClosingKind
from operations.plans.failover import failover_route, plan_failover
from operations.plans.plan import Plan, Refusal
from operations.topology.model import Topology
from operations.topology.readings import Known, Reading, Unknown
from tests.unit.operations.plans.topologies import (
    SITE,
    TAKEN_OVER,
    UNFIT,
    closing,
    isolated,
    open_in,
    topology,
    with_region,
    without,
)

PRIMARY, STANDBY = Role.PRIMARY, Role.STANDBY
AT = "2026-01-31 12:00:03 UTC"


def planned(found: Topology, *, to: Role | None = None, force: bool = False) -> Plan:
    plan = plan_failover(found, to=to, force=force)
    assert isinstance(plan, Plan), plan
    return plan


def obstacles(found: Topology, *, to: Role | None = None) -> list[str]:
    refusal = plan_failover(found, to=to)
    assert isinstance(refusal, Refusal)
    return [str(each) for each in refusal.obstacles]


@pytest.mark.parametrize(
    ("found", "destination"),
    [(without(topology(), PRIMARY), "us-east-2"), (without(TAKEN_OVER, STANDBY), "us-east-1")],
    ids=["primary lost", "serving standby lost"],
)
def test_steps_by_the_region_that_is_left(found: Topology, destination: str) -> None:
    plan = planned(found)
    assert [step.says(SITE) for step in plan.steps] == [
        f"close the writer and make {destination} its owner",
        "wait 8 s, until no region can store on older knowledge",
        f"open {destination}",
        f"see {destination}'s /writer answer 200",
        f"see DNS answer {destination}",
        f"see a first payment stored in {destination}",
    ]
    assert plan.before is not None


@pytest.mark.parametrize(
    ("now", "destination"),
    [
        (open_in(PRIMARY), STANDBY),
        (open_in(STANDBY), PRIMARY),
        (closing(ClosingKind.PLANNED, PRIMARY), STANDBY),
        (closing(ClosingKind.TAKEOVER, STANDBY), STANDBY),
        (closing(ClosingKind.HELD, PRIMARY), STANDBY),
    ],
    ids=["primary", "standby", "planned", "takeover", "held"],
)
def test_default_destination(now: object, destination: Role) -> None:
    assert failover_route(topology(writer=now), None) == (destination.peer, destination)  # type: ignore[arg-type]


def test_unfit_destination_is_refused() -> None:
    found = with_region(without(topology(), PRIMARY), STANDBY, health=Known(value=False), ticker=Known(UNFIT))
    said = "us-east-2 must be fit: it is unhealthy; its ticker finds it unfit; repair the region first, or --force"
    assert obstacles(found) == [said]
    assert planned(found, force=True)


def test_destination_without_a_quorum_is_refused() -> None:
    found = isolated(topology(), STANDBY)
    assert any(
        "us-east-2 must have a quorum: us-east-2 answers, but reaches neither" in each for each in obstacles(found)
    )


def test_no_quorum_anywhere_is_refused() -> None:
    (said,) = obstacles(isolated(without(topology(), PRIMARY), STANDBY))
    assert "us-east-1 is not reached from here (no connection)" in said
    assert "`dr break-glass --region us-east-2`" in said


def test_owner_is_no_destination() -> None:
    assert obstacles(topology(), to=PRIMARY) == [
        (
            f"us-east-1 must not serve already: us-east-1's ticker opened us-east-1 at {AT} (epoch 7); "
            "there is nothing to do"
        )
    ]


@pytest.mark.parametrize(
    ("health", "said"),
    [
        (Known(value=False), "it is unhealthy, and is open already: "),
        (Unknown("no answer in time"), "its health is unknown (no answer in time), and is open already: "),
    ],
    ids=["unhealthy", "unknown"],
)
def test_owner_that_is_not_known_to_be_healthy_is_not_done_already(health: Reading[bool], said: str) -> None:
    refusal = plan_failover(with_region(topology(), PRIMARY, health=health), to=PRIMARY)
    assert isinstance(refusal, Refusal)
    assert refusal.already is None
    assert str(refusal.obstacles[0]).startswith(f"us-east-1 must be healthy: {said}")
    assert str(refusal.obstacles[0]).endswith("`dr failover --to us-east-2` leaves it")


def test_payment_decides_where_health_is_unknown() -> None:
    plan = plan_failover(with_region(topology(), PRIMARY, health=Unknown("no answer")), to=PRIMARY, pays=True)
    assert isinstance(plan, Plan)
    assert [step.kind for step in plan.steps] == ["await-writer", "await-dns", "await-payment"]


def test_stop_of_another_operator_is_ended_only_by_force() -> None:
    held = topology(writer=closing(ClosingKind.HELD, reason="bad data"))
    assert obstacles(held, to=STANDBY) == [
        (
            f"nobody may hold the writer: alice stopped both regions at {AT} (epoch 7: bad data); "
            "`dr start` ends it, or --force"
        )
    ]
    plan = planned(held, to=STANDBY, force=True)
    assert f"before that, alice stopped both regions at {AT} (epoch 7: bad data)" in plan.warnings


def test_takeover_under_way_is_not_begun_again() -> None:
    (said,) = obstacles(topology(writer=closing(ClosingKind.TAKEOVER, STANDBY, by="ticker us-east-2")))
    assert said.startswith(
        f"no takeover may be under way: us-east-2's ticker began to open us-east-2 at {AT} (epoch 7); "
    )


def test_planned_closing_is_overtaken() -> None:
    assert planned(topology(writer=closing(ClosingKind.PLANNED)), to=PRIMARY)


def test_healthy_source_is_warned_of() -> None:
    assert "us-east-1 is healthy: `dr switchover` would lose nothing" in planned(topology()).warnings
