"""What a failback does, and what it is refused for."""

from dataclasses import replace

import pytest

from handlers.payments.fence import Fence
from operations.plans.failback import plan_failback
from operations.plans.plan import Plan, Refusal
from operations.site import QueueKind, Role
from operations.topology.model import QueueDepth, Topology
from operations.topology.readings import Known, Reading, Unknown
from tests.unit.operations.plans.topologies import (
    SITE,
    TAKEN_OVER,
    fences,
    topology,
    with_fence,
    with_queue,
    with_region,
)

PRIMARY, STANDBY = Role.PRIMARY, Role.STANDBY
ONE = Known(QueueDepth(waiting=0, in_flight=0, delayed=1))
SAME: Reading[bool] = Known(value=True)

COMPARE = "`dr reconcile` shows and repairs, --accepted leaves out what was judged"
OBSTACLES: dict[str, tuple[Topology, Reading[bool], str]] = {
    "replicas differ": (
        TAKEN_OVER,
        Known(value=False),
        f"both replicas must hold the same payments: they differ; {COMPARE}",
    ),
    "replicas unknown": (
        TAKEN_OVER,
        Unknown("no access"),
        f"both replicas must hold the same payments: unknown (no access); {COMPARE}",
    ),
    "standby's payments waiting": (
        with_queue(TAKEN_OVER, STANDBY, QueueKind.RETRY, ONE),
        SAME,
        "the retry queue of us-east-2 must be empty: 1; wait until it is worked off",
    ),
    "standby's dead letters": (
        with_queue(TAKEN_OVER, STANDBY, QueueKind.DEAD_LETTER, ONE),
        SAME,
        "the dead letter queue of us-east-2 must be empty: 1; `dr redrive`, or judge each",
    ),
    "standby's dead letters unknown": (
        with_queue(TAKEN_OVER, STANDBY, QueueKind.DEAD_LETTER, Unknown("no answer in time")),
        SAME,
        "the dead letter queue of us-east-2 must be empty: unknown (no answer in time); `dr redrive`, or judge each",
    ),
    "standby's transaction logs incomplete": (
        with_queue(TAKEN_OVER, STANDBY, QueueKind.STREAM_FAILURE, ONE),
        SAME,
        "the stream failure queue of us-east-2 must be empty: 1; judge each message",
    ),
    "standby's transaction logs unknown": (
        with_queue(TAKEN_OVER, STANDBY, QueueKind.STREAM_FAILURE, Unknown("no answer in time")),
        SAME,
        "the stream failure queue of us-east-2 must be empty: unknown (no answer in time); judge each message",
    ),
    "fence not yet there": (
        with_fence(TAKEN_OVER, PRIMARY, PRIMARY, Known(Fence("us-east-1"))),
        SAME,
        "us-east-1 must be fenced: open in us-east-1's replica; there is nothing to return from",
    ),
    "primary still ill": (
        with_region(TAKEN_OVER, PRIMARY, health=Known(value=False)),
        SAME,
        "us-east-1 must be healthy: it is unhealthy; mend the region first",
    ),
}


@pytest.mark.parametrize(("found", "same", "said"), OBSTACLES.values(), ids=OBSTACLES)
def test_it_is_refused(found: Topology, same: Reading[bool], said: str) -> None:
    refusal = plan_failback(found, reconciled=same)
    assert isinstance(refusal, Refusal)
    assert [str(each) for each in refusal.obstacles] == [said]


def test_lag_must_have_settled_both_ways() -> None:
    slow = topology(held=fences(primary=True), serving=STANDBY, lag=7)
    refusal = plan_failback(slow, reconciled=SAME)
    assert isinstance(refusal, Refusal)
    assert len(refusal.obstacles) == 2


def test_a_faster_clock_grants_the_emulators_own_work_two_real_seconds() -> None:
    slow = replace(topology(held=fences(primary=True), serving=STANDBY, lag=19), time_scale=10)
    assert isinstance(plan_failback(slow, reconciled=SAME), Plan)
    assert isinstance(plan_failback(replace(slow, time_scale=9), reconciled=SAME), Refusal)


def planned(found: Topology = TAKEN_OVER) -> Plan:
    plan = plan_failback(found, reconciled=SAME)
    assert isinstance(plan, Plan)
    return plan


def test_the_steps() -> None:
    assert [step.says(SITE) for step in planned().steps] == [
        "fence us-east-2",
        "see us-east-2 fenced in both replicas",
        "let us-east-2's fence settle (8 real seconds)",
        "drain replication us-east-2 → us-east-1: 5 s, and a heartbeat of us-east-2 from after its fence",
        "unfence us-east-1",
        "see us-east-1 open in both replicas",
        "see us-east-2's /takeover answer 404",
        "see DNS answer us-east-1",
        "see a first payment stored in us-east-1",
        "let resolvers forget us-east-2 (60 s)",
        "unfence us-east-2",
        "see us-east-2 open in both replicas",
    ]


def test_what_waits_in_the_primary_is_told_only() -> None:
    """Its queue cannot be worked off before it is open."""
    plan = planned(with_queue(TAKEN_OVER, PRIMARY, QueueKind.RETRY, ONE))
    assert plan.warnings == ("1 in the retry queue of us-east-1",)


def test_what_may_wait_in_the_primary_is_told_too() -> None:
    plan = planned(with_queue(TAKEN_OVER, PRIMARY, QueueKind.RETRY, Unknown("no answer in time")))
    assert plan.warnings == ("an unknown number (no answer in time) in the retry queue of us-east-1",)


def test_the_pause_is_told() -> None:
    assert any("neither region takes payments" in note for note in planned().notes)
