"""Items reach the other regions late, in order, and the last writer wins."""

import pytest

from tests.unit.emulator.replication.world import EAST, OHIO, OREGON, World


class TestLag:
    """What one region writes is not there at once in the other."""

    def test_a_write_arrives_after_its_lag(self, world: World, table: str) -> None:
        world.put(EAST, table, "a", 1)
        world.wait(0.49)
        assert world.item(OHIO, table, "a") is None
        world.wait(0.52)
        assert world.item(OHIO, table, "a") == {"value": "1"}

    def test_each_replica_is_written_to(self, world: World, table: str) -> None:
        world.put(OHIO, table, "a", 1)
        world.wait(1)
        assert world.item(EAST, table, "a") == {"value": "1"}

    def test_a_delete_arrives_too(self, world: World, table: str) -> None:
        world.put(EAST, table, "a", 1)
        world.delete(EAST, table, "a")
        world.wait(2)
        assert world.item(OHIO, table, "a") is None
        assert world.records(OHIO, table) == [("INSERT", None, "1"), ("REMOVE", "1", None)]

    def test_a_table_without_replicas_sends_nothing(self, world: World) -> None:
        table = world.create_table(EAST)
        world.put(EAST, table, "a", 1)
        assert world.under_way(EAST, OHIO) == {}

    def test_a_sort_key_is_part_of_the_item(self, world: World) -> None:
        table = world.create_table(EAST, OHIO, sort_key=True)
        for sort in "xy":
            world.call(EAST, "PutItem", TableName=table, Item={"pk": {"S": "a"}, "sk": {"S": sort}})
        world.call(EAST, "DeleteItem", TableName=table, Key={"pk": {"S": "a"}, "sk": {"S": "x"}})
        world.wait(2)
        assert list(world.stored(OHIO, table)["items"]["a"]) == ["y"]


class TestOperations:
    """Every operation that writes replicates what it leaves behind."""

    def test_an_update_carries_the_whole_item(self, world: World, table: str) -> None:
        world.put(EAST, table, "a", 1)
        world.add(EAST, table, "a", "more", 2)
        world.wait(2)
        assert world.item(OHIO, table, "a") == {"value": "1", "more": "2"}

    def test_a_batch(self, world: World, table: str) -> None:
        world.put(EAST, table, "old", 0)
        requests = [
            {"PutRequest": {"Item": {"pk": {"S": "a"}, "value": {"S": "1"}}}},
            {"DeleteRequest": {"Key": {"pk": {"S": "old"}}}},
        ]
        world.call(EAST, "BatchWriteItem", RequestItems={table: requests})
        world.wait(2)
        assert (world.item(OHIO, table, "a"), world.item(OHIO, table, "old")) == ({"value": "1"}, None)

    def test_a_transaction(self, world: World, table: str) -> None:
        world.put(EAST, table, "old", 0)
        world.put(EAST, table, "b", 1)
        update = {
            "TableName": table,
            "Key": {"pk": {"S": "b"}},
            "UpdateExpression": "SET more = :v",
            "ExpressionAttributeValues": {":v": {"S": "2"}},
        }
        writes = [
            {"Put": {"TableName": table, "Item": {"pk": {"S": "a"}, "value": {"S": "1"}}}},
            {"Update": update},
            {"Delete": {"TableName": table, "Key": {"pk": {"S": "old"}}}},
        ]
        world.call(EAST, "TransactWriteItems", TransactItems=writes)
        world.wait(2)
        found = [world.item(OHIO, table, key) for key in ("a", "b", "old")]
        assert found == [{"value": "1"}, {"value": "1", "more": "2"}, None]

    def test_partiql_statements(self, world: World, table: str) -> None:
        for statement in (
            "INSERT INTO {} VALUE {{'pk': 'a', 'value': '1'}}",
            "UPDATE {} SET value='2' WHERE pk='a'",
            "INSERT INTO {} VALUE {{'pk': 'b', 'value': '1'}}",
            "DELETE FROM {} WHERE pk='b'",
            "DELETE FROM {} WHERE pk='never there'",
        ):
            world.call(EAST, "ExecuteStatement", Statement=statement.format(f'"{table}"'))
        world.wait(3)
        assert (world.item(OHIO, table, "a"), world.item(OHIO, table, "b")) == ({"value": "2"}, None)
        assert len(world.records(EAST, table)) == 4

    def test_a_transaction_of_statements_counts_as_a_whole_or_not_at_all(self, world: World, table: str) -> None:
        insert = "INSERT INTO {} VALUE {{'pk': '{}', 'value': '1'}}"
        world.put(EAST, table, "taken", 0)
        failing = [{"Statement": insert.format(f'"{table}"', key)} for key in ("a", "taken")]
        with pytest.raises(AssertionError, match="TransactionCanceledException"):
            world.call(EAST, "ExecuteTransaction", TransactStatements=failing)
        working = [{"Statement": insert.format(f'"{table}"', key)} for key in ("b", "c")]
        world.call(EAST, "ExecuteTransaction", TransactStatements=working)
        world.wait(2)
        assert sorted(world.stored(OHIO, table)["items"]) == ["b", "c", "taken"]


