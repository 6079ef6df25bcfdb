"""Gaps of the logs are filled, and who fills them is told from a function."""

import json
from collections import Counter
from pathlib import Path

import pytest
from botocore.exceptions import EndpointConnectionError

from operations.reconcile.sources import LOGS, TABLES, Place
from tests.unit.operations.reconcile.world import PRIMARY, REGIONS, World, stored


@pytest.mark.parametrize("gap", [LOGS, LOGS[:1], LOGS[1:]])
def test_what_logs_miss_is_written_with_who_and_why(trail: Path, gap: tuple[Place, ...]) -> None:
    world = World()
    world.hold(stored("unlogged"), *TABLES, *(set(LOGS) - set(gap)))
    before = {region: set(bucket.objects) for region, bucket in world.buckets.items()}
    report = world.reconcile(trail, log_reason="the bucket was out of reach")
    assert report.repairs == Counter({(place, "written to the log"): 1 for place in gap})
    assert report.clean
    for place in gap:
        bucket = world.buckets[REGIONS[place.role]]
        (key,) = set(bucket.objects) - before[REGIONS[place.role]]
        assert key.startswith("transaction-logs/operators/2026/05/28/unlogged-")
        line = json.loads(bucket.objects[key])
        assert (line["by"], line["reason"], line["id"]) == ("tests", "the bucket was out of reach", "unlogged")
    assert world.reconcile(trail).clean


def test_a_line_that_was_written_again_is_no_difference(trail: Path) -> None:
    world = World()
    world.hold(stored("unlogged"), *TABLES)
    world.reconcile(trail, log_reason="first")
    world.hold(stored("unlogged"), *LOGS)  # the stream's batch came through after all
    assert world.reconcile(trail).clean


def test_what_a_human_must_decide_is_not_written(trail: Path) -> None:
    world = World()
    world.hold(stored("both"), TABLES[0])
    world.hold(stored("both", amount="99.99"), TABLES[1])
    assert not world.reconcile(trail, log_reason="gap").repairs


def test_a_bucket_that_refuses_leaves_the_gap(trail: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    world.hold(stored("unlogged"), *TABLES, LOGS[1])

    def refuse(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://s3")

    monkeypatch.setattr(world.buckets[PRIMARY], "put_object", refuse)
    report = world.reconcile(trail, log_reason="gap")
    assert (report.repairs, report.left) == (Counter({(LOGS[0], "failed"): 1}), 1)
