"""A plan that destroys or replaces what holds data is refused, unless each address is named."""

import pytest

from rollout.changes import PlannedAction
from rollout.held_data import HOLDS, refusals, what_is_lost
from tests.unit.rollout.plans import change, plan

GONE = {PlannedAction.REPLACE: "replaced", PlannedAction.DESTROY: "destroyed"}
KEPT = [PlannedAction.CREATE, PlannedAction.UPDATE, PlannedAction.FORGET]
TABLE, QUEUE = "aws_dynamodb_table.payments", "aws_sqs_queue.retry"


@pytest.mark.parametrize("action", GONE)
@pytest.mark.parametrize("kind", HOLDS)
def test_what_holds_data_is_not_lost_unnamed(kind: str, action: PlannedAction) -> None:
    (line,) = refusals(plan(change(f"{kind}.x", action=action)), [])
    assert line.startswith(f"{kind}.x would be {GONE[action]}, and with it {HOLDS[kind]}; ")
    assert f"--may-destroy '{kind}.x'" in line


@pytest.mark.parametrize("action", KEPT)
def test_what_stays_is_not_refused(action: PlannedAction) -> None:
    assert refusals(plan(change(TABLE, action=action)), []) == []


@pytest.mark.parametrize("address", ["aws_cloudwatch_metric_alarm.x", "aws_api_gateway_method.x", "aws_iam_role.x"])
def test_what_an_apply_makes_anew_is_not_refused(address: str) -> None:
    assert refusals(plan(change(address, action=PlannedAction.REPLACE)), []) == []


def test_unknown_type_is_refused() -> None:
    assert what_is_lost(change("aws_backup_vault.x", action=PlannedAction.DESTROY)).startswith("what is not known")


def test_each_address_has_its_line_and_only_named_ones_have_none() -> None:
    lost = plan(change(TABLE, action=PlannedAction.DESTROY), change(QUEUE, action=PlannedAction.REPLACE))
    assert [line.partition(" ")[0] for line in refusals(lost, [])] == [TABLE, QUEUE]
    assert [line.partition(" ")[0] for line in refusals(lost, [TABLE])] == [QUEUE]
    assert refusals(lost, [TABLE, QUEUE]) == []


def test_address_that_loses_nothing_is_a_mistake() -> None:
    (line,) = refusals(plan(change(TABLE)), [TABLE])
    assert line == f"--may-destroy must name what the plan destroys or replaces and holds something, got {TABLE}"