class TestConflicts:
    """The last writer wins by the time of the write, not of the arrival (FACTS 1.6)."""

    def test_a_late_older_write_does_not_overwrite_a_newer_local_one(self, world: World, table: str) -> None:
        world.put(EAST, table, "a", "older")
        world.wait(0.1)
        world.put(OHIO, table, "a", "newer")
        world.wait(2)
        assert world.item(EAST, table, "a") == world.item(OHIO, table, "a") == {"value": "newer"}
        assert world.records(OHIO, table) == [("INSERT", None, "newer")]

    def test_a_late_older_write_does_not_bring_back_what_was_deleted(self, world: World, table: str) -> None:
        world.put(OHIO, table, "a", 0)
        world.wait(1)
        world.put(EAST, table, "a", "older")
        world.delete(OHIO, table, "a")
        world.wait(2)
        assert world.item(EAST, table, "a") is world.item(OHIO, table, "a") is None

    def test_a_late_older_delete_leaves_a_newer_item(self, world: World, table: str) -> None:
        world.put(EAST, table, "a", 0)
        world.wait(1)
        world.delete(EAST, table, "a")
        world.put(OHIO, table, "a", "newer")
        world.wait(2)
        assert world.item(EAST, table, "a") == world.item(OHIO, table, "a") == {"value": "newer"}

    def test_nothing_is_remembered_when_all_has_arrived(self, world: World, table: str) -> None:
        for number in range(20):
            world.put(EAST, table, str(number), number)
            world.put(OHIO, table, str(number), number)
            world.delete(OHIO, table, str(number))
        world.wait(2)
        assert len(world.replication._tables._writers) == 0


class TestStream:
    """The receiving replica's stream gets the record when the write arrives."""

    def test_the_record_comes_with_the_item(self, world: World, table: str) -> None:
        world.put(EAST, table, "a", 1)
        assert (len(world.records(EAST, table)), len(world.records(OHIO, table))) == (1, 0)
        world.wait(1)
        world.put(EAST, table, "a", 2)
        world.wait(1)
        assert world.records(OHIO, table) == [("INSERT", None, "1"), ("MODIFY", "1", "2")]

    def test_it_goes_no_further(self, world: World) -> None:
        table = world.create_table(EAST, OHIO, OREGON)
        world.put(EAST, table, "a", 1)
        world.wait(3)
        assert [len(world.records(region, table)) for region in (EAST, OHIO, OREGON)] == [1, 1, 1]


class TestFaults:
    """Links are slowed, paused and resumed one way or both, and wait for regions that are down."""

    def test_paused_one_way_the_other_goes_on(self, world: World, table: str) -> None:
        world.faults.inject("replication-paused", source=EAST, destination=OHIO)
        world.put(EAST, table, "a", 1)
        world.put(OHIO, table, "b", 2)
        world.wait(300)
        assert world.item(OHIO, table, "a") is None
        assert world.item(EAST, table, "b") == {"value": "2"}
        assert world.under_way(EAST, OHIO) == {"dynamodb": (1, 300)}
        assert world.under_way(OHIO, EAST) == {}

    def test_what_was_written_while_paused_arrives_in_order_on_resume(self, world: World, table: str) -> None:
        world.faults.inject("replication-paused", source=EAST, destination=OHIO)
        for number in range(5):
            world.put(EAST, table, "a", number)
            world.wait(10)
        world.faults.heal()
        world.wait(0)
        assert [new for _, _, new in world.records(OHIO, table)] == ["0", "1", "2", "3", "4"]

    def test_a_pause_of_s3_does_not_hold_up_items(self, world: World, table: str) -> None:
        world.faults.inject("replication-paused", source=EAST, destination=OHIO, kind="s3")
        world.put(EAST, table, "a", 1)
        world.wait(1)
        assert world.item(OHIO, table, "a") is not None

    def test_a_slow_link_delays_what_is_under_way_too_and_heals_at_once(self, world: World, table: str) -> None:
        world.put(EAST, table, "a", 1)
        world.faults.inject("replication-slow", source=EAST, destination=OHIO, seconds=60)
        world.wait(60)
        assert world.item(OHIO, table, "a") is None
        world.wait(1)
        assert world.item(OHIO, table, "a") == {"value": "1"}
        world.put(EAST, table, "a", 2)
        world.wait(10)
        world.faults.heal()
        world.wait(0)
        assert world.item(OHIO, table, "a") == {"value": "2"}

    @pytest.mark.parametrize("down", [EAST, OHIO])
    def test_writes_wait_for_a_region_that_is_down_and_appear_then(self, world: World, table: str, down: str) -> None:
        """Un-replicated writes appear when the region returns (FACTS 1.11)."""
        world.put(EAST, table, "a", 1)
        fault = world.faults.inject("region-down", region=down)
        world.wait(3600)
        assert world.item(OHIO, table, "a") is None
        world.faults.heal(fault.id)
        world.wait(0)
        assert world.item(OHIO, table, "a") == {"value": "1"}
