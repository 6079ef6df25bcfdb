"""How services say that they are overloaded, and which requests change what only us-east-1 can change."""

import pytest

from emulator.fault_answers import is_change, overloaded, unchangeable

FORM = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}


@pytest.mark.parametrize(
    ("service", "target", "status", "code"),
    [
        ("dynamodb", "DynamoDB_20120810.PutItem", 400, b"ProvisionedThroughputExceededException"),
        ("dynamodb", "DynamoDB_20120810.TransactWriteItems", 400, b"ProvisionedThroughputExceededException"),
        ("dynamodb", "DynamoDB_20120810.DescribeTable", 400, b"ThrottlingException"),
        ("s3", "", 503, b"<Code>SlowDown</Code>"),
        ("route53", "", 400, b"<Code>Throttling</Code>"),
        ("execute-api", "", 503, b"Service Unavailable"),
        ("lambda", "", 429, b"TooManyRequestsException"),
    ],
)
def test_each_service_has_its_own_words(service: str, target: str, status: int, code: bytes) -> None:
    answer = overloaded(service, {"x-amz-target": target}, "an-id")
    assert (answer[0], code in answer[2]) == (status, True)


def test_a_change_that_cannot_be_made_is_worth_a_retry() -> None:
    status, _, body = unchangeable("route53", {}, "an-id")
    assert (status, b"<Code>ServiceUnavailable</Code>" in body) == (503, True)


@pytest.mark.parametrize(
    ("service", "method", "path", "body", "change"),
    [
        ("iam", "POST", "/", b"Action=GetRole&RoleName=x", False),
        ("iam", "POST", "/", b"Action=ListRoles", False),
        ("iam", "POST", "/", b"Action=PutRolePolicy", True),
        ("iam", "POST", "/", b"\xff", True),
        ("route53", "GET", "/2013-04-01/hostedzone/Z1/rrset", b"", False),
        ("route53", "POST", "/2013-04-01/tags/hostedzone", b"", False),
        ("route53", "POST", "/2013-04-01/tags/hostedzone/Z1", b"", True),
        ("route53", "POST", "/2013-04-01/hostedzone/Z1/rrset", b"", True),
        ("s3", "PUT", "/bucket", b"", True),
        ("s3", "PUT", "/bucket/", b"", True),
        ("s3", "PUT", "/bucket/key", b"", False),
        ("s3", "POST", "/bucket", b"", False),  # deletes objects
        ("s3", "GET", "/bucket", b"", False),
        ("sqs", "POST", "/", b"Action=CreateQueue", False),
    ],
)
def test_changes_differ_from_reads(service: str, method: str, path: str, body: bytes, change: bool) -> None:  # noqa: FBT001
    assert is_change(service, method, path, FORM, {}, body) is change
