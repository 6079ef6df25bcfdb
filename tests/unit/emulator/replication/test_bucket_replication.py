"""Objects reach the other bucket late, version by version, and say how far they are."""

from collections.abc import Callable
from typing import Any

import pytest
from ministack.services import s3

from tests.unit.emulator.replication.world import EAST, OHIO, World

Pair = Callable[..., tuple[str, str]]


class TestLag:
    """What is uploaded to one bucket is not there at once in the other."""

    def test_an_object_is_pending_then_completed(self, world: World, bucket_pair: Pair) -> None:
        source, destination = bucket_pair()
        version = world.upload(source, "a", "1")
        assert (world.status(source, "a"), world.content(destination, "a")) == ("PENDING", None)
        world.wait(1)
        assert (world.status(source, "a"), world.content(destination, "a")) == ("COMPLETED", "1")
        assert world.status(source, "a", version) == "COMPLETED"
        assert world.status(destination, "a") == "REPLICA"

    def test_every_version_is_copied_in_order_with_its_id(self, world: World, bucket_pair: Pair) -> None:
        source, destination = bucket_pair()
        uploaded = [world.upload(source, "a", str(number)) for number in range(4)]
        world.wait(2)
        assert world.versions(destination, "a") == uploaded
        assert world.content(destination, "a") == "3"
        assert [world.status(source, "a", version) for version in uploaded] == ["COMPLETED"] * 4

    def test_metadata_tags_and_the_rules_storage_class_go_with_it(self, world: World, bucket_pair: Pair) -> None:
        source, destination = bucket_pair()
        s3._bucket_replication[source]["Rules"][0]["Destination"]["StorageClass"] = "STANDARD_IA"
        world.upload(source, "a", "1", **{"x-amz-meta-who": "me", "x-amz-tagging": "kind=log"})
        world.wait(1)
        copied = s3._buckets[destination]["objects"]["a"]
        assert (copied["metadata"], copied["storage_class"]) == ({"x-amz-meta-who": "me"}, "STANDARD_IA")
        assert s3._object_tags[(destination, "a", copied["version_id"])] == {"kind": "log"}

    def test_a_replica_goes_no_further(self, world: World, bucket_pair: Pair) -> None:
        source, destination = bucket_pair(both_ways=True)
        world.upload(source, "a", "1")
        world.wait(5)
        assert len(world.versions(source, "a")) == len(world.versions(destination, "a")) == 1

    def test_what_no_rule_covers_stays(self, world: World, bucket_pair: Pair) -> None:
        source, _ = bucket_pair(Filter={"Prefix": "logs/"})
        world.upload(source, "a", "1")
        assert world.status(source, "a") is None
        assert world.under_way(EAST, OHIO) == {}


class TestDeleteMarkers:
    """Delete markers are copied as the rule says; deleted versions are not (FACTS 5.4)."""

    def test_a_marker_follows_its_object(self, world: World, bucket_pair: Pair) -> None:
        source, destination = bucket_pair()
        world.upload(source, "a", "1")
        world.remove(source, "a")
        world.wait(2)
        assert world.content(destination, "a") is None
        assert world.versions(destination, "a") == world.versions(source, "a")

    def test_a_rule_without_markers_keeps_the_copy(self, world: World, bucket_pair: Pair) -> None:
        source, destination = bucket_pair(DeleteMarkerReplication={"Status": "Disabled"})
        world.upload(source, "a", "1")
        world.remove(source, "a")
        world.wait(2)
        assert world.content(destination, "a") == "1"

    def test_a_version_deleted_before_it_was_copied_never_arrives(self, world: World, bucket_pair: Pair) -> None:
        source, destination = bucket_pair()
        world.remove(source, "a", world.upload(source, "a", "1"))
        world.wait(2)
        assert world.versions(destination, "a") == []

    def test_a_version_deleted_afterwards_stays(self, world: World, bucket_pair: Pair) -> None:
        source, destination = bucket_pair()
        version = world.upload(source, "a", "1")
        world.wait(1)
        world.remove(source, "a", version)
        world.wait(2)
        assert world.versions(destination, "a") == [version]


class TestConflicts:
    """In both directions, the version that was written last is current in both buckets."""

    def test_a_late_older_version_takes_its_place_below(self, world: World, bucket_pair: Pair, times: Any) -> None:
        east, ohio = bucket_pair(both_ways=True)
        older = world.upload(east, "a", "older")
        times()
        newer = world.upload(ohio, "a", "newer")
        world.wait(2)
        assert world.content(east, "a") == world.content(ohio, "a") == "newer"
        assert world.versions(east, "a") == world.versions(ohio, "a") == [older, newer]

    def test_a_late_older_version_does_not_undo_a_delete(self, world: World, bucket_pair: Pair, times: Any) -> None:
        east, ohio = bucket_pair(both_ways=True)
        world.upload(ohio, "a", "oldest")
        world.wait(2)
        times()
        world.upload(east, "a", "older")
        times()
        world.remove(ohio, "a")
        world.wait(2)
        assert world.content(east, "a") is world.content(ohio, "a") is None
        assert world.versions(east, "a") == world.versions(ohio, "a")

    @pytest.fixture
    def times(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
        """Let a millisecond pass in what MiniStack stamps versions with."""
        now = iter(f"2027-01-15T08:00:00.{number:03}Z" for number in range(1000))
        stamp = [next(now)]
        monkeypatch.setattr(s3, "now_iso", lambda: stamp[0])
        return lambda: stamp.__setitem__(0, next(now))


class TestFaults:
    """Objects wait on a link that is paused, and for a region that is down."""

    def test_a_paused_link(self, world: World, bucket_pair: Pair) -> None:
        source, destination = bucket_pair(both_ways=True)
        world.faults.inject("replication-paused", source=EAST, destination=OHIO, kind="s3")
        world.upload(source, "a", "1")
        world.upload(destination, "b", "2")
        world.wait(60)
        assert (world.status(source, "a"), world.content(destination, "a")) == ("PENDING", None)
        assert world.content(source, "b") == "2"
        assert world.under_way(EAST, OHIO) == {"s3": (1, 60)}
        world.faults.heal()
        world.wait(0)
        assert (world.status(source, "a"), world.content(destination, "a")) == ("COMPLETED", "1")

    def test_a_region_that_is_down_leaves_objects_pending(self, world: World, bucket_pair: Pair) -> None:
        source, _ = bucket_pair()
        world.faults.inject("region-down", region=OHIO)
        world.upload(source, "a", "1")
        world.wait(600)
        assert world.status(source, "a") == "PENDING"

    def test_the_report_shows_each_links_backlog(self, world: World, bucket_pair: Pair) -> None:
        source, _ = bucket_pair()
        world.upload(source, "a", "1")
        shown = world.replication.report()
        assert shown == {"us-east-1 -> us-east-2": {"s3": {"pending": 1, "oldest_seconds": 0}}}
