"""A failback is a switchover to the primary, with more preconditions."""

import pytest

from contract.outputs import QueueKind
from contract.roles import Role
from operations.plans.failback import Differing, plan_failback
from operations.plans.plan import Plan, Purpose, Refusal
from operations.topology.model import QueueDepth, Topology
from operations.topology.readings import Known, Reading, Unknown
from tests.unit.operations.plans.topologies import SITE, TAKEN_OVER, loss, topology, with_queue

PRIMARY, STANDBY = Role.PRIMARY, Role.STANDBY
ONE = Known(QueueDepth(waiting=0, in_flight=0, delayed=1))
SAME: Reading[bool] = Known(value=True)
COMPARE = "`dr reconcile` shows each and repairs; `dr accept` leaves out what you have judged"

OBSTACLES: dict[str, tuple[Topology, Reading[bool], str]] = {
    "replicas differ": (
        TAKEN_OVER,
        Known(value=False),
        f"both replicas must hold the same payments: they differ; {COMPARE}",
    ),
    "duplicates that nobody has judged": (
        TAKEN_OVER,
        Differing(value=False, differences="they do; stored twice, and not judged yet: 2"),
        f"both replicas must hold the same payments: they do; stored twice, and not judged yet: 2; {COMPARE}",
    ),
    "replicas unknown": (
        TAKEN_OVER,
        Unknown("no access"),
        f"both replicas must hold the same payments: unknown (no access); {COMPARE}",
    ),
    "payments waiting": (
        with_queue(TAKEN_OVER, STANDBY, QueueKind.RETRY, ONE),
        SAME,
        "the retry queue of us-east-2 must be empty: 1; wait until it is worked off",
    ),
    "dead letters": (
        with_queue(TAKEN_OVER, STANDBY, QueueKind.DEAD_LETTER, ONE),
        SAME,
        "the dead letter queue of us-east-2 must be empty: 1; `dr redrive`, or judge each",
    ),
    "dead letters unknown": (
        with_queue(TAKEN_OVER, STANDBY, QueueKind.DEAD_LETTER, Unknown("no answer in time")),
        SAME,
        "the dead letter queue of us-east-2 must be empty: unknown (no answer in time); `dr redrive`, or judge each",
    ),
    "transaction logs incomplete": (
        with_queue(TAKEN_OVER, STANDBY, QueueKind.STREAM_FAILURE, ONE),
        SAME,
        "the stream failure queue of us-east-2 must be empty: 1; judge each message",
    ),
}


@pytest.mark.parametrize(("found", "same", "said"), OBSTACLES.values(), ids=OBSTACLES)
def test_it_is_refused(found: Topology, same: Reading[bool], said: str) -> None:
    refusal = plan_failback(found, reconciled=same, loss=loss(STANDBY))
    assert isinstance(refusal, Refusal)
    assert [str(each) for each in refusal.obstacles] == [said]


def test_primary_that_serves_already_is_no_destination() -> None:
    refusal = plan_failback(topology(), reconciled=SAME, loss=None)
    assert isinstance(refusal, Refusal)
    assert "us-east-1 must not serve already" in str(refusal.obstacles[0])


def test_it_closes_the_standby_and_opens_the_primary() -> None:
    plan = plan_failback(TAKEN_OVER, reconciled=SAME, loss=loss(STANDBY))
    assert isinstance(plan, Plan)
    assert plan.purpose is Purpose.FAILBACK
    assert [step.says(SITE) for step in plan.steps][0::3][:2] == [
        "read us-east-2's stream, and close us-east-2 in favour of us-east-1",
        "open us-east-1",
    ]
