"""Functions see what they see on AWS, find the peer region by name, and their output becomes logs and metrics."""

import http.client
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from emulator import Emulator
from tests.emulated.emulator.sample_api import FAILOVER_NAME, STAGE, SampleApi, create_function, role
from tests.emulated.emulator.sending import ApiCaller

Client = Callable[..., Any]


def invoke(client: Client, region: str, event: Any, name: str | None = None) -> Any:
    answer = client("lambda", region).invoke(FunctionName=name or f"sample-{region}", Payload=json.dumps(event))
    result = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, result
    return result


@pytest.fixture(scope="module")
def environment(client: Client, sample_api: SampleApi) -> dict[str, str]:
    seen: dict[str, str] = invoke(client, "us-east-2", {"what": "environment"})
    return seen


class TestEnvironment:
    """What a function's process is given."""

    def test_it_names_its_own_region(self, environment: dict[str, str]) -> None:
        assert environment["AWS_REGION"] == environment["AWS_DEFAULT_REGION"] == "us-east-2"

    def test_its_credentials_are_its_roles(self, environment: dict[str, str]) -> None:
        assert environment["AWS_ACCESS_KEY_ID"].startswith("ASIA")
        assert environment["AWS_SESSION_TOKEN"]

    def test_it_has_the_variables_it_was_given(self, environment: dict[str, str]) -> None:
        assert environment["TABLE_NAME"] == "payments"

    def test_nothing_of_the_machine_or_the_emulator_is_in_it(self, environment: dict[str, str]) -> None:
        foreign = {
            "HOME",
            "AUTH",
            "GATEWAY_PORT",
            "PYTHONPATH",
            "VIRTUAL_ENV",
            "TMPDIR",
            "AWS_PROFILE",
            "AWS_CA_BUNDLE",
        }
        assert not foreign & environment.keys()
        assert not [name for name in environment if name.startswith(("DR_", "EMULATOR_", "MINISTACK_"))]

    @pytest.mark.parametrize(
        "module", ["contract", "emulator", "handlers", "aws_lambda_powertools", "pytest", "ministack"]
    )
    def test_only_the_zip_is_imported_from(self, client: Client, sample_api: SampleApi, module: str) -> None:
        assert invoke(client, "us-east-1", {"import": module}) == "missing"

    def test_the_runtimes_sdk_is_there(self, client: Client, sample_api: SampleApi) -> None:
        assert invoke(client, "us-east-1", {"import": "boto3"}) == "found"


class TestNames:
    """A function probes the peer region's HTTPS endpoint, certificate verified, port 443."""

    def test_a_regions_own_name(self, client: Client, sample_api: SampleApi) -> None:
        answer = invoke(client, "us-east-2", {"probe": f"https://us-east-1.{FAILOVER_NAME}/health"})
        assert answer["region"] == "us-east-1"

    def test_a_default_endpoint(self, client: Client, sample_api: SampleApi) -> None:
        host = f"{sample_api.api_ids['us-east-2']}.execute-api.us-east-2.amazonaws.com"
        assert invoke(client, "us-east-1", {"probe": f"https://{host}/{STAGE}/health"})["region"] == "us-east-2"


