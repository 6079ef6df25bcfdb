"""All IAM policies: documents, exact actions, exact resources, and who may assume what."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.synth.reading import ROLES, Resource, Synthesized

NO_RESOURCE_LEVEL = {
    "cloudwatch:GetMetricData": "metrics are no resources; AWS has no resource type for it",
    "lambda:GetAccountSettings": "an account's quota is no resource",
    "lambda:ListEventSourceMappings": "a list of mappings names none; AWS has no resource type for it",
    "s3:CreateJob": "a job is not there yet; AWS has no resource type for it",
}
"""The only actions that may be allowed on `*`."""

_OF_REPLICA = r' : each\.arn if each\.region_name == "[\w-]+"\]\)'
WITHIN = re.compile(rf"\$\{{[^}}]*(?:\.(?:execution_)?arn|{_OF_REPLICA})\}}[:/]?[\w./:-]*\*")
"""A wildcard after the ARN of an own resource: its log streams, its objects, its streams."""

ALARMS = re.compile(r"arn:aws:cloudwatch:[a-z0-9-]+:\$\{[^}]+\.owner\}:alarm:\*")
"""A region's alarms: CloudWatch checks the right to describe some of them on all."""

JOBS = re.compile(r"arn:aws:s3:[a-z0-9-]+:\$\{[^}]+\.owner\}:job/\*")
"""A region's batch jobs: each has a random id, and may act as the role alone that its maker may pass."""

POLICIES = {"policy", "assume_role_policy"}

# API Gateway refuses a logging role without AWS's own policy, whose log groups are those of every API in the region.
ATTACHED = {"arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"}

TRUST = {
    "api-gateway-logging": "apigateway.amazonaws.com",
    "backups": "scheduler.amazonaws.com",
    "copies": "batchoperations.s3.amazonaws.com",
    "payment-api": "lambda.amazonaws.com",
    "payment-canary": "lambda.amazonaws.com",
    "probes": "lambda.amazonaws.com",
    "readiness": "lambda.amazonaws.com",
    "replication": "s3.amazonaws.com",
    "retry-worker": "lambda.amazonaws.com",
    "ticker": "lambda.amazonaws.com",
    "transaction-log": "lambda.amazonaws.com",
}

OPERATORS = ("dr-operations", "dr-release")
"""The roles that people assume."""


def statements(environment: Synthesized) -> Iterator[dict[str, Any]]:
    """Yield every statement of every document."""
    for document in environment.all("data.aws_iam_policy_document"):
        yield from document["statement"]


def allowed(environment: Synthesized) -> list[dict[str, Any]]:
    """Return every statement that allows something."""
    return [each for each in statements(environment) if each.get("effect", "Allow") == "Allow"]


def is_of_canaries(environment: Synthesized, statement: dict[str, Any]) -> bool:
    """Return whether a statement is about canary tables alone, of which every item is a canary's."""
    canaries = {environment.canary_table(role).attribute("arn") for role in ROLES}
    return set(statement["resources"]) <= canaries


def is_of_side_tables(statement: dict[str, Any]) -> bool:
    """Return whether a statement is about tables that a restore makes beside the live one."""
    return all("table/payments-restore-" in arn for arn in statement["resources"])


class TestDocuments:
    """How policies are written."""

    def test_every_policy_is_a_document(self, shipped: Synthesized) -> None:
        """Inline JSON would escape Terraform's and checkov's checks (FACTS 10.9)."""
        inline = [
            each.address
            for each in shipped.resources
            for argument in POLICIES & set(each.body)
            if not re.fullmatch(r"\$\{data\.aws_iam_policy_document\.[\w-]+\.json\}", each[argument])
        ]
        assert not inline

    def test_every_document_is_used(self, shipped: Synthesized) -> None:
        used = {
            shipped.referred(each[argument]) for each in shipped.resources for argument in POLICIES & set(each.body)
        }
        assert used == set(shipped.all("data.aws_iam_policy_document"))

    def test_roles_have_no_policies_by_other_ways(self, shipped: Synthesized) -> None:
        others = {"inline_policy", "managed_policy_arns"}
        assert not [each.address for each in shipped.all("aws_iam_role") if others & set(each.body)]
        assert not shipped.all("aws_iam_policy")

    def test_what_is_attached_is_what_aws_demands(self, shipped: Synthesized) -> None:
        assert {each["policy_arn"] for each in shipped.all("aws_iam_role_policy_attachment")} <= ATTACHED


class TestBoundary:
    """The permissions boundary of every role."""

    def test_every_role_has_the_one_that_is_set(self, prod: Synthesized) -> None:
        boundaries = {each["permissions_boundary"] for each in prod.all("aws_iam_role")}
        assert boundaries == {prod.settings.permissions_boundary_arn}

    def test_without_one_no_role_has_any(self, dev: Synthesized) -> None:
        assert not [each["name"] for each in dev.all("aws_iam_role") if "permissions_boundary" in each.body]


