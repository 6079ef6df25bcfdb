"""DynamoDB's own way to make and end a strongly consistent table."""

from itertools import count
from typing import Any

import pytest

from tests.strong_consistency_cases import PRIMARY, STANDBY, WITNESS
from tests.unit.emulator.strong_consistency.world import RefusedRequestError, StrongWorld

_numbers = count(1)


@pytest.fixture
def single(world: StrongWorld) -> str:
    """Create a table of one region."""
    name = f"single-{next(_numbers)}"
    world.call(
        PRIMARY,
        "CreateTable",
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )
    return name


def _members(change: str, replica: str = STANDBY, witness: str = WITNESS) -> dict[str, Any]:
    return {
        "ReplicaUpdates": [{change: {"RegionName": replica}}],
        "GlobalTableWitnessUpdates": [{change: {"RegionName": witness}}],
    }


def _make_strong(world: StrongWorld, table: str, **changes: Any) -> Any:
    request = {"MultiRegionConsistency": "STRONG", **_members("Create"), **changes}
    return world.call(PRIMARY, "UpdateTable", TableName=table, **request)["TableDescription"]


def test_an_empty_table_becomes_one(world: StrongWorld, single: str) -> None:
    described = _make_strong(world, single)
    assert described["MultiRegionConsistency"] == "STRONG"
    world.put(STANDBY, single, "a", "1")
    assert world.value(PRIMARY, single, "a", strongly=True) == "1"


def test_a_table_with_items_does_not(world: StrongWorld, single: str) -> None:
    world.put(PRIMARY, single, "a", "1")
    with pytest.raises(RefusedRequestError, match="Only an empty table"):
        _make_strong(world, single)


def test_regions_of_several_sets_are_refused(world: StrongWorld, single: str) -> None:
    with pytest.raises(RefusedRequestError, match="must be of one set"):
        _make_strong(world, single, **_members("Create", witness="eu-west-1"))


def test_a_table_that_is_there_in_another_region_is_refused(world: StrongWorld, single: str) -> None:
    keys = [{"AttributeName": "pk", "KeyType": "HASH"}]
    attributes = [{"AttributeName": "pk", "AttributeType": "S"}]
    world.call(
        STANDBY,
        "CreateTable",
        TableName=single,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=keys,
        AttributeDefinitions=attributes,
    )
    with pytest.raises(RefusedRequestError, match="exists already in us-east-2"):
        _make_strong(world, single)


def test_the_mode_is_for_ever(world: StrongWorld, table: str) -> None:
    with pytest.raises(RefusedRequestError, match="cannot be changed"):
        world.call(PRIMARY, "UpdateTable", TableName=table, MultiRegionConsistency="EVENTUAL")


@pytest.mark.parametrize(
    "request_",
    [
        {"ReplicaUpdates": [{"Delete": {"RegionName": STANDBY}}]},
        {"GlobalTableWitnessUpdates": [{"Delete": {"RegionName": WITNESS}}]},
        {"ReplicaUpdates": [{"Create": {"RegionName": "us-west-1"}}]},
    ],
)
def test_members_do_not_come_and_go_one_by_one(world: StrongWorld, table: str, request_: dict[str, Any]) -> None:
    with pytest.raises(RefusedRequestError, match="one by one"):
        world.call(PRIMARY, "UpdateTable", TableName=table, **request_)


def test_all_others_are_deleted_at_once(world: StrongWorld, table: str) -> None:
    world.put(STANDBY, table, "a", "1")
    described = world.call(PRIMARY, "UpdateTable", TableName=table, **_members("Delete"))["TableDescription"]
    assert "MultiRegionConsistency" not in described
    assert "Replicas" not in described
    with pytest.raises(RefusedRequestError, match="ResourceNotFound"):
        world.value(STANDBY, table, "a")
    world.isolate(PRIMARY)
    assert world.value(PRIMARY, table, "a", strongly=True) == "1"
    world.call(PRIMARY, "DeleteTable", TableName=table)


def test_a_replica_cannot_be_deleted_alone(world: StrongWorld, table: str) -> None:
    with pytest.raises(RefusedRequestError, match="cannot be deleted alone"):
        world.call(STANDBY, "DeleteTable", TableName=table)


def test_protection_can_be_set(world: StrongWorld, table: str) -> None:
    request = {"TableName": table, "DeletionProtectionEnabled": True}
    assert world.call(PRIMARY, "UpdateTable", **request)["TableDescription"]["DeletionProtectionEnabled"] is True


def test_other_changes_are_refused(world: StrongWorld, table: str) -> None:
    with pytest.raises(RefusedRequestError, match="does not change StreamSpecification"):
        world.call(PRIMARY, "UpdateTable", TableName=table, StreamSpecification={"StreamEnabled": False})
