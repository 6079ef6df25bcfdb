"""A plan of this project as Terraform 1.11.4 printed it (another rate, threshold, time-out), cut to a few resources."""

import json
from pathlib import Path
from typing import Any

import pytest

from contract.roles import Role
from operations.errors import OperationError
from rollout.changes import PlannedAction, PlannedChange, TerraformPlan, parse_json, read_plan
from rollout.order import in_order
from tests.unit.rollout.documents import document, resource
from tests.unit.rollout.plans import REGIONS

RECORDED = Path(__file__).with_name("recorded")
RATE = "aws_api_gateway_method_settings.standby_api_settings_8531AE78"
PRIMARY_QUEUE, STANDBY_QUEUE = (
    "aws_sqs_queue.primary_queues_retry_D8518617",
    "aws_sqs_queue.standby_queues_retry_5861BCBF",
)
WORKER = "aws_lambda_function.standby-workers_retry-worker_function_9F8AEABE"


def recorded(name: str) -> Any:
    return json.loads((RECORDED / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def plan() -> TerraformPlan:
    return read_plan(recorded("plan"), recorded("state"))


def found(plan: TerraformPlan, address: str) -> PlannedChange:
    (change,) = [each for each in plan.changes if each.address == address]
    return change


def test_changes_are_those_of_resources(plan: TerraformPlan) -> None:
    assert len(plan.changes) == 14
    assert {each.action for each in plan.changes} == {PlannedAction.UPDATE}


def test_change_has_its_provider_and_its_arguments(plan: TerraformPlan) -> None:
    change = found(plan, RATE)
    assert (change.alias, change.attributes) == ("standby", ("settings",))


def test_what_it_refers_to_is_followed(plan: TerraformPlan) -> None:
    """The worker reads its role's policy, which names the other region's queue."""
    needs = found(plan, WORKER).needs
    assert {PRIMARY_QUEUE, STANDBY_QUEUE} <= needs
    assert any(need.startswith("data.aws_iam_policy_document.") for need in needs)


def test_what_was_applied_after_it_is_known_from_the_state(plan: TerraformPlan) -> None:
    assert WORKER in found(plan, STANDBY_QUEUE).needed_by


def test_policy_has_the_name_of_its_role(plan: TerraformPlan) -> None:
    change = found(plan, "aws_iam_role_policy.standby_payment-api_function_role_policy_90D3E6BE")
    assert "payment-api-us-east-2-dev" in change.names


def test_outputs_are_read(plan: TerraformPlan) -> None:
    assert plan.outputs["regions"] == {"primary": "us-east-1", "standby": "us-east-2"}


def test_recorded_plan_in_order(plan: TerraformPlan) -> None:
    order = in_order(plan, quiet=Role.STANDBY, regions=REGIONS)
    assert set(order.targets) == {
        RATE,
        STANDBY_QUEUE,
        "aws_iam_role_policy.standby_payment-api_function_role_policy_90D3E6BE",
        "aws_lambda_function.standby_payment-api_function_38F56CBB",
    }
    reasons = {each.change.address: each.why for each in order.rest if each.why}
    assert reasons[WORKER] == f"it needs {PRIMARY_QUEUE} of us-east-1"
    assert reasons["aws_route53_health_check.domain_health_primary-writer_E1CD3E19"].startswith("DNS answers")
    assert reasons["aws_iam_role_policy.operations-permissions_policy_CF6B1F3B"].startswith("IAM has no region")


def test_provider_of_what_is_gone_is_the_states() -> None:
    gone = document([resource("aws_sqs_queue.old", "standby", "delete")], outputs={})
    gone["configuration"] = {}
    provider = 'provider["registry.terraform.io/hashicorp/aws"].standby'
    state = {"resources": [{"mode": "managed", "type": "aws_sqs_queue", "name": "old", "provider": provider}]}
    assert read_plan(gone, state).changes[0].alias == "standby"
    assert read_plan(gone, {}).changes[0].alias == ""


@pytest.mark.parametrize(
    ("actions", "action"),
    [
        (["delete", "create"], PlannedAction.REPLACE),
        (["create", "delete"], PlannedAction.REPLACE),
        (["delete"], PlannedAction.DESTROY),
        (["forget"], PlannedAction.FORGET),
        (["create"], PlannedAction.CREATE),
    ],
)
def test_actions(actions: list[str], action: PlannedAction) -> None:
    read = read_plan(document([resource("aws_sqs_queue.x", "primary", *actions)], outputs={}), {})
    assert read.changes[0].action is action


def test_action_that_is_not_known_is_an_error() -> None:
    with pytest.raises(OperationError, match=r"aws_sqs_queue\.x, got \['vanish'\]"):
        read_plan(document([resource("aws_sqs_queue.x", "primary", "vanish")], outputs={}), {})


def test_outputs_that_the_plan_adds_complete_those_that_are_there() -> None:
    plan = TerraformPlan((), {"names": {"a": {"x": 1}}}, {"names": {"a": {"x": 2, "y": 3}}, "more": 4})
    assert plan.outputs == {"names": {"a": {"x": 1, "y": 3}}, "more": 4}


def test_output_that_is_not_known_yet_is_left_out() -> None:
    unknown = document([], outputs={})
    unknown["planned_values"] = {"outputs": {"arns": {"value": [None]}, "name": {"value": "n"}}}
    unknown["output_changes"] = {"arns": {"after_unknown": [True]}, "name": {"after_unknown": False}}
    assert read_plan(unknown, {}).outputs_planned == {"name": "n"}


def test_what_is_no_json_is_an_error() -> None:
    with pytest.raises(OperationError, match=r"^terraform show -json must print a JSON object, got 'no'$"):
        parse_json("no", "terraform show -json")
