"""The deployer's policies: made for what is synthesized, bound to its names, within IAM's limits."""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from dr_constructs.deployer.policy import MOST_CHARACTERS, DeployedNames, policies, read_grants, statements
from tests.synth.reading import ROLES, Synthesized

ACCOUNT = "123456789012"
RECORDED = Path(__file__).with_name("deployer_calls.jsonl")
"""What the provider, Terraform and a destroy asked an emulator for in a deployment of `dev`."""

MOST_POLICIES = 10
"""Managed policies of a role."""


class Call(NamedTuple):
    """One recorded call."""

    action: str
    resource: str


def names(environment: Synthesized) -> DeployedNames:
    regions = tuple(environment.region(role) for role in ROLES)
    settings = environment.settings
    return DeployedNames(settings.environment_suffix, ACCOUNT, regions, settings.witness_region)


def made(environment: Synthesized) -> list[dict[str, Any]]:
    return statements(environment.json["resource"], names(environment))


def allows(parts: list[dict[str, Any]], call: Call) -> bool:
    """Return whether statements allow a call: a wildcard matches as IAM's does."""
    return any(
        call.action in part["Action"] and any(fnmatchcase(call.resource, pattern) for pattern in part["Resource"])
        for part in parts
    )


def recorded() -> Iterator[Call]:
    for line in RECORDED.read_text(encoding="utf-8").splitlines():
        action, resource = json.loads(line)
        yield Call(action, resource.replace("000000000000", ACCOUNT))


def test_every_type_of_resource_has_a_grant(shipped: Synthesized) -> None:
    assert made(shipped)


def test_type_without_a_grant_is_named(dev: Synthesized) -> None:
    with pytest.raises(ValueError, match=r"but none has aws_vpc$"):
        statements(["aws_vpc"], names(dev))


def test_policies_are_ones_that_iam_takes(shipped: Synthesized) -> None:
    packed = policies(made(shipped))
    assert len(packed) <= MOST_POLICIES
    assert max(len(json.dumps(each, separators=(",", ":"))) for each in packed) <= MOST_CHARACTERS


def test_no_action_is_a_wildcard() -> None:
    assert not [action for grant in read_grants() for action in grant.actions if "*" in action]


def test_what_the_stack_names_is_bound_to_its_suffix(dev: Synthesized) -> None:
    """Another environment of the account stays as it is."""
    other = "arn:aws:dynamodb:us-east-1:123456789012:table/payments-prod"
    assert not allows(made(dev), Call("dynamodb:DeleteTable", other))
    assert allows(made(dev), Call("dynamodb:DeleteTable", other.replace("prod", "dev")))


def test_new_replica_and_service_linked_roles_are_in_it(dev: Synthesized) -> None:
    standby = f"arn:aws:dynamodb:us-east-2:{ACCOUNT}:table/payments-dev"
    items = ("Scan", "Query", "PutItem", "UpdateItem", "DeleteItem", "GetItem", "BatchWriteItem")
    for action in ("CreateTable", "CreateTableReplica", *items):
        assert allows(made(dev), Call(f"dynamodb:{action}", standby))
    linked = (
        f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/replication.dynamodb.amazonaws.com/AWSServiceRoleForDynamoDB"
    )
    assert allows(made(dev), Call("iam:CreateServiceLinkedRole", linked))


IMPRECISE = {
    "events:ListTargetsByRule": "the emulator names the bus, AWS the rule",
    "events:PutTargets": "the emulator names the bus, AWS the rule",
    "lambda:ListEventSourceMappings": "the emulator's name for GetEventSourceMapping",
}
"""Calls that the emulator describes otherwise than AWS; what it calls `*` is a resource that it does not tell."""

UNASKED = {
    "Objects": "there was no object in the recorded deployment's buckets",
    "PassedRoles": "the emulator does not ask for iam:PassRole when a role is passed on deploying",
    "ServiceLinkedRoles": "the emulator has none",
}
"""Grants that AWS documents and no recorded call needs."""


def needed(parts: list[dict[str, Any]]) -> list[Call]:
    """Return the recorded calls that the statements do not allow."""
    actions = {action for part in parts for action in part["Action"]}
    return [
        call
        for call in recorded()
        if call.action not in IMPRECISE
        and not (call.action in actions if call.resource == "*" else allows(parts, call))
    ]


def test_recorded_deployment_is_allowed(dev: Synthesized) -> None:
    assert needed(made(dev)) == []


def test_it_is_too_little_without_any_statement(dev: Synthesized) -> None:
    parts = made(dev)
    spare = [part["Sid"] for part in parts if not needed([each for each in parts if each is not part])]
    assert sorted(set(spare) - set(UNASKED)) == []
