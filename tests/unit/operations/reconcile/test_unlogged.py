"""How young a payment may be that a bucket's logs lack: its own region's soon hold it, the copy has S3's 15 minutes."""

from pathlib import Path

import pytest

from operations.reconcile.findings import FindingKind
from operations.reconcile.looking import LOG_LAG_SECONDS, STREAM_LAG_SECONDS
from operations.reconcile.sources import LOGS, TABLES, Place
from tests.unit.operations.reconcile.world import NOW, PRIMARY, STANDBY, World, found, stored

PRIMARY_LOGS, STANDBY_LOGS = LOGS


@pytest.mark.parametrize(("region", "own"), [(PRIMARY, PRIMARY_LOGS), (STANDBY, STANDBY_LOGS)])
@pytest.mark.parametrize(
    ("age", "both"),
    [(STREAM_LAG_SECONDS - 1, None), (STREAM_LAG_SECONDS + 1, False), (LOG_LAG_SECONDS + 1, True)],
    ids=["the stream may be at it", "its own region has not logged it", "no region has"],
)
def test_gap_counts_after_the_time_of_stream_and_replication(
    trail: Path, region: str, own: Place, age: float, *, both: bool | None
) -> None:
    world = World()
    world.hold(stored("unlogged", at=NOW - age, region=region), *TABLES)
    report = world.reconcile(trail)
    expected = {None: frozenset[Place](), False: frozenset({own}), True: frozenset(LOGS)}[both]
    assert found(trail) == ({"unlogged": ((FindingKind.MISSING,), expected)} if expected else {})
    assert report.clean is not bool(expected)


def test_copy_that_s3_has_not_made_yet_is_no_difference(trail: Path) -> None:
    world = World()
    world.hold(stored("logged", at=NOW - STREAM_LAG_SECONDS - 1), *TABLES, PRIMARY_LOGS)
    assert world.reconcile(trail).clean


def test_functions_keep_real_time_where_an_emulator_runs_faster(trail: Path) -> None:
    world = World()
    world.clock.scale = 5.0
    world.hold(stored("unlogged", at=NOW - STREAM_LAG_SECONDS + 1), *TABLES)
    assert world.reconcile(trail).clean
