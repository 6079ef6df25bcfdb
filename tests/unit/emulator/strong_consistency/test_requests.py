"""DynamoDB's requests to a strongly consistent table."""

import asyncio
from typing import Any

import pytest

from tests.strong_consistency_cases import PRIMARY, STANDBY, WITNESS
from tests.unit.emulator.strong_consistency.world import (
    CATCH_UP_SECONDS,
    LATENCY_SECONDS,
    RefusedRequestError,
    StrongWorld,
    item,
    key_of,
)


def _strong_requests(table: str) -> dict[str, dict[str, Any]]:
    return {
        "GetItem": {"TableName": table, "Key": key_of("a"), "ConsistentRead": True},
        "Scan": {"TableName": table, "ConsistentRead": True},
        "Query": {
            "TableName": table,
            "ConsistentRead": True,
            "KeyConditionExpression": "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": "a"}},
        },
        "BatchGetItem": {"RequestItems": {table: {"Keys": [key_of("a")], "ConsistentRead": True}}},
        "PutItem": {"TableName": table, "Item": item("a", "1")},
        "UpdateItem": {"TableName": table, "Key": key_of("a"), "UpdateExpression": "SET x = :x"}
        | {"ExpressionAttributeValues": {":x": {"S": "1"}}},
        "DeleteItem": {"TableName": table, "Key": key_of("a")},
        "BatchWriteItem": {"RequestItems": {table: [{"PutRequest": {"Item": item("a", "1")}}]}},
        "ExecuteStatement": {"Statement": f"INSERT INTO \"{table}\" VALUE {{'pk': 'a'}}"},
        "BatchExecuteStatement": {"Statements": [{"Statement": f"INSERT INTO \"{table}\" VALUE {{'pk': 'b'}}"}]},
    }


ACTIONS = tuple(_strong_requests(""))


class TestStrongRequests:
    """Strong reads and all writes cross regions."""

    @pytest.mark.parametrize("action", ACTIONS)
    def test_they_take_the_latency(self, world: StrongWorld, table: str, action: str) -> None:
        before = world.clock.now
        world.call(STANDBY, action, **_strong_requests(table)[action])
        assert world.clock.now - before == pytest.approx(LATENCY_SECONDS)

    def test_the_latency_is_real_at_any_scale(self) -> None:
        with StrongWorld.patched():
            world = StrongWorld(scale=10)
            table, before = world.create(), world.clock.now
            world.put(PRIMARY, table, "a", "1")
            assert world.clock.now - before == pytest.approx(LATENCY_SECONDS)

    @pytest.mark.parametrize("action", ACTIONS)
    def test_isolated_replica_refuses_strong_requests(self, world: StrongWorld, table: str, action: str) -> None:
        world.isolate(PRIMARY)
        with pytest.raises(RefusedRequestError, match="us-east-1 is isolated") as refused:
            world.call(PRIMARY, action, **_strong_requests(table)[action])
        assert refused.value.code == "InternalServerError"

    def test_what_is_written_is_in_both_replicas(self, world: StrongWorld, table: str) -> None:
        world.put(PRIMARY, table, "a", "1")
        assert world.value(STANDBY, table, "a") == "1"

    def test_statements_are_writes_too(self, world: StrongWorld, table: str) -> None:
        statement = f"INSERT INTO \"{table}\" VALUE {{'pk': 'a', 'value': '1'}}"
        world.call(PRIMARY, "ExecuteStatement", Statement=statement)
        assert world.value(STANDBY, table, "a") == "1"

    def test_a_condition_sees_the_latest_value(self, world: StrongWorld, table: str) -> None:
        world.put(PRIMARY, table, "a", "1")
        with pytest.raises(RefusedRequestError, match="ConditionalCheckFailed"):
            world.put(STANDBY, table, "a", "2", ConditionExpression="attribute_not_exists(pk)")

    def test_a_table_by_its_arn(self, world: StrongWorld, table: str) -> None:
        arn = world.call(PRIMARY, "DescribeTable", TableName=table)["Table"]["TableArn"]
        world.put(PRIMARY, arn, "a", "1")
        world.isolate(PRIMARY)
        with pytest.raises(RefusedRequestError, match="InternalServerError"):
            world.value(PRIMARY, arn, "a", strongly=True)


class TestOtherRequests:
    """What is read with eventual consistency, and what other tables get, is as fast and available as ever."""

    def test_eventually_consistent_reads_take_no_latency(self, world: StrongWorld, table: str) -> None:
        before = world.clock.now
        assert world.value(STANDBY, table, "a") is None
        assert world.clock.now == before

    def test_an_ordinary_table(self, world: StrongWorld, table: str) -> None:
        ordinary = f"{table}-ordinary"
        keys = {"AttributeName": "pk"}
        world.call(
            PRIMARY,
            "CreateTable",
            TableName=ordinary,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[keys | {"KeyType": "HASH"}],
            AttributeDefinitions=[keys | {"AttributeType": "S"}],
        )
        world.isolate(PRIMARY)
        before = world.clock.now
        world.put(PRIMARY, ordinary, "a", "1")
        assert world.value(PRIMARY, ordinary, "a", strongly=True) == "1"
        assert world.clock.now == before

    def test_the_same_name_in_a_region_without_a_replica(self, world: StrongWorld, table: str) -> None:
        with pytest.raises(RefusedRequestError, match="ResourceNotFound"):
            world.put(WITNESS, table, "a", "1")