class TestOutput:
    """What a function prints."""

    def test_embedded_metrics_become_metrics_of_its_region(self, client: Client, sample_api: SampleApi) -> None:
        invoke(client, "us-east-2", {"metric": 7})
        now = datetime.now(UTC)
        window = {"StartTime": now - timedelta(minutes=5), "EndTime": now + timedelta(minutes=1), "Period": 60}
        dimensions = [{"Name": "service", "Value": "sample"}, {"Name": "Region", "Value": "us-east-2"}]
        asked = {"Namespace": "Sample", "MetricName": "Taken", "Dimensions": dimensions, "Statistics": ["Sum"]}
        points = client("cloudwatch", "us-east-2").get_metric_statistics(**asked, **window)["Datapoints"]
        assert [point["Sum"] for point in points] == [7]
        assert client("cloudwatch", "us-east-1").list_metrics(Namespace="Sample")["Metrics"] == []

    def test_it_reaches_the_log_group_of_its_region(self, client: Client, sample_api: SampleApi) -> None:
        invoke(client, "us-east-1", {"metric": 1})
        events = client("logs", "us-east-1").filter_log_events(logGroupName="/aws/lambda/sample-us-east-1")["events"]
        assert any('"Taken": 1' in event["message"] for event in events)
        with pytest.raises(ClientError):
            client("logs", "us-east-2").filter_log_events(logGroupName="/aws/lambda/sample-us-east-1")

    def test_a_destroyed_log_group_stays_away(self, client: Client, sample_api: SampleApi) -> None:
        name = "unlogged"
        statement = {"Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "arn:aws:logs:*:*:*"}
        create_function(client, "us-east-1", name, role(client, name, statement))
        invoke(client, "us-east-1", {"metric": 1}, name)
        groups = client("logs").describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{name}")["logGroups"]
        assert groups == []


TABLE_CODE = """
import boto3
table = boto3.resource("dynamodb").Table("leading-keys")

def handler(event, context):
    try:
        getattr(table.meta.client, event["call"])(**event["arguments"])
        return "allowed"
    except Exception as error:
        return type(error).__name__ + " " + str(error)
"""


@pytest.fixture(scope="module")
def call(client: Client) -> Callable[..., str]:
    dynamodb = client("dynamodb", "us-east-1")
    dynamodb.create_table(
        TableName="leading-keys",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    # The function uses the replica, as the standby's functions do.
    dynamodb.update_table(TableName="leading-keys", ReplicaUpdates=[{"Create": {"RegionName": "us-east-2"}}])
    actions = ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "BatchGetItem", "BatchWriteItem")
    statement = {
        "Action": [f"dynamodb:{action}" for action in actions],
        "Resource": "arn:aws:dynamodb:us-east-2:*:table/leading-keys",
        "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["payment#*"]}},
    }
    control = {
        "Action": "dynamodb:ConditionCheckItem",
        "Resource": "arn:aws:dynamodb:us-east-2:*:table/leading-keys",
        "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["control#*"]}},
    }
    create_function(client, "us-east-2", "leading-keys", role(client, "leading-keys", statement, control), TABLE_CODE)

    def run(method: str, **arguments: Any) -> str:
        event = {"call": method, "arguments": arguments}
        return str(invoke(client, "us-east-2", event, "leading-keys"))

    return run


class TestAccess:
    """Functions run under their roles, and partition keys are part of what a policy can grant."""

    @staticmethod
    def requests(key: str) -> dict[str, dict[str, Any]]:
        table, item = "leading-keys", {"pk": key}
        return {
            "get_item": {"TableName": table, "Key": item},
            "put_item": {"TableName": table, "Item": item},
            "update_item": {"TableName": table, "Key": item, "UpdateExpression": "REMOVE x"},
            "delete_item": {"TableName": table, "Key": item},
            "query": {
                "TableName": table,
                "KeyConditionExpression": "#k = :k",
                "ExpressionAttributeNames": {"#k": "pk"},
                "ExpressionAttributeValues": {":k": key},
            },
            "batch_get_item": {"RequestItems": {table: {"Keys": [{"pk": "payment#0"}, item]}}},
            "batch_write_item": {
                "RequestItems": {
                    table: [{"DeleteRequest": {"Key": {"pk": "payment#0"}}}, {"PutRequest": {"Item": item}}]
                }
            },
            "transact_write_items": {"TransactItems": [{"Put": {"TableName": table, "Item": item}}]},
        }

    @pytest.mark.parametrize("method", list(requests("")))
    def test_the_granted_prefix_is_allowed(self, call: Callable[..., str], method: str) -> None:
        assert call(method, **self.requests("payment#1")[method]) == "allowed"

    @pytest.mark.parametrize("method", list(requests("")))
    def test_another_prefix_is_refused(self, call: Callable[..., str], method: str) -> None:
        assert "AccessDenied" in call(method, **self.requests("control#glass#us-east-1")[method])

    def test_each_item_of_a_transaction_is_checked_alone(self, call: Callable[..., str]) -> None:
        table = "leading-keys"
        check = {
            "TableName": table,
            "Key": {"pk": "control#glass#x"},
            "ConditionExpression": "attribute_not_exists(pk)",
        }
        put = {"TableName": table, "Item": {"pk": "payment#2"}}
        assert call("transact_write_items", TransactItems=[{"ConditionCheck": check}, {"Put": put}]) == "allowed"

    def test_an_action_outside_the_role_is_refused(self, call: Callable[..., str]) -> None:
        assert "AccessDenied" in call("scan", TableName="leading-keys")


class TestFunctionUrl:
    """Function URLs are part of the data plane."""

    def test_it_is_refused_unsigned_and_served_to_its_region_only(
        self, plain_emulator: Emulator, sample_api: SampleApi
    ) -> None:
        url = sample_api.function_urls["us-east-2"].removeprefix("https://").rstrip("/")
        caller = Credentials("test", "test")
        unsigned = ApiCaller(plain_emulator, url)
        signed = ApiCaller(plain_emulator, url, credentials=caller)
        assert unsigned.send("us-east-2", "GET", "/").status == 403
        asked = [("us-east-2", "us-east-2"), ("us-east-2", "us-east-1"), ("us-east-1", "us-east-2")]
        answers = [signed.send(at, "GET", "/", signed_for=of, sigv4a=False).status for at, of in asked]
        assert answers == [200, 403, 403]


def test_unsigned_requests_to_the_api_port_get_the_region_of_their_host(
    plain_emulator: Emulator, sample_api: SampleApi
) -> None:
    host, _, port = plain_emulator.endpoint_url.removeprefix("http://").partition(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=20)
    api_host = f"{sample_api.api_ids['us-east-2']}.execute-api.us-east-2.amazonaws.com"
    connection.request("GET", f"/{STAGE}/health", headers={"Host": api_host})
    assert json.loads(connection.getresponse().read())["region"] == "us-east-2"
    connection.close()
