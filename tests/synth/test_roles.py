"""What each role may do: its function's work, in its own region, and nothing else."""

import re
from typing import Any

import pytest

from contract.environment import Function
from contract.roles import Role
from tests.synth.reading import Resource, Synthesized, strings

_ITEMS = {"dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"}
_LOGS = {"logs:CreateLogStream", "logs:PutLogEvents"}
_MOVING = {"lambda:GetAlias", "lambda:UpdateAlias", "apigateway:GET", "apigateway:PATCH"}
ACTIONS = {
    Function.PAYMENT_API: {*_LOGS, *_ITEMS, "sqs:SendMessage"},
    Function.PAYMENT_CANARY: {*_LOGS, *_ITEMS, "sqs:SendMessage"},
    Function.PROBES: {*_LOGS, "dynamodb:GetItem"},
    Function.RETRY_WORKER: {
        *_LOGS,
        "dynamodb:PutItem",
        "dynamodb:GetItem",
        "ssm:GetParameter",
        "sqs:ReceiveMessage",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:SendMessage",
    },
    Function.TRANSACTION_LOG: {
        *_LOGS,
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
        "dynamodb:DescribeTable",
        "s3:PutObject",
        "s3:ListBucket",
        "sqs:SendMessage",
    },
    Function.TICKER: {
        *_LOGS,
        *_ITEMS,
        *_MOVING,
        "dynamodb:DeleteItem",
        "ssm:GetParameter",
        "events:PutEvents",
        "lambda:InvokeFunction",
    },
    Function.READINESS_CHECK: {
        *_LOGS,
        "dynamodb:GetItem",
        "dynamodb:DescribeTable",
        "sqs:GetQueueAttributes",
        "s3:ListBucket",
    },
}
REAL = tuple(function for function in Function if function is not Function.PAYMENT_CANARY)
"""The functions that payers' payments reach."""

REPLICA = re.compile(r"one\(\[for each in aws_dynamodb_table\.[\w-]+\.replica :")
CONTROL_TABLE = re.compile(
    r"arn:aws:dynamodb:[a-z0-9-]+:\$\{aws_sns_topic\.[\w-]+\.owner\}:table/payments-control-[a-z0-9-]+"
)
REGION_IN_ARN = re.compile(r"arn:aws:\w+:([a-z0-9-]+):")


def iam_role(environment: Synthesized, function: Function, role: Role) -> Resource:
    """Return the role of one function of one region."""
    return environment.referred(environment.function(function, role)["role"])


def permissions(environment: Synthesized, function: Function, role: Role) -> list[dict[str, Any]]:
    """Return what one function of one region may do."""
    return environment.permissions(iam_role(environment, function, role))


def live_stage(environment: Synthesized, role: Role) -> str:
    """Return the ARN of one region's stage, by its name."""
    api = environment.the("aws_api_gateway_rest_api", role).attribute("id")
    return f"arn:aws:apigateway:{environment.region(role)}::/restapis/{api}/stages/live"


def keys(statements: list[dict[str, Any]], *actions: str, control: bool = False) -> set[str]:
    """Return the keys of the payments table, or of the control table, on which any of the actions is allowed."""
    wanted = {f"dynamodb:{action}" for action in actions}
    found = [
        each["condition"]
        for each in statements
        if wanted & set(each["actions"]) and each.get("condition") and is_control_table(each["resources"]) is control
    ]
    return {key for (condition,) in found for key in condition["values"]}


def is_control_table(resources: list[str]) -> bool:
    """Return whether a statement's resources are the control table's, and nothing else."""
    found = [CONTROL_TABLE.fullmatch(name) is not None for name in resources]
    assert len(set(found)) == 1
    return found[0]


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
        """But for the retry worker, which forwards to the owner's queue, and the ticker, which undoes releases."""
        statements = permissions(shipped, function, role)
        peer_queue = shipped.the("aws_sqs_queue", shipped.peer(role), name=shipped.name("retry", shipped.peer(role)))
        if function is Function.RETRY_WORKER:
            (sending,) = (each for each in statements if each["actions"] == ["sqs:SendMessage"])
            assert peer_queue.attribute("arn") in sending["resources"]
            rest = [name for name in sending["resources"] if name != peer_queue.attribute("arn")]
            statements = [each for each in statements if each is not sending] + [{**sending, "resources": rest}]
        if function is Function.TICKER:
            statements = [each for each in statements if not set(each["actions"]) & _MOVING]
        assert reached(shipped, statements) == {shipped.region(role)}

    def test_it_may_do_its_work_and_no_more(self, shipped: Synthesized, role: Role, function: Function) -> None:
        actions = {action for each in permissions(shipped, function, role) for action in each["actions"]}
        assert actions == ACTIONS[function]

    def test_it_may_write_its_own_log_alone(self, shipped: Synthesized, role: Role, function: Function) -> None:
        group = shipped.referred(shipped.function(function, role)["logging_config"]["log_group"])
        (logs,) = (each for each in permissions(shipped, function, role) if set(each["actions"]) & _LOGS)
        assert logs["resources"] == [f"{group.attribute('arn')}:*"]

    def test_its_rights_are_there_before_it(self, shipped: Synthesized, role: Role, function: Function) -> None:
        own = shipped.function(function, role)
        own_role = iam_role(shipped, function, role).attribute("id")
        policy = shipped.the("aws_iam_role_policy", role, role=own_role)
        assert policy.address in own["depends_on"]


