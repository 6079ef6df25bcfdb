"""What each role may do: its function's work, in its own region, and nothing else."""

import re
from typing import Any

import pytest

from dr_constructs.region import Role
from handlers.environment import Function
from tests.synth.reading import ROLES, Resource, Synthesized, strings

_LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
ACTIONS = {
    Function.PAYMENT_API: {*_LOGS, "dynamodb:PutItem", "dynamodb:GetItem", "sqs:SendMessage"},
    Function.RETRY_WORKER: {
        *_LOGS,
        "dynamodb:PutItem",
        "dynamodb:GetItem",
        "ssm:GetParameter",
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
    },
    Function.TRANSACTION_LOG: {
        *_LOGS,
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
        "dynamodb:PutItem",
        "s3:PutObject",
        "sqs:SendMessage",
    },
    Function.HEARTBEAT: {*_LOGS, "dynamodb:PutItem"},
    Function.SENTINEL: {*_LOGS, "dynamodb:GetItem"},
}
TAKEOVER = {"dynamodb:PutItem", "dynamodb:UpdateItem", "ssm:GetParameter"}
"""What only the standby's sentinel needs: its memory, the primary's fence, the operator's switch."""

REPLICA = re.compile(r"tolist\(aws_dynamodb_table\.[\w-]+\.replica\)")
REGION_IN_ARN = re.compile(r"arn:aws:\w+:([a-z0-9-]+):")


def iam_role(environment: Synthesized, function: Function, role: Role) -> Resource:
    """Return the role of one function of one region."""
    return environment.referred(environment.function(function, role)["role"])


def permissions(environment: Synthesized, function: Function, role: Role) -> list[dict[str, Any]]:
    """Return what one function of one region may do."""
    return environment.permissions(iam_role(environment, function, role))


def keys(statements: list[dict[str, Any]], *actions: str) -> set[str]:
    """Return the keys of the table on which any of the actions is allowed."""
    wanted = {f"dynamodb:{action}" for action in actions}
    found = [each["condition"] for each in statements if wanted & set(each["actions"])]
    return {key for (condition,) in found for key in condition["values"]}


def reached(environment: Synthesized, statements: list[dict[str, Any]]) -> set[str]:
    """Return the regions of everything that statements name, whether by reference or in an ARN."""
    regions = set()
    for text in (text for each in statements for text in strings(each["resources"])):
        for one in environment.references(text):
            role = Role.STANDBY if REPLICA.search(text) else one.role
            regions.add(environment.region(role))
        regions |= set(REGION_IN_ARN.findall(text))
    return regions


@pytest.mark.parametrize("function", Function)
class TestFunctions:
    """Every function of both regions."""

    def test_its_role_is_its_own(self, shipped: Synthesized, role: Role, function: Function) -> None:
        own = iam_role(shipped, function, role)
        sharing = [each for each in shipped.functions() if shipped.referred(each["role"]) == own]
        assert (own["name"], len(sharing)) == (shipped.name(function, role), 1)

    def test_it_reaches_its_own_region_alone(self, shipped: Synthesized, role: Role, function: Function) -> None:
        assert reached(shipped, permissions(shipped, function, role)) == {shipped.region(role)}

    def test_it_may_do_its_work_and_no_more(self, shipped: Synthesized, role: Role, function: Function) -> None:
        actions = {action for each in permissions(shipped, function, role) for action in each["actions"]}
        takes_over = (function, role) == (Function.SENTINEL, Role.STANDBY)
        assert actions == ACTIONS[function] | (TAKEOVER if takes_over else set())

    def test_it_may_write_its_own_log_alone(self, shipped: Synthesized, role: Role, function: Function) -> None:
        group = shipped.referred(shipped.function(function, role)["logging_config"]["log_group"])
        (logs,) = (each for each in permissions(shipped, function, role) if set(each["actions"]) & _LOGS)
        assert logs["resources"] == [f"{group.attribute('arn')}:*"]

    def test_its_rights_are_there_before_it(self, shipped: Synthesized, role: Role, function: Function) -> None:
        own = shipped.function(function, role)
        own_role = iam_role(shipped, function, role).attribute("id")
        policy = shipped.the("aws_iam_role_policy", role, role=own_role)
        assert policy.address in own["depends_on"]


