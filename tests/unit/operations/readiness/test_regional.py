"""What is deployed in a region, made comparable with the other."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from contract.environment import Function
from contract.outputs import QueueKind
from contract.roles import Role
from operations.readiness.model import FunctionState, Stage, Table, Throttle, Trigger
from operations.readiness.regional import DeploymentReader
from operations.site import RegionSite
from operations.topology.asking import UnknownError
from tests.unit.operations.fakes import FakeAws, refused
from tests.unit.operations.plans.topologies import SITE


def reader(role: Role, **operations: Any) -> DeploymentReader:
    answers: dict[tuple[str, ...], Any] = {
        (service, operation): answer
        for operation, answer in operations.items()
        for service in ("lambda", "events", "sqs", "apigateway", "dynamodb")
    }
    return DeploymentReader(SITE, SITE.regions[role], FakeAws(answers))


def deployed(site: RegionSite, **changes: Any) -> dict[str, Any]:
    peer = SITE.regions[site.role.peer].name
    variables = {
        "PRIMARY_REGION": "us-east-1",
        "STANDBY_REGION": "us-east-2",
        "BUCKET_NAME": site.bucket_name,
        "RETRY_QUEUE_URL": f"https://sqs.{site.name}.amazonaws.com/1/retry-{site.name}-dev",
        "PEER_RETRY_QUEUE_URL": f"https://sqs.{peer}.amazonaws.com/1/retry-{peer}-dev",
        "RELEASE_TARGETS": '{"us-east-1":{"api":"one"},"us-east-2":{"api":"two"}}',
        "LEVEL": "INFO",
    }
    return {
        "CodeSha256": "sha",
        "MemorySize": 512,
        "Timeout": 20,
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "Runtime": "python3.13",
        "Layers": [{"Arn": "layer"}],
        "Environment": {"Variables": variables},
        **changes,
    }


def function(role: Role, **changes: Any) -> FunctionState:
    told = deployed(SITE.regions[role], **changes)
    return reader(role, get_function_configuration=told).function(Function.PAYMENT_API)


class TestFunctions:
    """Functions of both regions are the same but for the names of their own region's resources."""

    def test_own_names_make_no_difference(self) -> None:
        assert function(Role.PRIMARY) == function(Role.STANDBY)

    @pytest.mark.parametrize(
        "changes",
        [
            {"Runtime": "python3.12"},
            {"Layers": []},
            {"Environment": {"Variables": {"LEVEL": "DEBUG"}}},
            {"Environment": {}},
        ],
        ids=str,
    )
    def test_anything_else_does(self, changes: dict[str, Any]) -> None:
        assert function(Role.PRIMARY).configuration != function(Role.STANDBY, **changes).configuration

    def test_configured_region_name_is_not_neutralized(self) -> None:
        """A standby that takes itself for the primary must be seen."""
        wrong = deployed(SITE.standby)
        wrong["Environment"]["Variables"]["PRIMARY_REGION"] = "us-east-2"
        told = reader(Role.STANDBY, get_function_configuration=wrong).function(Function.PAYMENT_API)
        assert told.configuration["variable PRIMARY_REGION"] == "us-east-2"
        assert told != function(Role.PRIMARY)

    @pytest.mark.parametrize("changes", [{"State": "Inactive"}, {"LastUpdateStatus": "Failed"}])
    def test_function_that_cannot_be_invoked_is_not_active(self, changes: dict[str, Any]) -> None:
        assert not function(Role.STANDBY, **changes).active

    @pytest.mark.parametrize(("told", "reserved"), [({}, None), ({"ReservedConcurrentExecutions": 0}, 0)])
    def test_reserve_of_zero_differs_from_none(self, told: dict[str, int], reserved: int | None) -> None:
        assert reader(Role.STANDBY, get_function_concurrency=told).reserved_concurrency(Function.TICKER) == reserved


def mapping(site: RegionSite, **changes: Any) -> dict[str, Any]:
    return {
        "UUID": f"uuid-{site.name}",
        "EventSourceArn": f"arn:aws:sqs:{site.name}:1:retry-{site.name}-dev",
        "State": "Enabled",
        "BatchSize": 10,
        "FilterCriteria": {"Filters": [{"Pattern": json.dumps({"region": [site.name]})}]},
        "DestinationConfig": {"OnFailure": {"Destination": f"arn:aws:sqs:{site.name}:1:failures-{site.name}-dev"}},
        **changes,
    }