class TestPaymentsTable:
    """Who may touch which items of the payments table."""

    def test_payments_are_written_by_who_takes_them(self, shipped: Synthesized, role: Role) -> None:
        writers = {f for f in REAL if any("payment" in key for key in _written(shipped, f, role))}
        assert writers == {Function.PAYMENT_API, Function.RETRY_WORKER}

    def test_the_worker_writes_payments_alone(self, shipped: Synthesized, role: Role) -> None:
        assert _written(shipped, Function.RETRY_WORKER, role) == {"payment#*"}

    def test_the_api_writes_payments_and_what_health_touches(self, shipped: Synthesized, role: Role) -> None:
        assert _written(shipped, Function.PAYMENT_API, role) == {"payment#*", f"control#health#{shipped.region(role)}"}

    def test_the_ticker_writes_its_own_regions_heartbeat(self, shipped: Synthesized, role: Role) -> None:
        assert _written(shipped, Function.TICKER, role) == {f"control#heartbeat#{shipped.region(role)}"}

    def test_the_transaction_log_touches_no_item(self, shipped: Synthesized, role: Role) -> None:
        assert not _written(shipped, Function.TRANSACTION_LOG, role) | _read(shipped, Function.TRANSACTION_LOG, role)

    def test_nobody_breaks_glass_and_its_own_region_reads_it(self, shipped: Synthesized, role: Role) -> None:
        glass = f"control#glass#{shipped.region(role)}"
        assert not [f for f in REAL if any("glass" in key for key in _written(shipped, f, role))]
        readers = {f for f in REAL if glass in _read(shipped, f, role)}
        assert readers == {Function.PAYMENT_API, Function.PROBES, Function.RETRY_WORKER, Function.TICKER}

    def test_the_ticker_reads_its_peers_heartbeat_and_no_payments(self, shipped: Synthesized, role: Role) -> None:
        assert _read(shipped, Function.TICKER, role) == {
            f"control#heartbeat#{shipped.region(shipped.peer(role))}",
            f"control#glass#{shipped.region(role)}",
        }

    def test_only_payments_are_named_by_pattern(self, shipped: Synthesized, role: Role) -> None:
        """Payments have no names beforehand; control items have."""
        named = {key for f in REAL for key in _read(shipped, f, role) | _written(shipped, f, role)}
        assert {key for key in named if "*" in key} == {"payment#*"}


class TestControlTable:
    """Who may touch which items of the control table."""

    def test_of_the_functions_only_the_ticker_changes_the_writer(self, shipped: Synthesized, role: Role) -> None:
        changing = {f for f in REAL if "writer" in _changed(shipped, f, role)}
        assert changing == {Function.TICKER}

    def test_the_ticker_keeps_its_memory_and_its_epochs(self, shipped: Synthesized, role: Role) -> None:
        own = shipped.region(role)
        put = keys(permissions(shipped, Function.TICKER, role), "PutItem", control=True)
        assert put == {"writer", f"ticker#{own}", f"epoch#{own}#*"}

    def test_the_ticker_may_end_a_release_and_begin_none(self, shipped: Synthesized, role: Role) -> None:
        statements = permissions(shipped, Function.TICKER, role)
        assert "release" in keys(statements, "UpdateItem", control=True)
        assert "release" not in keys(statements, "PutItem", "DeleteItem", control=True)

    def test_the_ticker_sees_both_proofs(self, shipped: Synthesized, role: Role) -> None:
        own, peer = shipped.region(role), shipped.region(shipped.peer(role))
        seen = keys(permissions(shipped, Function.TICKER, role), "GetItem", control=True)
        assert seen == {"writer", "release", f"ticker#{own}", f"proof#{own}", f"proof#{peer}"}

    @pytest.mark.parametrize("function", [Function.PAYMENT_API, Function.TICKER])
    def test_a_proof_is_raised_by_its_own_region(self, shipped: Synthesized, role: Role, function: Function) -> None:
        raised = keys(permissions(shipped, function, role), "UpdateItem", control=True)
        assert raised - {"release"} == {f"proof#{shipped.region(role)}"}

    def test_the_api_reads_the_writer_and_its_own_proof(self, shipped: Synthesized, role: Role) -> None:
        seen = keys(permissions(shipped, Function.PAYMENT_API, role), "GetItem", control=True)
        assert seen == {"writer", f"proof#{shipped.region(role)}"}

    @pytest.mark.parametrize("function", [Function.RETRY_WORKER, Function.PROBES])
    def test_some_read_the_writer_and_change_nothing(
        self, shipped: Synthesized, role: Role, function: Function
    ) -> None:
        assert keys(permissions(shipped, function, role), "GetItem", control=True) == {"writer"}
        assert not _changed(shipped, function, role)

    def test_the_transaction_log_does_not_reach_it(self, shipped: Synthesized, role: Role) -> None:
        statements = permissions(shipped, Function.TRANSACTION_LOG, role)
        assert not [each for each in statements if any("payments-control" in name for name in each["resources"])]


