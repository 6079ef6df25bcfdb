"""The halves of a plan: what belongs to the region that does not serve is first, and nothing of the other with it."""

from dataclasses import replace

import pytest

from contract.roles import Role
from rollout.changes import PlannedAction, PlannedChange
from rollout.order import RolloutOrder, belonging, come_since, in_order, touched_besides
from tests.unit.rollout.plans import PRIMARY, REGIONS, STANDBY, change, plan

OURS = change("aws_cloudwatch_metric_alarm.standby_lag", "standby")
THEIRS = change("aws_cloudwatch_metric_alarm.primary_lag", "primary")
RECORD = change("aws_route53_record.failover", "primary")
TABLE = change("aws_dynamodb_table.payments", "primary", has_replicas=True)


def ordered(*changes: PlannedChange, quiet: Role = STANDBY) -> RolloutOrder:
    return in_order(plan(*changes), quiet=quiet, regions=REGIONS)


def addresses(order: RolloutOrder) -> tuple[list[str], list[str]]:
    first, rest = ([each.change.address for each in half] for half in (order.first, order.rest))
    return first, rest


@pytest.mark.parametrize(("quiet", "first", "rest"), [(STANDBY, OURS, THEIRS), (PRIMARY, THEIRS, OURS)])
def test_region_that_does_not_serve_is_first(quiet: Role, first: PlannedChange, rest: PlannedChange) -> None:
    assert addresses(ordered(OURS, THEIRS, quiet=quiet)) == ([first.address], [rest.address])


@pytest.mark.parametrize(
    ("shared", "why"),
    [
        (RECORD, "DNS answers the clients of both regions"),
        (TABLE, "one table for both regions"),
        (change("aws_cloudcontrolapi_resource.control"), "one table for both regions"),
        (
            change("aws_iam_role.operations", "standby", names=("dr-operations-dev",)),
            "IAM has no region, and no region",
        ),
        (change("terraform_data.x", ""), "its provider has no region"),
    ],
    ids=["DNS", "table", "control table", "role", "without a region"],
)
@pytest.mark.parametrize("quiet", [PRIMARY, STANDBY])
def test_what_both_regions_use_is_last_with_the_reason(shared: PlannedChange, why: str, quiet: Role) -> None:
    order = ordered(shared, quiet=quiet)
    assert order.first == ()
    assert order.rest[0].why.startswith(why)


def test_role_of_one_regions_function_belongs_to_the_region() -> None:
    role = change("aws_iam_role.ticker", "standby", names=("ticker-us-east-2-dev",))
    assert belonging(role, REGIONS).role is STANDBY


def test_what_needs_the_serving_regions_change_waits_for_it() -> None:
    worker = change("aws_lambda_function.worker", "standby", needs=frozenset({THEIRS.address, "aws_sqs_queue.q"}))
    order = ordered(OURS, THEIRS, worker)
    assert addresses(order) == ([OURS.address], [THEIRS.address, worker.address])
    assert order.rest[1].why == f"it needs {THEIRS.address} of us-east-1"


def test_what_needs_an_unchanged_resource_of_the_serving_region_does_not_wait() -> None:
    worker = change("aws_lambda_function.worker", "standby", needs=frozenset({"aws_sqs_queue.primary"}))
    assert addresses(ordered(worker, THEIRS)) == ([worker.address], [THEIRS.address])


def test_change_of_both_regions_goes_first_where_the_first_half_needs_it() -> None:
    function = change("aws_lambda_function.f", "standby", needs=frozenset({TABLE.address}))
    order = ordered(TABLE, function, RECORD)
    assert addresses(order) == ([function.address, TABLE.address], [RECORD.address])
    assert order.first[1].why == f"one table for both regions; {function.address} needs it"


@pytest.mark.parametrize("action", [PlannedAction.DESTROY, PlannedAction.REPLACE])
def test_what_the_serving_region_has_used_is_removed_after_its_change(action: PlannedAction) -> None:
    queue = change("aws_sqs_queue.standby", "standby", action, needed_by=frozenset({THEIRS.address, OURS.address}))
    order = ordered(queue, THEIRS)
    assert order.first == ()
    assert order.rest[0].why == f"{THEIRS.address} of us-east-1 has used it"


def test_instances_of_a_resource_are_found_by_its_address() -> None:
    theirs = change('aws_sqs_queue.retry["a"]', "primary")
    worker = change('aws_lambda_function.worker["b"]', "standby", needs=frozenset({"aws_sqs_queue.retry"}))
    assert addresses(ordered(theirs, worker)) == ([], [theirs.address, worker.address])


def test_what_targets_pull_along_is_found() -> None:
    order = ordered(OURS, THEIRS)
    assert touched_besides(plan(OURS), order) == ()
    assert touched_besides(plan(OURS, THEIRS), order) == (THEIRS,)


def test_what_nobody_agreed_to_is_found() -> None:
    worse = change(OURS.address, "standby", PlannedAction.REPLACE)
    assert come_since(plan(OURS, THEIRS), plan(THEIRS)) == ()
    assert come_since(plan(OURS, THEIRS), plan(worse, RECORD)) == (worse, RECORD)


def test_arguments_that_nobody_saw_change_are_found() -> None:
    shown = replace(THEIRS, attributes=("period", "threshold"))
    fewer, other = replace(THEIRS, attributes=("threshold",)), replace(THEIRS, attributes=("alarm_actions",))
    assert come_since(plan(shown), plan(fewer)) == ()
    assert come_since(plan(shown), plan(other)) == (other,)