def fed(role: Role, *mappings: dict[str, Any]) -> Trigger:
    return reader(role, list_event_source_mappings={"EventSourceMappings": mappings}).trigger(Function.RETRY_WORKER)


class TestTriggers:
    """What starts functions, and how the queues are set."""

    def test_own_names_make_no_difference(self) -> None:
        assert fed(Role.PRIMARY, mapping(SITE.primary)) == fed(Role.STANDBY, mapping(SITE.standby))

    @pytest.mark.parametrize(
        "changes",
        [{"State": "Disabled"}, {"BatchSize": 1}, {"FilterCriteria": {}}, {"ParallelizationFactor": 4}],
        ids=str,
    )
    def test_anything_else_does(self, changes: dict[str, Any]) -> None:
        changed = fed(Role.STANDBY, mapping(SITE.standby, **changes))
        assert changed != fed(Role.PRIMARY, mapping(SITE.primary))

    def test_one_source_is_expected(self) -> None:
        one = mapping(SITE.primary)
        works = [fed(Role.PRIMARY, *mappings).works for mappings in ((), (one,), (one, one))]
        assert works == [False, True, False]

    @pytest.mark.parametrize(("state", "works"), [("ENABLED", True), ("DISABLED", False)])
    def test_a_schedule_is_found_by_its_functions_name(self, state: str, *, works: bool) -> None:
        rules = {"ticker-us-east-2": {"State": state, "ScheduleExpression": "rate(1 minute)"}}
        trigger = reader(Role.STANDBY, describe_rule=lambda Name: rules[Name]).trigger(Function.TICKER)  # noqa: N803
        assert (trigger.works, trigger.configuration) == (works, {"schedule": "rate(1 minute)"})

    def test_a_schedule_that_is_gone_is_absent(self) -> None:
        gone = reader(Role.STANDBY, describe_rule=refused("DescribeRule", "ResourceNotFoundException"))
        assert gone.trigger(Function.TICKER).state == "absent"

    def test_denied_schedule_is_not_absent(self) -> None:
        with pytest.raises(ClientError):
            reader(Role.STANDBY, describe_rule=refused("DescribeRule")).trigger(Function.TICKER)

    def test_queues_differ_in_their_settings_alone(self) -> None:
        def queue(role: Role, timeout: str = "120") -> Any:
            name = SITE.regions[role].name
            policy = json.dumps({"deadLetterTargetArn": f"arn:aws:sqs:{name}:1:dead-{name}-dev", "maxReceiveCount": 5})
            told = {"Attributes": {"RedrivePolicy": policy, "VisibilityTimeout": timeout}}
            return reader(role, get_queue_attributes=told).queue(QueueKind.RETRY)

        assert queue(Role.PRIMARY) == queue(Role.STANDBY)
        assert queue(Role.PRIMARY) != queue(Role.STANDBY, timeout="30")


class TestApi:
    """Limits of the account and of the stage."""

    def test_account_limits(self) -> None:
        told = {"throttleSettings": {"rateLimit": 10_000.0, "burstLimit": 5_000}}
        assert reader(Role.PRIMARY, get_account=told).account_throttle() == Throttle(10_000, 5_000)
        quota = {"AccountLimit": {"ConcurrentExecutions": 1000}}
        assert reader(Role.PRIMARY, get_account_settings=quota).account_concurrency() == 1000

    def test_stage_limits(self) -> None:
        settings = {"*/*": {"throttlingRateLimit": 1_000.0, "throttlingBurstLimit": 2_000}}
        asked: dict[str, str] = {}

        def answer(**parameters: str) -> dict[str, Any]:
            asked.update(parameters)
            return {"methodSettings": settings}

        stage = reader(Role.PRIMARY, get_stage=answer).stage()
        assert asked == {"restApiId": "1", "stageName": "live"}
        assert stage == Stage(Throttle(1_000, 2_000), {"method settings": settings})

    def test_a_stage_without_limits_of_its_own_is_unknown(self) -> None:
        with pytest.raises(UnknownError):
            reader(Role.PRIMARY, get_stage={"methodSettings": {}}).stage()


def test_the_table_and_its_other_replicas() -> None:
    replicas = [{"RegionName": name, "ReplicaStatus": "ACTIVE"} for name in ("us-east-1", "us-east-2")]
    told = {"Table": {"TableStatus": "ACTIVE", "KeySchema": [], "Replicas": replicas}}
    table = reader(Role.PRIMARY, describe_table=told).table()
    assert isinstance(table, Table)
    assert (table.active, table.replicas) == (True, {"us-east-2": "ACTIVE"})
