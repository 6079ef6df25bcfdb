"""A refusal tells each cause once, and what ends it."""

from dataclasses import replace

import pytest

from contract.roles import Role
from handlers.writer.item import ClosingKind, Writer
from operations.plans.causes import merged_causes
from operations.plans.failback import plan_failback
from operations.plans.failover import plan_failover
from operations.plans.plan import Plan, Purpose, Refusal
from operations.plans.stopping import plan_start
from operations.plans.switchover import plan_switchover
from operations.topology.model import HeartbeatReading, Topology
from operations.topology.readings import Known, Unknown
from tests.unit.operations.plans.topologies import (
    TAKEN_OVER,
    closing,
    loss,
    topology,
    unknown_loss,
    with_region,
    without,
)

PEACE = topology()


def told(refusal: object, found: Topology) -> list[str]:
    assert isinstance(refusal, Refusal)
    return [str(each) for each in merged_causes(refusal, found)]


def test_lost_source_is_one_cause_with_its_command() -> None:
    found = without(PEACE, Role.PRIMARY)
    refusal = plan_switchover(found, loss=unknown_loss())
    assert isinstance(refusal, Refusal)
    assert len(refusal.obstacles) > 2
    assert told(refusal, found) == [
        (
            "us-east-1 must answer: it is not reached from here (no connection); "
            "`dr failover --to us-east-2` leaves it, if us-east-2 has not taken over by itself"
        )
    ]


@pytest.mark.parametrize(
    ("now", "remedy"),
    [
        (closing(ClosingKind.HELD), "`dr failover --to us-east-2 --force` leaves it: nothing is taken over while"),
        (closing(ClosingKind.TAKEOVER), "`dr failover --to us-east-2 --force` leaves it, if us-east-2 has not"),
        (closing(ClosingKind.PLANNED), "`dr failover --to us-east-2` leaves it, if us-east-2 has not"),
        (closing(ClosingKind.PLANNED, automatic=False), "`dr failover --to us-east-2` leaves it: automatic takeover"),
    ],
    ids=["held", "takeover", "planned", "automatic off"],
)
def test_silent_owner_is_left_by_the_command_that_is_accepted(now: Writer, remedy: str) -> None:
    found = without(topology(writer=now), Role.PRIMARY)
    (cause,) = told(plan_start(found), found)
    assert f"(no connection); {remedy}" in cause
    assert isinstance(plan_failover(found, to=Role.STANDBY, force="--force" in remedy), Plan)


def test_silent_standby_is_no_reason_to_wait_while_the_primary_is_unhealthy() -> None:
    found = with_region(without(PEACE, Role.STANDBY), Role.PRIMARY, health=Known(value=False))
    assert told(plan_failover(found), found) == [
        "us-east-2 must answer: it is not reached from here (no connection); repair the region first, or --force"
    ]


def test_lost_destination_of_a_failback_is_waited_for() -> None:
    found = without(TAKEN_OVER, Role.PRIMARY)
    compared = Unknown("not compared before the others are met")
    causes = told(plan_failback(found, reconciled=compared, loss=loss(Role.STANDBY)), found)
    assert causes[0].startswith(
        "us-east-1 must answer: it is not reached from here (no connection); wait until it is back"
    )
    assert len(causes) == 2


def test_slow_replication_is_one_cause_with_its_wait() -> None:
    late = Known(HeartbeatReading(at=0, age=90, release="r"))
    found = with_region(topology(lag=60), Role.STANDBY, heartbeats=dict.fromkeys(Role, late))
    (cause,) = told(plan_switchover(found, loss=replace(loss(count=1, oldest=60.0))), found)
    assert cause.startswith(
        "replication must have caught up: the replication lag us-east-1 → us-east-2 must be at most"
    )
    assert cause.endswith("; `dr wait ready-for-switchover` waits until it has")


def test_one_sign_of_slow_replication_keeps_its_words() -> None:
    found = topology(lag=60)
    assert told(plan_switchover(found, loss=loss()), found) == [
        "the replication lag us-east-1 → us-east-2 must be at most 5 s: 60.0 s; wait until it has settled"
    ]


def test_what_is_done_already_is_no_obstacle() -> None:
    for refusal in (
        plan_failover(TAKEN_OVER, to=Role.STANDBY),
        plan_switchover(TAKEN_OVER, to=Role.STANDBY, loss=None),
        plan_failback(PEACE, reconciled=Unknown("not compared"), loss=None),
        plan_start(PEACE),
    ):
        assert isinstance(refusal, Refusal)
        assert refusal.already is not None
        assert len(refusal.obstacles) == 1


def test_what_is_closed_is_not_done() -> None:
    refusal = plan_failover(without(PEACE, Role.STANDBY))
    assert isinstance(refusal, Refusal)
    assert (refusal.purpose, refusal.already) == (Purpose.FAILOVER, None)