class TestStatements:
    """What is allowed."""

    def test_none_allows_by_exclusion(self, shipped: Synthesized) -> None:
        exclusions = {"not_actions", "not_resources", "not_principals"}
        assert not [each for each in statements(shipped) if exclusions & set(each)]

    def test_no_action_is_a_wildcard(self, shipped: Synthesized) -> None:
        assert not [action for each in allowed(shipped) for action in each["actions"] if "*" in action]

    def test_every_resource_is_allowed_only_where_aws_knows_none(self, shipped: Synthesized) -> None:
        everywhere = {
            action for each in allowed(shipped) if "*" in each.get("resources", []) for action in each["actions"]
        }
        assert everywhere == set(NO_RESOURCE_LEVEL)

    def test_wildcards_stay_within_an_own_resource(self, shipped: Synthesized) -> None:
        wild = {name for each in allowed(shipped) for name in each.get("resources", []) if "*" in name} - {"*"}
        assert not [
            name
            for name in wild
            if not WITHIN.fullmatch(name) and not ALARMS.fullmatch(name) and not JOBS.fullmatch(name)
        ]

    def test_nothing_is_allowed_twice_over(self, shipped: Synthesized) -> None:
        for document in shipped.all("data.aws_iam_policy_document"):
            written = [str(each) for each in document["statement"]]
            assert len(written) == len(set(written))

    def test_single_items_are_reached_by_their_keys_alone(self, shipped: Synthesized) -> None:
        """Payments and control items share a table: the key's prefix is what keeps a role to its own."""
        writes = {"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"}
        unbound = [
            each
            for each in allowed(shipped)
            if writes & set(each["actions"])
            and not is_of_canaries(shipped, each)
            and not is_of_side_tables(each)
            and [condition["variable"] for condition in each.get("condition", [])] != ["dynamodb:LeadingKeys"]
        ]
        assert not unbound

    def test_nobody_may_write_in_bulk_or_delete_objects(self, shipped: Synthesized) -> None:
        destructive = {"dynamodb:BatchWriteItem", "dynamodb:PartiQLDelete", "s3:DeleteObject"}
        assert not [
            each for each in allowed(shipped) if destructive & set(each["actions"]) and not is_of_side_tables(each)
        ]

    def test_only_a_glass_and_canary_payments_may_be_deleted(self, shipped: Synthesized) -> None:
        """A glass by the ticker of its region, once the quorum is back; payments by whoever is named for restores."""
        deleting = [
            each
            for each in allowed(shipped)
            if "dynamodb:DeleteItem" in each["actions"]
            and not is_of_canaries(shipped, each)
            and not is_of_side_tables(each)
        ]
        values = sorted(key for each in deleting for condition in each["condition"] for key in condition["values"])
        restored = ["payment#*"] if shipped.settings.restore_principal_arns else []
        assert values == sorted([*restored, *(f"control#glass#{shipped.region(role)}" for role in ROLES)])


class TestTrust:
    """Who may assume a role."""

    def test_each_service_role_trusts_its_service_alone(self, shipped: Synthesized) -> None:
        for role in shipped.all("aws_iam_role"):
            kind = next((kind for kind in TRUST if role["name"].startswith(f"{kind}-")), None)
            if kind:
                assert _principals(shipped, role) == [("Service", [TRUST[kind]])]

    def test_each_service_role_is_for_the_own_accounts_resources(self, shipped: Synthesized) -> None:
        """AWS documents the keys of Scheduler's trust alone; of other services, one that is named must be right."""
        for role in shipped.all("aws_iam_role"):
            (statement,) = shipped.statements(role["assume_role_policy"])
            if statement["principals"][0]["type"] != "Service":
                continue
            account = shipped.the("aws_sns_topic", role.role).attribute("owner")
            conditions = {(each["test"], each["variable"]): each["values"] for each in statement["condition"]}
            if role["name"].startswith("backups-"):
                group = f"arn:aws:scheduler:{shipped.region(role.role)}:{account}:schedule-group/default"
                assert conditions == {
                    ("StringEquals", "aws:SourceAccount"): [account],
                    ("ArnEquals", "aws:SourceArn"): [group],
                }
            else:
                assert conditions == {("StringEqualsIfExists", "aws:SourceAccount"): [account]}

    def test_there_are_two_other_roles(self, shipped: Synthesized) -> None:
        others = [each["name"] for each in shipped.all("aws_iam_role") if not each["name"].startswith(tuple(TRUST))]
        restore = ("dr-restore",) if shipped.settings.restore_principal_arns else ()
        assert others == [f"{kind}-{shipped.settings.environment_suffix}" for kind in (*OPERATORS, *restore)]

    @pytest.mark.parametrize("role", OPERATORS)
    def test_operators_are_the_own_accounts(self, dev: Synthesized, role: str) -> None:
        """Its policies then decide who of them."""
        ((kind, (principal,)),) = _principals(dev, dev.the("aws_iam_role", name=f"{role}-dev"))
        assert kind == "AWS"
        assert re.fullmatch(r"arn:aws:iam::\$\{aws_sns_topic\.[\w-]+\.owner\}:root", principal)

    @pytest.mark.parametrize("name", OPERATORS)
    def test_operators_are_those_that_are_named(self, prod: Synthesized, name: str) -> None:
        role = prod.the("aws_iam_role", name=f"{name}-prod")
        assert _principals(prod, role) == [("AWS", ["arn:aws:iam::123456789012:role/payments-dr-operators"])]

    def test_who_restores_is_named_for_it(self, prod: Synthesized) -> None:
        role = prod.the("aws_iam_role", name="dr-restore-prod")
        assert _principals(prod, role) == [("AWS", ["arn:aws:iam::123456789012:role/payments-dr-restorers"])]

    @pytest.mark.parametrize("kind", ["aws_iam_role_policy", "aws_iam_role_policy_attachment"])
    def test_policies_belong_to_roles_of_their_region(self, shipped: Synthesized, kind: str) -> None:
        assert all(shipped.referred(each["role"]).role is each.role for each in shipped.all(kind))


def _principals(environment: Synthesized, role: Resource) -> list[tuple[str, list[str]]]:
    (statement,) = environment.statements(role["assume_role_policy"])
    assert set(statement["actions"]) <= {"sts:AssumeRole", "sts:SetSourceIdentity"}
    return [(each["type"], each["identifiers"]) for each in statement["principals"]]
