"""Each plan says for how long nobody will be able to pay."""

import pytest

from contract.roles import Role
from handlers.writer.item import ClosingKind
from operations.plans.break_glass import plan_break_glass
from operations.plans.expectation import expected_refusal
from operations.plans.failback import plan_failback
from operations.plans.failover import plan_failover
from operations.plans.plan import Plan, Refusal
from operations.plans.roll_back import plan_roll_back
from operations.plans.stopping import plan_start, plan_stop
from operations.plans.switchover import plan_switchover
from operations.topology.readings import Known
from tests.unit.operations.plans.topologies import TAKEN_OVER, closing, isolated, loss, topology, without

STEADY = topology()
SWITCHOVER = plan_switchover(STEADY, loss=loss())
assert isinstance(SWITCHOVER, Plan)
CLOSING = topology(writer=closing(ClosingKind.PLANNED))
HELD = topology(writer=closing(ClosingKind.HELD))


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (SWITCHOVER, "nobody can pay for about 10 s, at most 20 s, until us-east-2 is open"),
        (plan_failover(STEADY), "nobody can pay for about 8 s, until us-east-2 is open"),
        (
            plan_failback(TAKEN_OVER, reconciled=Known(value=True), loss=loss(Role.STANDBY)),
            "nobody can pay for about 10 s, at most 20 s, until us-east-1 is open",
        ),
        (plan_stop(STEADY), "no region takes payments until `dr start`"),
        (plan_start(HELD), "nobody can pay for about 8 s, until us-east-1 is open"),
        (plan_start(CLOSING), "payments are taken again as soon as us-east-1 is open, within seconds"),
        (plan_roll_back(CLOSING, SWITCHOVER), "payments are taken again as soon as us-east-1 is open, within seconds"),
        (
            plan_break_glass(isolated(without(STEADY, Role.PRIMARY), Role.STANDBY), Role.STANDBY),
            "payments are taken again within seconds of the broken glass",
        ),
    ],
    ids=["switchover", "failover", "failback", "stop", "start", "start of a closing", "roll back", "glass"],
)
def test_it_is_said_before(plan: Plan | Refusal, said: str) -> None:
    assert isinstance(plan, Plan)
    assert plan.expected.startswith(said)


@pytest.mark.parametrize(
    ("first", "said"),
    [
        (1, "nobody can pay for about 10 s more, at most 20 s, "),
        (2, "nobody can pay for about 2 s more, at most 12 s, "),
        (3, "payments are taken again as soon as us-east-2 is open"),
        (4, "what is left refuses no payments"),
    ],
)
def test_what_is_left_of_an_interrupted_plan_takes_less(first: int, said: str) -> None:
    assert isinstance(SWITCHOVER, Plan)
    assert expected_refusal(CLOSING, SWITCHOVER.steps[first:], goes_on=True).startswith(said)
