"""The deployed stack's versions: an apply moves no traffic, and nothing real is within a canary's reach."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from contract.environment import PARTITION_KEY, PAYMENT_PREFIX, WRITER_KEY, Function
from contract.releases import DATA_FORMATS, LIVE_ALIAS
from tests.emulated.payments import new_payment
from tests.emulated.site import REGIONS, Site
from tests.emulated.users import acting_as, is_refused

each_region = pytest.mark.parametrize("region", REGIONS)
each_function = pytest.mark.parametrize("function", list(Function))


def alias(site: Site, function: Function, region: str) -> dict[str, Any]:
    """Return where a function's alias points."""
    found: dict[str, Any] = site.aws("lambda", region).get_alias(
        FunctionName=site.name(function, region), Name=LIVE_ALIAS
    )
    return found


def versions(site: Site, function: Function, region: str) -> list[str]:
    """Return a function's published versions, the oldest first."""
    found = site.aws("lambda", region).list_versions_by_function(FunctionName=site.name(function, region))["Versions"]
    return [each["Version"] for each in found if each["Version"] != "$LATEST"]


def let_in(site: Site, region: str, **qualifier: str) -> list[dict[str, Any]]:
    """Return the statements that let somebody invoke the payment function, or its alias."""
    functions, name = site.aws("lambda", region), site.name(Function.PAYMENT_API, region)
    try:
        found = functions.get_policy(FunctionName=name, **qualifier)
    except functions.exceptions.ResourceNotFoundException:  # without a statement there is no policy
        return []
    statements: list[dict[str, Any]] = json.loads(found["Policy"])["Statement"]
    return statements


@each_region
@each_function
def test_each_version_says_what_it_reads_and_writes(site: Site, function: Function, region: str) -> None:
    assert site.environment(function, region)["DATA_FORMATS"] == DATA_FORMATS.text()


@each_region
def test_nothing_but_the_alias_lets_the_api_in(site: Site, region: str) -> None:
    (statement,) = let_in(site, region, Qualifier=LIVE_ALIAS)
    assert statement["Principal"] == {"Service": "apigateway.amazonaws.com"}
    assert let_in(site, region) == []


@each_region
@each_function
def test_the_alias_points_at_a_version(site: Site, function: Function, region: str) -> None:
    found = alias(site, function, region)
    assert found["FunctionVersion"] in versions(site, function, region)
    assert not found.get("RoutingConfig", {}).get("AdditionalVersionWeights")


class TestCanary:
    """The payment API's code on a table of its own."""

    @each_region
    def test_it_takes_payments_where_no_payer_looks(self, site: Site, region: str) -> None:
        payment = new_payment()
        answer = _post(site, region, payment)
        assert answer["statusCode"] == 201
        canaries = site.aws("dynamodb", region)
        key = {PARTITION_KEY: {"S": f"{PAYMENT_PREFIX}{payment['transactionId']}"}}
        assert "Item" in canaries.get_item(TableName=site.output("canary_table_names", region), Key=key)
        assert [site.stored(each, payment["transactionId"]) for each in REGIONS] == [None, None]

    @each_region
    def test_in_the_region_that_does_not_serve_as_well(self, site: Site, region: str) -> None:
        assert _post(site, region, {**new_payment(), "amount": "NaN"})["statusCode"] == 400

    @pytest.mark.may_be_refused
    @each_region
    def test_its_role_reaches_nothing_real(self, site: Site, region: str) -> None:
        aws = acting_as(site, site.name(Function.PAYMENT_CANARY, region))
        key = {PARTITION_KEY: {"S": f"{PAYMENT_PREFIX}canary"}}
        dynamodb, queues = aws("dynamodb", region), aws("sqs", region)
        for table in (site.table, site.control_table):
            _refused(dynamodb.get_item, TableName=table, Key=key)
            _refused(dynamodb.put_item, TableName=table, Item=key)
        for kind in ("retry", "dead_letter"):
            _refused(queues.send_message, QueueUrl=site.queue(kind, region), MessageBody="{}")

    @pytest.mark.may_be_refused
    @each_region
    def test_it_cannot_write_its_own_writer(self, site: Site, region: str) -> None:
        dynamodb = acting_as(site, site.name(Function.PAYMENT_CANARY, region))("dynamodb", region)
        table = site.output("canary_table_names", region)
        _refused(dynamodb.put_item, TableName=table, Item={PARTITION_KEY: {"S": WRITER_KEY}})


def _refused(call: Callable[..., object], **parameters: Any) -> None:
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    assert is_refused(refused.value)


def _post(site: Site, region: str, payment: Mapping[str, Any]) -> dict[str, Any]:
    event = {
        "resource": "/payment",
        "httpMethod": "POST",
        "headers": {"Content-Type": "application/json"},
        "body": json.dumps(payment),
        "isBase64Encoded": False,
        "requestContext": {"requestId": "canary"},
    }
    answer: dict[str, Any] = site.invoke(Function.PAYMENT_CANARY, region, event).payload
    return answer
