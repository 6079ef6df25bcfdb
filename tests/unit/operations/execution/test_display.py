"""What people see while a step runs, and how long they are told that nobody could pay."""

import io
from functools import partial

import pytest
from rich.console import Console

from operations.execution.display import MoveDisplay
from operations.execution.executor import StepResult
from operations.execution.measuring import ClosedPeriod
from operations.execution.move import Account, MoveOutcome
from operations.plans.plan import Plan, Purpose
from operations.plans.steps import SetAutomatic
from operations.plans.stopping import plan_automatic
from operations.plans.switchover import plan_switchover
from operations.topology.model import Topology
from operations.typed_commands import typed_text
from operations.verdict.judge import judge
from tests.unit.operations.plans.topologies import SITE, loss
from tests.unit.operations.screens.situations import SITUATIONS, STEADY

PROD = ["--environment", "prod"]
LOST, CLOSING = SITUATIONS["the primary is lost"], SITUATIONS["a planned closing, just begun"]


def shown(found: Topology, plan: Plan, *, ended: tuple[StepResult, ...] = ()) -> str:
    """Return what a terminal shows while a step runs after others have ended."""
    file = io.StringIO()
    display = MoveDisplay(Console(file=file, width=200, force_terminal=True, color_system=None, _environ={}), SITE)
    display.verdict(judge(found))
    display.plan(plan)
    with display.running():
        for number, result in enumerate(ended, start=1):
            display.ends(number, result)
        display.begins(1, plan.steps[0])
    return file.getvalue()


def switchover() -> Plan:
    plan = plan_switchover(STEADY, loss=loss())
    assert isinstance(plan, Plan)
    return plan


@pytest.mark.parametrize(
    ("found", "taking"),
    [(STEADY, "us-east-1 takes payments"), (LOST, "nobody takes payments"), (CLOSING, "nobody takes payments")],
    ids=["steady", "lost", "resumed while closed"],
)
def test_running_step_says_who_takes_payments_now(found: Topology, taking: str) -> None:
    assert f" · {taking}" in shown(found, switchover())


def test_switching_takeovers_does_not_make_a_lost_region_take_payments() -> None:
    plan = plan_automatic(LOST, automatic=True)
    assert isinstance(plan, Plan)
    switched = StepResult(SetAutomatic(automatic=True), 1.0, {"state": "open", "region": "us-east-1"})
    assert " · nobody takes payments" in shown(LOST, plan, ended=(switched,))


@pytest.mark.parametrize(
    ("closed", "said"),
    [
        (ClosedPeriod(8.2, 8.2), "Nobody could pay for 8.2 s, from the closing to the opening."),
        (ClosedPeriod(8.2, 48.2), "Nobody could pay for about 48 s, 8.2 s of them while the writer was closed."),
        (
            ClosedPeriod(4.2, None, by_glass=True),
            "Payments were taken 4.2 s after the glass was broken; it is not known since when nobody could pay.",
        ),
        (ClosedPeriod(8.2, None), "The writer was closed for 8.2 s; it is not known since when nobody could pay."),
    ],
)
def test_outage_is_not_shorter_than_it_was(closed: ClosedPeriod, said: str) -> None:
    file = io.StringIO()
    MoveDisplay(Console(file=file), SITE).outcome(
        Account(MoveOutcome.DONE, closed=closed), purpose=Purpose.FAILOVER, journal=None
    )
    assert said in file.getvalue()


def test_commands_that_are_named_act_on_the_same_deployment() -> None:
    file = io.StringIO()
    unseen = StepResult(switchover().steps[-2], 1.0, {"seen": False, "within_seconds": 120.0})
    display = MoveDisplay(Console(file=file, width=200), SITE, typed=partial(typed_text, options=PROD))
    display.outcome(
        Account(MoveOutcome.UNVERIFIED, [unseen], can_resume=True), purpose=Purpose.SWITCHOVER, journal=None
    )
    assert "`dr switchover --to us-east-2 --pay --environment prod`" in file.getvalue()
    assert "`dr switchover --resume --environment prod` goes on." in file.getvalue()
