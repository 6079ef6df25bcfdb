"""What a switchover does, and what it is refused for."""

from dataclasses import replace

import pytest

from handlers.payments.fence import Fence
from operations.plans.plan import Plan, Refusal
from operations.plans.steps import AwaitDns, AwaitPayment, Drain
from operations.plans.switchover import plan_switchover
from operations.site import QueueKind, Role
from operations.topology.model import Alarm, AlarmState, DnsAnswer, Heartbeat, QueueDepth, Topology
from operations.topology.readings import Known, Unknown
from tests.unit.operations.plans.topologies import (
    NAMES,
    SITE,
    TAKEN_OVER,
    topology,
    with_fence,
    with_queue,
    with_region,
)

PEACE = topology(lag=0.8)
PRIMARY, STANDBY = Role.PRIMARY, Role.STANDBY
TWO = Known(QueueDepth(waiting=1, in_flight=1, delayed=0))
SILENT = Unknown("no answer in time")

OBSTACLES = {
    "primary unhealthy": (
        with_region(PEACE, PRIMARY, health=Known(value=False)),
        "us-east-1 must be healthy: it is unhealthy; `dr failover` leaves a region that is not",
    ),
    "primary's health unknown": (
        with_region(PEACE, PRIMARY, health=SILENT),
        "us-east-1 must be healthy: unknown (no answer in time); `dr failover` leaves a region that is not",
    ),
    "standby unhealthy": (
        with_region(PEACE, STANDBY, health=Known(value=False)),
        "us-east-2 must be healthy: it is unhealthy; mend the region first",
    ),
    "standby's health unknown": (
        with_region(PEACE, STANDBY, health=Unknown("it answers 502")),
        "us-east-2 must be healthy: unknown (it answers 502); mend the region first",
    ),
    "standby fenced": (
        with_fence(PEACE, STANDBY, PRIMARY, Known(Fence("us-east-2", fenced=True))),
        "us-east-2 must be open: fenced in us-east-1's replica; finish or roll back what fenced it",
    ),
    "fence unknown": (
        with_fence(PEACE, PRIMARY, PRIMARY, SILENT),
        (
            "us-east-1 must be open: unknown (no answer in time) in us-east-1's replica; "
            "`dr failback` returns from a switchover"
        ),
    ),
    "slow replication": (
        replace(PEACE, lag={**PEACE.lag, (PRIMARY, STANDBY): Known(5.1)}),
        "the replication lag us-east-1 → us-east-2 must be at most 5 s: 5.1 s; wait until it has settled",
    ),
    "replication unknown": (
        replace(PEACE, lag={**PEACE.lag, (STANDBY, PRIMARY): Unknown("no datapoint")}),
        (
            "the replication lag us-east-2 → us-east-1 must be at most 5 s: unknown (no datapoint); "
            "wait until it has settled"
        ),
    ),
    "old heartbeat": (
        with_region(PEACE, STANDBY, heartbeats=dict.fromkeys(Role, Known(Heartbeat(0, 121, "r")))),
        (
            "the age of us-east-1's heartbeat in us-east-2 must be at most 120 s: 121.0 s; "
            "see to the heartbeat function in us-east-1"
        ),
    ),
    "payments waiting": (
        with_queue(PEACE, PRIMARY, QueueKind.RETRY, TWO),
        "the retry queue of us-east-1 must be empty: 2; wait until it is worked off",
    ),
    "dead letters": (
        with_queue(PEACE, PRIMARY, QueueKind.DEAD_LETTER, SILENT),
        "the dead letter queue of us-east-1 must be empty: unknown (no answer in time); `dr redrive`, or judge each",
    ),
    "DNS elsewhere": (
        replace(PEACE, dns=Known(DnsAnswer(("127.0.1.2",), 60, Known(STANDBY)))),
        "DNS must answer us-east-1: it answers us-east-2; wait until the health checks agree",
    ),
    "DNS unknown": (
        replace(PEACE, dns=SILENT),
        "DNS must answer us-east-1: unknown (no answer in time); wait until the health checks agree",
    ),
}


@pytest.mark.parametrize(("found", "said"), OBSTACLES.values(), ids=OBSTACLES)
def test_it_is_refused(found: Topology, said: str) -> None:
    refusal = plan_switchover(found)
    assert isinstance(refusal, Refusal)
    assert [str(each) for each in refusal.obstacles] == [said]


def test_every_obstacle_is_told() -> None:
    refusal = plan_switchover(TAKEN_OVER)
    assert isinstance(refusal, Refusal)
    assert [each.precondition for each in refusal.obstacles] == [
        "us-east-1 must be open",
        "us-east-1 must be open",
        "DNS must answer us-east-1",
    ]


def planned(found: Topology = PEACE) -> Plan:
    plan = plan_switchover(found)
    assert isinstance(plan, Plan)
    return plan


def test_the_steps() -> None:
    assert [step.says(SITE) for step in planned().steps] == [
        "fence us-east-1",
        "see us-east-1 fenced in both replicas",
        "let us-east-1's fence settle (8 real seconds)",
        "drain replication us-east-1 → us-east-2: 8 s, and a heartbeat of us-east-1 from after its fence",
        "see us-east-2's /takeover answer 200",
        "see DNS answer us-east-2",
        "see a first payment stored in us-east-2",
    ]


def test_it_drains_ten_times_the_latency() -> None:
    (drain,) = (step for step in planned(topology(lag=2.5)).steps if isinstance(step, Drain))
    assert drain.seconds == 25


def test_without_a_domain_clients_choose() -> None:
    assert not any(isinstance(step, AwaitDns) for step in planned(replace(PEACE, dns=None)).steps)


def test_a_payment_of_ones_own() -> None:
    plan = plan_switchover(PEACE, pays=True)
    assert isinstance(plan, Plan)
    (payment,) = (step for step in plan.steps if isinstance(step, AwaitPayment))
    assert payment.pays


def test_a_long_fence_is_explained() -> None:
    assert any("parked" in note and NAMES[PRIMARY] in note for note in planned().notes)


def test_alarms_are_told_but_do_not_stand_in_the_way() -> None:
    red = Known((Alarm("lag-us-east-1", AlarmState.ALARM, "", actions_enabled=True),))
    assert planned(with_region(PEACE, PRIMARY, alarms=red)).warnings == ("in ALARM: lag-us-east-1",)


def test_a_plan_survives_its_journal() -> None:
    plan = planned()
    assert Plan.model_validate_json(plan.model_dump_json()) == plan
