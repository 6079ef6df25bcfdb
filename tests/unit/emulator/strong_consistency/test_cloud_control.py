"""Cloud Control makes, changes and deletes strongly consistent tables."""

import json
import re
from typing import Any

import pytest

from tests.strong_consistency_cases import PRIMARY, STANDBY, WITNESS
from tests.unit.emulator.strong_consistency.world import RefusedRequestError, StrongWorld, desired_state, replica


def _create(world: StrongWorld, region: str = PRIMARY, **changes: Any) -> Any:
    return world.control(region, "CreateResource", DesiredState=json.dumps(desired_state(**changes)))["ProgressEvent"]


def _update(world: StrongWorld, table: str, *patch: dict[str, Any]) -> Any:
    return world.control(PRIMARY, "UpdateResource", Identifier=table, PatchDocument=json.dumps(patch))["ProgressEvent"]


def _described(world: StrongWorld, region: str, table: str) -> Any:
    return world.call(region, "DescribeTable", TableName=table)["Table"]


def _recovery(world: StrongWorld, region: str, table: str) -> str:
    described = world.call(region, "DescribeContinuousBackups", TableName=table)["ContinuousBackupsDescription"]
    return str(described["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"])


class TestCreation:
    """The table is really there, in both regions."""

    @pytest.mark.parametrize(("region", "other"), [(PRIMARY, STANDBY), (STANDBY, PRIMARY)])
    def test_it_is_described_in_each_region(self, world: StrongWorld, table: str, region: str, other: str) -> None:
        described = _described(world, region, table)
        assert described["MultiRegionConsistency"] == "STRONG"
        assert described["GlobalTableWitnesses"] == [{"RegionName": WITNESS, "WitnessStatus": "ACTIVE"}]
        assert [each["RegionName"] for each in described["Replicas"]] == [other]
        assert described["TableArn"].split(":")[3] == region
        assert described["SSEDescription"]["KMSMasterKeyArn"].split(":")[3] == region

    @pytest.mark.parametrize("region", [PRIMARY, STANDBY])
    def test_each_replica_has_its_settings(self, world: StrongWorld, table: str, region: str) -> None:
        assert _recovery(world, region, table) == "ENABLED"
        arn = _described(world, region, table)["TableArn"]
        tags = world.call(region, "ListTagsOfResource", ResourceArn=arn)["Tags"]
        assert tags == [{"Key": "Region", "Value": region}]

    def test_the_witness_has_no_table(self, world: StrongWorld, table: str) -> None:
        with pytest.raises(RefusedRequestError, match="ResourceNotFound"):
            _described(world, WITNESS, table)

    def test_three_replicas(self, world: StrongWorld) -> None:
        replicas = [replica(region) for region in (PRIMARY, STANDBY, WITNESS)]
        table = world.create(Replicas=replicas, GlobalTableWitnesses=[])
        world.put(WITNESS, table, "a", "1")
        assert world.value(PRIMARY, table, "a") == "1"
        assert _described(world, PRIMARY, table)["GlobalTableWitnesses"] == []

    def test_the_document_is_read_back_with_the_arn(self, world: StrongWorld, table: str) -> None:
        read = world.control(PRIMARY, "GetResource", Identifier=table)["ResourceDescription"]
        properties = json.loads(read["Properties"])
        assert properties["Arn"] == _described(world, PRIMARY, table)["TableArn"]
        assert properties["MultiRegionConsistency"] == "STRONG"

    def test_the_request_can_be_looked_up(self, world: StrongWorld) -> None:
        token = _create(world)["RequestToken"]
        event = world.control(PRIMARY, "GetResourceRequestStatus", RequestToken=token)["ProgressEvent"]
        assert event["OperationStatus"] == "SUCCESS"