class TestReplicas:
    """Isolation and return."""

    def test_an_isolated_replica_has_old_truths(self, world: StrongWorld, table: str) -> None:
        world.put(PRIMARY, table, "a", "1")
        world.isolate(PRIMARY)
        world.put(STANDBY, table, "a", "2")
        assert world.value(PRIMARY, table, "a") == "1"
        assert world.value(STANDBY, table, "a", strongly=True) == "2"

    def test_it_has_everything_once_it_has_caught_up(self, world: StrongWorld, table: str) -> None:
        world.put(PRIMARY, table, "a", "1")
        world.put(PRIMARY, table, "b", "1")
        world.isolate(PRIMARY)
        world.put(STANDBY, table, "a", "2")
        world.call(STANDBY, "DeleteItem", TableName=table, Key=key_of("b"))
        world.put(STANDBY, table, "c", "2")
        world.faults.heal()
        with pytest.raises(RefusedRequestError, match="us-east-1 is catching up"):
            world.value(PRIMARY, table, "a", strongly=True)
        assert world.value(PRIMARY, table, "a") == "1"
        world.clock.advance(CATCH_UP_SECONDS)
        assert [world.value(PRIMARY, table, key) for key in "abc"] == ["2", None, "2"]

    def test_the_status_shows_it(self, world: StrongWorld, table: str) -> None:
        world.isolate(PRIMARY)
        assert world.service.report()[table] == {PRIMARY: "isolated", STANDBY: "current"}

    def test_a_service_that_is_down_counts_as_its_region(self, world: StrongWorld, table: str) -> None:
        world.faults.inject("service-down", region=STANDBY, service="dynamodb")
        world.faults.inject("service-down", region=WITNESS, service="dynamodb")
        assert world.service.report()[table][PRIMARY] == "isolated"

    def test_paused_replication_does_not_count(self, world: StrongWorld, table: str) -> None:
        world.faults.inject("replication-paused", source=PRIMARY, destination=STANDBY)
        world.put(PRIMARY, table, "a", "1")
        assert world.value(STANDBY, table, "a") == "1"

    def test_a_replica_isolated_while_a_write_is_on_its_way_refuses_it(self, world: StrongWorld, table: str) -> None:
        async def sleep(seconds: float) -> None:
            world.isolate(PRIMARY)

        world.clock.sleep = sleep  # type: ignore[method-assign]
        with pytest.raises(RefusedRequestError, match="isolated"):
            world.put(PRIMARY, table, "a", "1")
        assert world.value(STANDBY, table, "a") is None


class TestConflicts:
    """One item is written in two regions at once."""

    def test_the_later_one_meets_a_conflict(self, world: StrongWorld, table: str) -> None:
        async def sleep(seconds: float) -> None:
            await asyncio.sleep(0)

        async def both() -> list[Any]:
            return await asyncio.gather(
                *(world.request(region, "PutItem", TableName=table, Item=item("a", region)) for region in regions),
                return_exceptions=True,
            )

        regions = (PRIMARY, STANDBY)
        world.clock.sleep = sleep  # type: ignore[method-assign]
        first, second = asyncio.run(both())
        assert first == {}
        assert second.code == "ReplicatedWriteConflictException"
        assert world.value(STANDBY, table, "a") == PRIMARY
        world.put(STANDBY, table, "a", "afterwards")


class TestUnsupported:
    """What such a table does not do."""

    @pytest.mark.parametrize("action", ["TransactWriteItems", "TransactGetItems", "ExecuteTransaction"])
    def test_transactions(self, world: StrongWorld, table: str, action: str) -> None:
        requests: dict[str, dict[str, Any]] = {
            "TransactWriteItems": {"TransactItems": [{"Put": {"TableName": table, "Item": item("a", "1")}}]},
            "TransactGetItems": {"TransactItems": [{"Get": {"TableName": table, "Key": key_of("a")}}]},
            "ExecuteTransaction": {
                "TransactStatements": [{"Statement": f"INSERT INTO \"{table}\" VALUE {{'pk': 'a'}}"}]
            },
        }
        with pytest.raises(RefusedRequestError, match="Transactions are not supported"):
            world.call(PRIMARY, action, **requests[action])

    def test_time_to_live(self, world: StrongWorld, table: str) -> None:
        setting = {"Enabled": True, "AttributeName": "expires"}
        with pytest.raises(RefusedRequestError, match="Time to Live is not supported"):
            world.call(PRIMARY, "UpdateTimeToLive", TableName=table, TimeToLiveSpecification=setting)
