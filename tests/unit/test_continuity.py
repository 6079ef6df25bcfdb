"""The comparison with CDK Terrain: what the rename touches, what may differ, and that nothing else goes unseen."""

import copy
from typing import Any

import pytest

from scripts.continuity import compare, moved_source, neutral

DOCUMENT: dict[str, Any] = {
    "//": {"metadata": {"version": "0.21.0"}},
    "terraform": {"required_providers": {"aws": {"source": "aws", "version": "5.100.0"}}},
    "provider": {"aws": [{"alias": "primary", "region": "us-east-1"}]},
    "resource": {
        "aws_sqs_queue": {"q": {"//": {"metadata": {"path": "p"}}, "name": "retry", "tags": ["a", "b"]}},
        "aws_api_gateway_account": {"a": {"reset_on_delete": True, "cloudwatch_role_arn": "arn"}},
    },
}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from cdktf import App", "from cdktn import App"),
        ("import cdktf\n", "import cdktn\n"),
        (
            "from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue",
            "from cdktn_provider_aws.sqs_queue import SqsQueue",
        ),
        ('"@cdktf", "provider-aws"', '"@cdktn", "provider-aws"'),
        ('"@cdktf/provider-aws is slow"', '"@cdktn/provider-aws is slow"'),
        ("# cdktf makes it a default", "# cdktf makes it a default"),
    ],
)
def test_the_two_packages_are_renamed(before: str, after: str) -> None:
    assert moved_source(before) == after


def test_versions_comments_and_what_provider_6_dropped_may_differ() -> None:
    other = copy.deepcopy(DOCUMENT)
    other["//"]["metadata"]["version"] = "0.24.0"
    other["terraform"]["required_providers"]["aws"] = {"source": "hashicorp/aws", "version": "6.69.1"}
    del other["resource"]["aws_api_gateway_account"]["a"]["reset_on_delete"]
    assert list(compare(neutral(DOCUMENT), neutral(other))) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda queue: queue.update(name="other"), ".resource.aws_sqs_queue.q.name: 'retry' became 'other'"),
        (lambda queue: queue.pop("name"), ".resource.aws_sqs_queue.q.name: 'retry' became None"),
        (lambda queue: queue["tags"].append("c"), "became ['a', 'b', 'c']"),
        (lambda queue: queue["tags"].reverse(), ".tags[0]: 'a' became 'b'"),
        (lambda queue: queue.update(new=1), ".new: None became 1"),
    ],
)
def test_any_other_difference_is_reported(change: Any, told: str) -> None:
    other = copy.deepcopy(DOCUMENT)
    change(other["resource"]["aws_sqs_queue"]["q"])
    assert any(told in difference for difference in compare(neutral(DOCUMENT), neutral(other)))


def test_additional_provider_is_reported() -> None:
    other = copy.deepcopy(DOCUMENT)
    other["terraform"]["required_providers"]["random"] = {}
    assert list(compare(neutral(DOCUMENT), neutral(other)))