class TestCanary:
    """What canary payments reach."""

    def test_it_reaches_nothing_real(self, shipped: Synthesized, role: Role) -> None:
        statements = permissions(shipped, Function.PAYMENT_CANARY, role)
        named = shipped.references([each["resources"] for each in statements])
        group = shipped.referred(shipped.function(Function.PAYMENT_CANARY, role)["logging_config"]["log_group"])
        queue = shipped.the("aws_sqs_queue", role, name=shipped.name("canary", role))
        assert named == {shipped.canary_table(role), queue, group}
        assert not [name for each in statements for name in each["resources"] if not name.startswith("${")]

    def test_it_cannot_become_the_writer(self, shipped: Synthesized, role: Role) -> None:
        statements = permissions(shipped, Function.PAYMENT_CANARY, role)
        assert "writer" not in keys(statements, "PutItem", "UpdateItem", "DeleteItem")

    def test_no_other_function_reaches_its_stores(self, shipped: Synthesized, role: Role) -> None:
        stores = {shipped.canary_table(role), shipped.the("aws_sqs_queue", role, name=shipped.name("canary", role))}
        for function in REAL:
            statements = permissions(shipped, function, role)
            assert not stores & shipped.references([each["resources"] for each in statements])


@pytest.mark.parametrize("function", Function)
class TestOneRegion:
    """What a region needs to be changed."""

    def test_it_needs_nothing_that_a_release_moves_in_the_other_one(
        self, shipped: Synthesized, role: Role, function: Function
    ) -> None:
        """Else a region could not be changed while the other one is down."""
        moved = {"aws_lambda_function", "aws_lambda_alias", "aws_api_gateway_deployment", "aws_api_gateway_stage"}
        needed = shipped.closure(shipped.alias(function, role))
        assert not [each.address for each in needed if each.kind in moved and each.role is not role]


class TestProbes:
    """What answers the open routes."""

    def test_what_route_53_asks_changes_no_item(self, shipped: Synthesized, role: Role) -> None:
        assert not _written(shipped, Function.PROBES, role) | _changed(shipped, Function.PROBES, role)
        assert _read(shipped, Function.PROBES, role) == {f"control#glass#{shipped.region(role)}"}

    def test_ticker_may_ask_the_payment_function_of_its_own_region(self, shipped: Synthesized, role: Role) -> None:
        """Under the alias that payments reach, where strangers use up what the gateway lets through."""
        statements = permissions(shipped, Function.TICKER, role)
        (asking,) = (each for each in statements if each["actions"] == ["lambda:InvokeFunction"])
        named = [name.split(":function:")[1] for name in asking["resources"]]
        assert named == [f"{shipped.name(Function.PAYMENT_API, role)}:live"]


class TestMoving:
    """What the ticker may do to put a release back."""

    def test_it_moves_both_regions_live_aliases_and_stages_alone(self, shipped: Synthesized, role: Role) -> None:
        moving = [each for each in permissions(shipped, Function.TICKER, role) if set(each["actions"]) & _MOVING]
        aliases = {name for each in moving if "lambda:UpdateAlias" in each["actions"] for name in each["resources"]}
        named = {name.split(":function:")[1] for name in aliases}
        functions = {shipped.name(function, each) for function in Function for each in Role}
        assert named == functions | {f"{function}:live" for function in functions}
        stages = {name for each in moving if "apigateway:PATCH" in each["actions"] for name in each["resources"]}
        assert stages == {live_stage(shipped, each) for each in Role}


class TestObjects:
    """Who may write to the buckets."""

    def test_logs_go_under_the_regions_own_prefix(self, shipped: Synthesized, role: Role) -> None:
        arn = shipped.the("aws_s3_bucket", role).attribute("arn")
        receipts = [f"{arn}/receipts/{shipped.region(role)}/*"] if shipped.settings.payment_receipts else []
        (put,) = (p for p in permissions(shipped, Function.TRANSACTION_LOG, role) if p["actions"] == ["s3:PutObject"])
        assert put["resources"] == [f"{arn}/transaction-logs/{shipped.region(role)}/*", *receipts]


def _written(environment: Synthesized, function: Function, role: Role) -> set[str]:
    return keys(permissions(environment, function, role), "PutItem", "UpdateItem")


def _read(environment: Synthesized, function: Function, role: Role) -> set[str]:
    return keys(permissions(environment, function, role), "GetItem")


def _changed(environment: Synthesized, function: Function, role: Role) -> set[str]:
    return keys(permissions(environment, function, role), "PutItem", "UpdateItem", "DeleteItem", control=True)
