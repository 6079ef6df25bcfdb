"""Replicas and tables come and go while writes are under way, and leave their latency behind."""

import pytest

from emulator.replication.lag import Lag
from tests.unit.emulator.replication.world import EAST, OHIO, OREGON, World


class TestTables:
    """What is under way goes with its destination, not with its source."""

    def test_a_new_replica_begins_as_a_copy(self, world: World) -> None:
        table = world.create_table(EAST)
        world.put(EAST, table, "a", 1)
        world.add_replica(EAST, table, OHIO)
        assert world.item(OHIO, table, "a") == {"value": "1"}

    def test_a_new_replica_gets_what_is_still_under_way_to_its_creator(self, world: World, table: str) -> None:
        world.put(OHIO, table, "a", 1)
        world.put(OHIO, table, "b", "older")
        world.put(EAST, table, "b", "newer")
        world.add_replica(EAST, table, OREGON)
        world.wait(3)
        for region in (EAST, OHIO, OREGON):
            assert world.item(region, table, "a") == {"value": "1"}
            assert world.item(region, table, "b") == {"value": "newer"}

    def test_a_deleted_replica_takes_what_is_under_way_to_it_along(self, world: World, table: str) -> None:
        world.faults.inject("replication-paused", source=EAST, destination=OHIO)
        world.put(EAST, table, "a", 1)
        world.call(EAST, "UpdateTable", TableName=table, ReplicaUpdates=[{"Delete": {"RegionName": OHIO}}])
        assert world.under_way(EAST, OHIO) == {}
        assert len(world.replication._tables._writers) == 0

    def test_a_deleted_source_leaves_what_it_has_sent(self, world: World, table: str) -> None:
        world.put(EAST, table, "a", 1)
        world.call(EAST, "DeleteTable", TableName=table)
        world.wait(1)
        assert world.item(OHIO, table, "a") == {"value": "1"}

    def test_a_replica_made_anew_gets_nothing_twice(self, world: World, table: str) -> None:
        world.faults.inject("replication-paused", source=EAST, destination=OHIO)
        world.put(EAST, table, "a", "before")
        for action in ("Delete", "Create"):
            world.call(EAST, "UpdateTable", TableName=table, ReplicaUpdates=[{action: {"RegionName": OHIO}}])
        world.faults.heal()
        world.wait(2)
        assert world.item(OHIO, table, "a") == {"value": "before"}
        assert world.records(OHIO, table) == []

    def test_a_table_of_the_same_name_is_another_table(self, world: World, table: str) -> None:
        world.put(EAST, table, "a", 1)
        stored = world.stored(OHIO, table)
        stored["TableId"] = "another"  # as if deleted and made anew past the hooks, by CloudFormation say
        world.wait(2)
        assert world.item(OHIO, table, "a") is None
        assert len(world.replication._tables._writers) == 0


class TestLatencyMetric:
    """ReplicationLatency is made of what arrives, and lies in the source region (FACTS 1.1, 1.2)."""

    def test_a_minute_with_arrivals_gives_one_datapoint(self, world: World, table: str) -> None:
        for number in range(3):
            world.put(EAST, table, str(number), number)
        world.wait(120)
        ((series, statistics, timestamp),) = world.published
        assert (series.region, series.namespace, series.metric) == (EAST, "AWS/DynamoDB", "ReplicationLatency")
        assert (series.unit, dict(series.dimensions)) == ("Milliseconds", {"TableName": table, "ReceivingRegion": OHIO})
        assert statistics.count == 3
        assert 500 <= statistics.minimum < statistics.maximum <= 1000
        assert timestamp % 60 == pytest.approx(0.001, abs=1e-6)

    def test_nothing_is_published_while_nothing_arrives(self, world: World, table: str) -> None:
        world.faults.inject("replication-paused", source=EAST, destination=OHIO)
        world.put(EAST, table, "a", 1)
        world.wait(600)
        assert world.published == []
        world.faults.heal()
        world.wait(60)
        ((_, statistics, _),) = world.published
        assert statistics.maximum == pytest.approx(600_000)

    def test_it_is_counted_in_emulated_time(self, patched: None) -> None:
        world = World(lag=Lag(mean_seconds=10, spread_seconds=0), scale=60)
        table = world.create_table(EAST, OHIO)
        world.put(EAST, table, "a", 1)
        started = world.clock.time()
        world.wait(60)
        ((_, statistics, timestamp),) = world.published
        assert statistics.maximum == pytest.approx(10_000)
        assert 0 < timestamp - started <= 1  # a minute is a second