class TestRefusals:
    """What AWS refuses, and what the emulator does not know."""

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"GlobalTableWitnesses": [{"Region": "eu-west-1"}]}, "must be of one set"),
            ({"GlobalTableWitnesses": []}, "three replicas, or two replicas and a witness"),
            ({"Replicas": [replica(STANDBY), replica(WITNESS)], "GlobalTableWitnesses": [{"Region": PRIMARY}]}, "made"),
            ({"MultiRegionConsistency": "EVENTUAL"}, "strong consistency only"),
            ({"BillingMode": "PROVISIONED"}, "PAY_PER_REQUEST only"),
            ({"TimeToLiveSpecification": {}}, "does not know TimeToLiveSpecification of a global table"),
            ({"Replicas": [{"Region": PRIMARY, "Nonsense": 1}]}, "does not know Nonsense of a replica"),
            ({"TableName": ""}, r"required key \[TableName\] not found"),
            (
                {"KeySchema": [{"AttributeName": "other", "KeyType": "HASH"}]},
                "not specified in Attribute Definitions",
            ),
        ],
    )
    def test_a_document(self, world: StrongWorld, changes: dict[str, Any], message: str) -> None:
        event = _create(world, **changes)
        assert (event["OperationStatus"], event["ErrorCode"]) == ("FAILED", "InvalidRequest")
        assert re.search(message, event["StatusMessage"])

    def test_a_table_that_is_there_already(self, world: StrongWorld, table: str) -> None:
        assert _create(world, TableName=table)["ErrorCode"] == "AlreadyExists"

    def test_a_region_that_is_down(self, world: StrongWorld) -> None:
        world.faults.inject("region-isolated", region=STANDBY)
        document = desired_state()
        event = world.control(PRIMARY, "CreateResource", DesiredState=json.dumps(document))["ProgressEvent"]
        assert event["ErrorCode"] == "ServiceInternalError"
        with pytest.raises(RefusedRequestError, match="ResourceNotFound"):
            _described(world, PRIMARY, document["TableName"])

    def test_a_table_that_is_not_there(self, world: StrongWorld) -> None:
        for action in ("GetResource", "UpdateResource", "DeleteResource"):
            with pytest.raises(RefusedRequestError, match="ResourceNotFoundException"):
                world.control(PRIMARY, action, Identifier="nothing", PatchDocument="[]")


class TestUpdates:
    """Only a replica's own settings can be changed."""

    def test_recovery_and_tags(self, world: StrongWorld, table: str) -> None:
        path = "/Replicas/1/PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled"
        tag = {"Key": "More", "Value": "1"}
        event = _update(
            world,
            table,
            {"op": "replace", "path": path, "value": False},
            {"op": "add", "path": "/Replicas/1/Tags/1", "value": tag},
        )
        assert event["OperationStatus"] == "SUCCESS"
        assert [_recovery(world, region, table) for region in (PRIMARY, STANDBY)] == ["ENABLED", "DISABLED"]
        arn = _described(world, STANDBY, table)["TableArn"]
        assert tag in world.call(STANDBY, "ListTagsOfResource", ResourceArn=arn)["Tags"]

    def test_members_cannot_be_changed(self, world: StrongWorld, table: str) -> None:
        replicas = [replica(PRIMARY), replica(WITNESS)]
        event = _update(
            world,
            table,
            {"op": "replace", "path": "/GlobalTableWitnesses/0/Region", "value": STANDBY},
            {"op": "replace", "path": "/Replicas", "value": replicas},
        )
        assert (event["OperationStatus"], event["ErrorCode"]) == ("FAILED", "NotUpdatable")

    def test_a_bad_patch(self, world: StrongWorld, table: str) -> None:
        event = _update(world, table, {"op": "remove", "path": "/Replicas/7"})
        assert (event["ErrorCode"], event["StatusMessage"]) == (
            "InvalidRequest",
            "'/Replicas/7' is not in the document",
        )


class TestDeletion:
    """The table goes in all regions, and its name is free again."""

    def test_it_is_gone_everywhere(self, world: StrongWorld, table: str) -> None:
        event = world.control(PRIMARY, "DeleteResource", Identifier=table)["ProgressEvent"]
        assert event["OperationStatus"] == "SUCCESS"
        for region in (PRIMARY, STANDBY):
            with pytest.raises(RefusedRequestError, match="ResourceNotFound"):
                _described(world, region, table)
        assert world.create(TableName=table) == table

    def test_protection_keeps_it(self, world: StrongWorld) -> None:
        table = world.create(Replicas=[replica(PRIMARY), replica(STANDBY, protected=True)])
        event = world.control(PRIMARY, "DeleteResource", Identifier=table)["ProgressEvent"]
        assert event["ErrorCode"] == "ResourceConflict"
        assert _described(world, PRIMARY, table)["TableStatus"] == "ACTIVE"
