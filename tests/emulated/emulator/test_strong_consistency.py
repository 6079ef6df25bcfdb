"""A running emulator keeps what multi-Region strong consistency promises, and Cloud Control makes such a table."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from emulator import Emulator, InjectedFault, running
from tests.emulated.emulator.replicated import eventually
from tests.emulated.emulator.sample_api import administrator, create_function, role
from tests.strong_consistency_cases import CASES, PRIMARY, STANDBY, WITNESS
from tests.strong_consistency_steps import StrongOutcome, StrongStep, check

Client = Callable[..., Any]

_TYPE = "AWS::DynamoDB::GlobalTable"
_TABLE = "strong"
_LATENCY_SECONDS = 0.05
_CATCH_UP_SECONDS = 120.0  # more than a test takes, and passed by a faster clock
_FAST = 1000
_ONCE = Config(retries={"total_max_attempts": 1})
_ATTEMPTS = 20
"""Two writes at once meet each other only if the machine serves the second one within the latency of the first."""

_OUTCOMES = {
    "ConditionalCheckFailedException": StrongOutcome.CONDITION_FAILED,
    "InternalServerError": StrongOutcome.UNAVAILABLE,
    "ReplicatedWriteConflictException": StrongOutcome.CONFLICT,
}
_numbers = count(1)

READER_CODE = """
import boto3
from botocore.config import Config
ONCE = Config(connect_timeout=2, read_timeout=2, retries={"total_max_attempts": 1})
def handler(event, context):
    reading = boto3.client("dynamodb", region_name=event["region"], config=ONCE).get_item(
        TableName="strong", Key={"pk": {"S": event["key"]}}, ConsistentRead=True)
    return reading.get("Item", {}).get("value", {}).get("S")
"""


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with running(strong_latency=_LATENCY_SECONDS, catch_up=_CATCH_UP_SECONDS) as started:
        yield started


@pytest.fixture(scope="module")
def client(emulator: Emulator) -> Client:
    """Make the administrator's clients, which ask once."""
    return administrator(emulator, _ONCE)


@pytest.fixture(scope="module", autouse=True)
def table(client: Client) -> str:
    """Make one table for all tests, which use items of their own."""
    event = client("cloudcontrol", PRIMARY).create_resource(TypeName=_TYPE, DesiredState=_desired_state(_TABLE))
    assert event["ProgressEvent"]["OperationStatus"] == "SUCCESS"
    return _TABLE


@pytest.fixture
def model(emulator: Emulator, client: Client) -> Iterator["EmulatedModel"]:
    """A model whose items are its own; afterwards nothing is cut, and both replicas are well."""
    model = EmulatedModel(emulator, client)
    yield model
    emulator.heal()
    model.catch_up()


class EmulatedModel:
    """The table of a running emulator, with faults for cuts and losses."""

    def __init__(self, emulator: Emulator, client: Client) -> None:
        self._emulator = emulator
        self._dynamodb = {region: client("dynamodb", region) for region in (PRIMARY, STANDBY)}
        self._prefix = f"{next(_numbers)}-"
        self._cuts: dict[frozenset[str], InjectedFault] = {}
        self._losses: dict[str, InjectedFault] = {}

    def write(self, region: str, key: str, value: str | None, *, only_if_absent: bool) -> StrongOutcome:
        condition = {"ConditionExpression": "attribute_not_exists(pk)"} if only_if_absent else {}
        request = {"TableName": _TABLE, **condition}
        try:
            if value is None:
                self._dynamodb[region].delete_item(Key=self._key(key), **request)
            else:
                self._dynamodb[region].put_item(Item={**self._key(key), "value": {"S": value}}, **request)
        except ClientError as error:
            return _OUTCOMES[error.response["Error"]["Code"]]
        return StrongOutcome.STORED

    def write_at_once(self, key: str, values: Sequence[tuple[str, str]]) -> list[StrongOutcome]:
        found: list[StrongOutcome] = []
        with ThreadPoolExecutor(len(values)) as pool:
            for _ in range(_ATTEMPTS):
                begun = [pool.submit(self.write, region, key, value, only_if_absent=False) for region, value in values]
                found = [each.result() for each in begun]
                if StrongOutcome.CONFLICT in found:
                    break
        return found

    def read(self, region: str, key: str, *, strongly: bool) -> str | StrongOutcome | None:
        try:
            answer = self._dynamodb[region].get_item(TableName=_TABLE, Key=self._key(key), ConsistentRead=strongly)
        except ClientError as error:
            return _OUTCOMES[error.response["Error"]["Code"]]
        return str(answer["Item"]["value"]["S"]) if "Item" in answer else None

    def cut(self, source: str, destination: str, *, one_way: bool) -> None:
        direction = "one-way" if one_way else "both"
        fault = self._emulator.inject("partition", source=source, destination=destination, direction=direction)
        self._cuts[frozenset((source, destination))] = fault

    def heal(self, source: str, destination: str) -> None:
        self._cuts.pop(frozenset((source, destination))).heal()

    def lose(self, region: str) -> None:
        self._losses[region] = self._emulator.inject("region-down", region=region)

    def restore(self, region: str) -> None:
        self._losses.pop(region).heal()

    def catch_up(self) -> None:
        self._emulator.set_time_scale(_FAST)
        eventually(lambda: "catching up" not in self.states().values())
        self._emulator.set_time_scale(1)

    def states(self) -> dict[str, str]:
        states: dict[str, str] = self._emulator.status()["strong_consistency"][_TABLE]
        return states

    def _key(self, key: str) -> dict[str, Any]:
        return {"pk": {"S": f"{self._prefix}{key}"}}


