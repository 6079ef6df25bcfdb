"""parliament, which knows AWS's actions with their resources and conditions, finds nothing in the roles' policies."""

import copy
import importlib
import json
import sys
from collections.abc import Callable
from importlib.resources import files
from types import ModuleType
from typing import Any

import pytest

from tests.synth.reading import Synthesized
from tests.synth.test_policy_sizes import written_policy

_COLONS = "the time in a stream's ARN has colons, which parliament takes for parts of the ARN"
ACCEPTED = {
    ("RESOURCE_MISMATCH", "dynamodb:DescribeStream"): _COLONS,
    ("RESOURCE_MISMATCH", "dynamodb:GetRecords"): _COLONS,
    ("RESOURCE_MISMATCH", "dynamodb:GetShardIterator"): _COLONS,
    (
        "RESOURCE_MISMATCH",
        "dynamodb:ListStreams",
    ): "parliament knows no resource for it, AWS's own examples name streams",
}
"""Findings that are explained, by issue and action."""


@pytest.fixture(scope="module", autouse=True)
def parliament() -> Any:
    """Import it: it asks setuptools where its files are, which newer ones no longer say."""
    stand_in: Any = ModuleType("pkg_resources")
    stand_in.resource_filename = lambda package, name: str(files(package) / name)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "pkg_resources", stand_in)
        return importlib.import_module("parliament")


def findings(policy: dict[str, Any]) -> set[tuple[str, str]]:
    """Return what is found in a policy: issues with the actions that they are about."""
    found = sys.modules["parliament"].analyze_policy_string(json.dumps(policy)).findings
    return {
        (finding.issue, each["action"] if isinstance(each, dict) and "action" in each else str(each))
        for finding in found
        for each in (finding.detail if isinstance(finding.detail, list) else [finding.detail])
    }


@pytest.fixture(scope="module")
def policies(dev: Synthesized) -> dict[str, dict[str, Any]]:
    """Each role's policy in the environment that has everything, as Terraform writes it."""
    return {
        dev.referred(each["role"])["name"]: written_policy(dev, dev.referred(each["policy"]))
        for each in dev.all("aws_iam_role_policy")
    }


def test_nothing_is_found_that_is_not_explained(policies: dict[str, dict[str, Any]]) -> None:
    found = {name: findings(policy) - set(ACCEPTED) for name, policy in policies.items()}
    assert {name: of for name, of in found.items() if of} == {}


@pytest.mark.parametrize(
    ("change", "issue"),
    [
        (lambda one: one.update(Action="dynamodb:PutItems"), "UNKNOWN_ACTION"),
        (lambda one: one.update(Action="dynamodb:PutItem", Resource="arn:aws:s3:::payments"), "RESOURCE_MISMATCH"),
        (lambda one: one.update(Resource="payments"), "INVALID_ARN"),
        (lambda one: one.update(Action="s3:GetObject", Resource="arn:aws:s3:::payments"), "RESOURCE_MISMATCH"),
        (
            lambda one: one.update(Condition={"StringLike": {"dynamodb:LeadingKey": "payment#*"}}),
            "UNKNOWN_CONDITION_FOR_ACTION",
        ),
        (lambda one: one.update(Effect="Alow"), "MALFORMED"),
    ],
    ids=["unknown action", "another service", "no ARN", "bucket for objects", "unknown condition", "effect"],
)  # fmt: skip
def test_planted_fault_is_found(
    policies: dict[str, dict[str, Any]], change: Callable[[dict[str, Any]], object], issue: str
) -> None:
    faulty = copy.deepcopy(policies["payment-api-us-east-1-dev"])
    change(faulty["Statement"][0])
    assert issue in {found for found, _ in findings(faulty)}