class TestItems:
    """Who may touch which items of the table."""

    def test_payments_are_written_by_who_takes_them(self, shipped: Synthesized, role: Role) -> None:
        writers = {f for f in Function if any("payment" in key for key in _written(shipped, f, role))}
        assert writers == {Function.PAYMENT_API, Function.RETRY_WORKER}

    @pytest.mark.parametrize("function", [Function.PAYMENT_API, Function.RETRY_WORKER])
    def test_who_takes_payments_writes_no_control_item(
        self, shipped: Synthesized, role: Role, function: Function
    ) -> None:
        assert _written(shipped, function, role) == {"payment#*"}

    def test_the_heartbeat_writes_its_own_regions_item(self, shipped: Synthesized, role: Role) -> None:
        assert _written(shipped, Function.HEARTBEAT, role) == {f"control#heartbeat#{shipped.region(role)}"}

    def test_the_transaction_log_notes_its_own_regions_activity(self, shipped: Synthesized, role: Role) -> None:
        assert _written(shipped, Function.TRANSACTION_LOG, role) == {f"control#activity#{shipped.region(role)}"}

    def test_only_the_standbys_sentinel_fences_and_only_the_primary(self, shipped: Synthesized) -> None:
        fencing = {
            (function, role): {key for key in _written(shipped, function, role) if "fence" in key}
            for role in ROLES
            for function in Function
        }
        assert {who: which for who, which in fencing.items() if which} == {
            (Function.SENTINEL, Role.STANDBY): {f"control#fence#{shipped.settings.primary_region}"}
        }

    def test_the_worker_reads_its_own_regions_fence(self, shipped: Synthesized, role: Role) -> None:
        assert _read(shipped, Function.RETRY_WORKER, role) == {f"control#fence#{shipped.region(role)}"}

    def test_the_api_reads_payments_both_fences_and_its_heartbeat(self, shipped: Synthesized, role: Role) -> None:
        assert _read(shipped, Function.PAYMENT_API, role) == {
            "payment#*",
            f"control#fence#{shipped.settings.primary_region}",
            f"control#fence#{shipped.settings.standby_region}",
            f"control#heartbeat#{shipped.region(role)}",
        }

    def test_the_sentinel_reads_its_peers_heartbeat_and_no_payments(self, shipped: Synthesized, role: Role) -> None:
        read = _read(shipped, Function.SENTINEL, role)
        assert f"control#heartbeat#{shipped.region(shipped.peer(role))}" in read
        assert all(key.startswith("control#") for key in read)

    def test_only_payments_are_named_by_pattern(self, shipped: Synthesized, role: Role) -> None:
        """Payments have no names beforehand; control items have."""
        named = {key for f in Function for key in _read(shipped, f, role) | _written(shipped, f, role)}
        assert {key for key in named if "*" in key} == {"payment#*"}


class TestObjects:
    """Who may write to the buckets."""

    def test_logs_go_under_the_regions_own_prefix(self, shipped: Synthesized, role: Role) -> None:
        arn = shipped.the("aws_s3_bucket", role).attribute("arn")
        receipts = [f"{arn}/receipts/*"] if shipped.settings.payment_receipts else []
        (put,) = (p for p in permissions(shipped, Function.TRANSACTION_LOG, role) if p["actions"] == ["s3:PutObject"])
        assert put["resources"] == [f"{arn}/transaction-logs/{shipped.region(role)}/*", *receipts]


def _written(environment: Synthesized, function: Function, role: Role) -> set[str]:
    return keys(permissions(environment, function, role), "PutItem", "UpdateItem")


def _read(environment: Synthesized, function: Function, role: Role) -> set[str]:
    return keys(permissions(environment, function, role), "GetItem")