@pytest.mark.parametrize("steps", CASES.values(), ids=CASES)
def test_case(model: EmulatedModel, steps: Sequence[StrongStep]) -> None:
    check(model, steps)


class TestIsolation:
    """A region that lives and reaches no other."""

    def test_one_fault_isolates_a_region(self, emulator: Emulator, model: EmulatedModel) -> None:
        with emulator.inject("region-isolated", region=PRIMARY):
            assert model.states() == {PRIMARY: "isolated", STANDBY: "current"}
        assert model.states() == {PRIMARY: "catching up", STANDBY: "current"}

    def test_functions_reach_their_own_region_alone(
        self, emulator: Emulator, client: Client, model: EmulatedModel
    ) -> None:
        allowed = {"Action": ["dynamodb:GetItem", "logs:*"], "Resource": "*"}
        create_function(client, STANDBY, "reader", role(client, "reader", allowed), READER_CODE)
        with emulator.inject("region-isolated", region=PRIMARY):
            assert _called(client, {"region": STANDBY, "key": "x"}) is None
            with pytest.raises(AssertionError, match="Read timeout"):
                _called(client, {"region": PRIMARY, "key": "x"})


class TestCloudControl:
    """What is left to a running emulator to show: rights, and the time that requests take."""

    def test_the_callers_rights_decide(self, emulator: Emulator, client: Client) -> None:
        iam = client("iam", PRIMARY)
        iam.create_user(UserName="half")
        statement = {"Effect": "Allow", "Action": ["cloudformation:*", "dynamodb:CreateTable"], "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName="half", PolicyName="half", PolicyDocument=policy)
        key = iam.create_access_key(UserName="half")["AccessKey"]
        session = boto3.Session(key["AccessKeyId"], key["SecretAccessKey"], region_name=PRIMARY)
        as_user = session.client("cloudcontrol", endpoint_url=emulator.endpoint_url)
        event = as_user.create_resource(TypeName=_TYPE, DesiredState=_desired_state("other"))["ProgressEvent"]
        assert (event["OperationStatus"], event["ErrorCode"]) == ("FAILED", "AccessDenied")
        assert "dynamodb:CreateTableReplica" in event["StatusMessage"]

    def test_a_strong_read_takes_the_latency(self, model: EmulatedModel) -> None:
        before = time.monotonic()
        assert model.read(PRIMARY, "a", strongly=True) is None
        assert time.monotonic() - before >= _LATENCY_SECONDS

    def test_there_is_no_replication_latency(self, client: Client, model: EmulatedModel) -> None:
        model.write(PRIMARY, "a", "1", only_if_absent=False)
        metrics = client("cloudwatch", PRIMARY).list_metrics(Namespace="AWS/DynamoDB", MetricName="ReplicationLatency")
        assert metrics["Metrics"] == []

    def test_a_table_is_deleted_in_both_regions(self, client: Client) -> None:
        control = client("cloudcontrol", PRIMARY)
        control.create_resource(TypeName=_TYPE, DesiredState=_desired_state("deleted"))
        assert all("deleted" in _tables(client, region) for region in (PRIMARY, STANDBY))
        event = control.delete_resource(TypeName=_TYPE, Identifier="deleted")["ProgressEvent"]
        assert event["OperationStatus"] == "SUCCESS"
        assert not any("deleted" in _tables(client, region) for region in (PRIMARY, STANDBY))


def _tables(client: Client, region: str) -> list[str]:
    names: list[str] = client("dynamodb", region).list_tables()["TableNames"]
    return names


def _called(client: Client, event: Any) -> Any:
    answer = client("lambda", STANDBY).invoke(FunctionName="reader", Payload=json.dumps(event))
    result = json.loads(answer["Payload"].read())
    assert "FunctionError" not in answer, result
    return result


def _desired_state(name: str) -> str:
    return json.dumps(
        {
            "TableName": name,
            "BillingMode": "PAY_PER_REQUEST",
            "MultiRegionConsistency": "STRONG",
            "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
            "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
            "Replicas": [{"Region": region} for region in (PRIMARY, STANDBY)],
            "GlobalTableWitnesses": [{"Region": WITNESS}],
        }
    )
