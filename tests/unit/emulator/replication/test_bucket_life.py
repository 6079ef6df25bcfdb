"""Copies that are refused, buckets that go, and what the metrics say about it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from ministack.services import iam, s3

from tests.unit.emulator.replication.world import EAST, OHIO, World

Pair = Callable[..., tuple[str, str]]


class TestFailures:
    """What the destination or the role does not let in is FAILED, and is not tried again."""

    def test_a_destination_that_does_not_keep_versions(self, world: World, bucket_pair: Pair) -> None:
        source, destination = bucket_pair()
        s3._bucket_versioning[destination] = "Suspended"
        world.upload(source, "a", "1")
        assert world.status(source, "a") == "FAILED"

    def test_a_destination_that_is_gone_when_the_object_arrives(self, world: World, bucket_pair: Pair) -> None:
        source, destination = bucket_pair()
        world.upload(source, "a", "1")
        del s3._buckets[destination]
        world.wait(1)
        assert world.status(source, "a") == "FAILED"

    @pytest.mark.parametrize(
        "missing",
        [
            *("s3:GetReplicationConfiguration", "s3:ListBucket"),
            *("s3:GetObjectVersionForReplication", "s3:ReplicateObject"),
        ],
    )
    def test_a_role_without_a_right(self, world: World, bucket_pair: Pair, missing: str) -> None:
        source, destination = bucket_pair()
        world.replicate(source, destination, role=world.replication_role(source, destination, missing))
        world.upload(source, "a", "1")
        world.wait(1)
        assert (world.status(source, "a"), world.content(destination, "a")) == ("FAILED", None)

    def test_objects_that_arrive_together_are_judged_each_by_its_key(self, world: World, bucket_pair: Pair) -> None:
        source, destination = bucket_pair()
        role = world.replication_role(source, destination)
        secret = {"Effect": "Deny", "Action": "s3:Replicate*", "Resource": f"arn:aws:s3:::{destination}/secret/*"}
        policies = iam._roles[role.rpartition("/")[2]]["InlinePolicies"]
        policies["denies"] = json.dumps({"Statement": [secret]})
        world.replicate(source, destination, role=role)
        for key in ("a", "secret/a", "b"):
            world.upload(source, key, "1")
        world.wait(1)
        assert [world.status(source, key) for key in ("a", "secret/a", "b")] == ["COMPLETED", "FAILED", "COMPLETED"]

    @pytest.mark.parametrize("missing", ["s3:GetObjectVersionTagging", "s3:ReplicateTags"])
    def test_a_role_without_rights_to_tags_copies_without_them(
        self, world: World, bucket_pair: Pair, missing: str
    ) -> None:
        source, destination = bucket_pair()
        world.replicate(source, destination, role=world.replication_role(source, destination, missing))
        version = world.upload(source, "a", "1", **{"x-amz-tagging": "kind=log"})
        world.wait(1)
        assert world.content(destination, "a") == "1"
        assert s3._object_tags.get((destination, "a", version)) is None

    def test_a_role_that_may_not_delete(self, world: World, bucket_pair: Pair) -> None:
        source, destination = bucket_pair()
        role = world.replication_role(source, destination, "s3:ReplicateDelete")
        world.replicate(source, destination, role=role)
        world.upload(source, "a", "1")
        world.remove(source, "a")
        world.wait(2)
        assert world.content(destination, "a") == "1"


class TestBuckets:
    """Buckets go while objects are under way."""

    @pytest.mark.parametrize("deleted", [0, 1])
    def test_a_deleted_bucket_takes_what_is_under_way_along(
        self, world: World, bucket_pair: Pair, deleted: int
    ) -> None:
        pair = bucket_pair()
        world.faults.inject("replication-paused", source=EAST, destination=OHIO)
        version = world.upload(pair[0], "a", "1")
        world.remove(pair[0], "a", version)
        status, _, body = s3._delete_bucket(pair[deleted])
        assert status == 204, body
        assert world.under_way(EAST, OHIO) == {}


class TestMetrics:
    """Each metric of a rule is in the region in which AWS publishes it (FACTS 5.2)."""

    def measured(self, world: World) -> dict[tuple[str, str], Any]:
        found = {(series.metric, series.region): statistics for series, statistics, _ in world.published}
        world.published.clear()
        return found

    def test_a_minute_with_an_arrival(self, world: World, bucket_pair: Pair) -> None:
        source, destination = bucket_pair()
        world.upload(source, "a", "12345")
        world.wait(120)
        dimensions = {"SourceBucket": source, "DestinationBucket": destination, "RuleId": "everything"}
        assert all(dict(series.dimensions) == dimensions for series, _, _ in world.published)
        found = self.measured(world)
        assert 0.5 <= found.pop(("ReplicationLatency", OHIO)).maximum <= 1
        assert {key: statistics.maximum for key, statistics in found.items()} == {
            ("BytesPendingReplication", OHIO): 0,
            ("OperationsPendingReplication", OHIO): 0,
            ("OperationsFailedReplication", EAST): 0,
        }

    def test_what_is_pending_is_measured_while_nothing_arrives(self, world: World, bucket_pair: Pair) -> None:
        source, _ = bucket_pair()
        world.faults.inject("replication-paused", source=EAST, destination=OHIO)
        world.upload(source, "a", "12345")
        world.upload(source, "b", "123")
        world.wait(60)
        assert {key: statistics.maximum for key, statistics in self.measured(world).items()} == {
            ("BytesPendingReplication", OHIO): 8,
            ("OperationsPendingReplication", OHIO): 2,
        }

    def test_a_region_cut_off_from_the_sources_learns_nothing(self, world: World, bucket_pair: Pair) -> None:
        source, _ = bucket_pair()
        world.faults.inject("partition", source=EAST, destination=OHIO)
        world.upload(source, "a", "1")
        world.wait(300)
        assert world.published == []

    def test_a_failure_counts_in_the_source_region(self, world: World, bucket_pair: Pair) -> None:
        source, destination = bucket_pair()
        world.upload(source, "a", "1")
        world.upload(source, "b", "1")
        world.wait(1)
        s3._bucket_versioning[destination] = "Suspended"
        world.upload(source, "c", "1")
        world.wait(60)
        failed = self.measured(world)["OperationsFailedReplication", EAST]
        assert (failed.sum, failed.count) == (1, 3)

    def test_a_rule_without_metrics_has_none(self, world: World, bucket_pair: Pair) -> None:
        source, _ = bucket_pair()
        s3._bucket_replication[source]["Rules"][0]["Destination"].pop("Metrics")
        world.upload(source, "a", "1")
        world.wait(120)
        assert world.published == []
