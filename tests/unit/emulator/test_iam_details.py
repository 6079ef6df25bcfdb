"""What policies must name for a few reading actions."""

import json
from typing import Any

import pytest
from ministack.services import dynamodb_streams

from emulator.iam.iam_details import (
    _knowing_batches,
    _knowing_more_actions,
    _knowing_more_resources,
    stream_named_in,
)

REGION, ACCOUNT = "us-east-2", "000000000000"


def resource(service: str, path: str, **parameters: Any) -> str:
    extract = _knowing_more_resources(lambda *_: "*")
    return extract(service, "POST", path, {}, b"", parameters, REGION, ACCOUNT)


@pytest.mark.parametrize("path", ["/2013-04-01/healthcheck/abc", "/2013-04-01/healthcheck/abc/status"])
def test_a_health_check_is_a_resource(path: str) -> None:
    assert resource("route53", path) == "arn:aws:route53:::healthcheck/abc"


STREAM = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/payments/stream/2026"


@pytest.mark.parametrize("service", ["dynamodb", "dynamodbstreams"])
def test_stream_is_the_resource_of_who_reads_it(service: str) -> None:
    iterator = dynamodb_streams._encode_iterator("payments", "shard", 0, stream_arn=STREAM)
    extract = _knowing_more_resources(lambda *_: "*")
    for asked in ({"StreamArn": STREAM, "ShardId": "shard"}, {"ShardIterator": iterator}):
        body = json.dumps(asked).encode()
        assert extract(service, "POST", "/", {}, body, {}, REGION, ACCOUNT) == STREAM


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"ShardIterator": "nothing"}', b'{"TableName": "payments"}'])
def test_request_without_a_stream_names_none(body: bytes) -> None:
    assert stream_named_in(body) is None


def test_describing_alarms_is_judged_by_all_of_a_regions() -> None:
    """Whichever alarms the request names."""
    told = resource("monitoring", "/", Action="DescribeAlarms", AlarmName="one")
    assert told == "arn:aws:cloudwatch:us-east-2:000000000000:alarm:*"


@pytest.mark.parametrize(("bus", "named"), [("default", "rule/beat"), ("own", "rule/own/beat")])
def test_a_rule_on_the_default_bus_does_not_name_it(bus: str, named: str) -> None:
    rules = f"arn:aws:events:{REGION}:{ACCOUNT}:"
    extract = _knowing_more_resources(lambda *_: f"{rules}rule/{bus}/beat")
    assert extract("events", "POST", "/", {}, b"", {}, REGION, ACCOUNT) == f"{rules}{named}"


@pytest.mark.parametrize(
    ("service", "path", "action"),
    [("route53", "/2013-04-01/hostedzone/abc", ""), ("monitoring", "/", "GetMetricData"), ("sqs", "/", "ListQueues")],
)
def test_all_else_is_left_alone(service: str, path: str, action: str) -> None:
    assert resource(service, path, Action=action) == "*"


def test_qualifier_is_part_of_a_functions_arn() -> None:
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:one"
    extract = _knowing_more_resources(lambda *_: function)
    path = "/2015-03-31/functions/one/invocations"
    assert extract("lambda", "POST", path, {}, b"", {"Qualifier": ["live"]}, REGION, ACCOUNT) == f"{function}:live"


@pytest.mark.parametrize(("path", "action"), [("aliases/live", "GetAlias"), ("configuration", "theirs")])
def test_parts_of_a_function_have_actions_of_their_own(path: str, action: str) -> None:
    assert _knowing_more_actions(lambda *_: "theirs")("GET", f"/2015-03-31/functions/one/{path}") == action


@pytest.mark.parametrize(
    ("action", "judged"),
    [
        ("sqs:SendMessageBatch", "sqs:SendMessage"),
        ("sqs:ChangeMessageVisibilityBatch", "sqs:ChangeMessageVisibility"),
        ("sqs:ReceiveMessage", "sqs:ReceiveMessage"),
        ("sns:PublishBatch", "sns:PublishBatch"),
        (None, None),
    ],
)
def test_a_batch_of_messages_is_judged_as_what_it_does_to_each(action: str | None, judged: str | None) -> None:
    assert _knowing_batches(lambda *_: action)() == judged
