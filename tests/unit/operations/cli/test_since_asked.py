"""What makes a command ask again: more loss, and other warnings, but not what changes from moment to moment."""

from dataclasses import replace

import pytest

from contract.roles import Role
from operations.cli.since_asked import new_warnings, worsened
from operations.plans.failover import plan_failover
from operations.plans.plan import Plan
from operations.topology.loss_estimate import MissingPayments
from operations.topology.readings import Known, Reading, Unknown
from tests.unit.operations.plans.topologies import loss, topology

NO_ANSWER: Reading[MissingPayments] = Unknown("no answer")


def plan(*warnings: str) -> Plan:
    made = plan_failover(topology(), to=Role.STANDBY)
    assert isinstance(made, Plan)
    return made.model_copy(update={"warnings": warnings})


def missing(count: int, oldest: float) -> Reading[MissingPayments]:
    return Known(MissingPayments(count, oldest))


@pytest.mark.parametrize(
    ("shown", "now", "said"),
    [
        (missing(0, 0), missing(9, 40), "9 payments would be lost, 0 when you were asked"),
        (missing(4, 10), missing(9, 40), "9 payments would be lost, 4 when you were asked"),
        (missing(4, 10), NO_ANSWER, "what would be lost is unknown by now (no answer)"),
        (missing(0, 0), missing(9, 1), ""),  # on their way, as always
        (missing(412, 40), missing(420, 41), ""),  # from second to second
        (missing(9, 40), missing(0, 0), ""),
        (NO_ANSWER, missing(9, 40), ""),
    ],
)
def test_loss(shown: Reading[MissingPayments], now: Reading[MissingPayments], said: str) -> None:
    before, after = (replace(loss(), missing=each) for each in (shown, now))
    refusal = worsened(topology(), shown=plan(), now=plan(), shown_loss=before, loss=after)
    told = "" if refusal is None else str(refusal.obstacles[0])
    assert told == (said and f"it has changed since you were asked: {said}; begin again to see what it is now")


@pytest.mark.parametrize(
    ("shown", "now", "new"),
    [
        ("in ALARM: lag", "in ALARM: lag, health", True),
        ("in ALARM: lag, health", "in ALARM: health", False),
        ("the lag is 31.2 s", "the lag is 35 s", False),
        ("the health of us-east-1 is unknown", "the health of us-east-2 is unknown", True),
    ],
)
def test_warnings(shown: str, now: str, *, new: bool) -> None:
    assert new_warnings(plan(shown), plan(now)) == ([now] if new else [])
