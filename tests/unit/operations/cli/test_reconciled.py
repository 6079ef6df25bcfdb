"""What a failback is told of the comparison that it makes first."""

from pathlib import Path

import pytest

from contract.roles import Role
from operations.cli.reconciled import reconciled
from operations.plans.failback import Differing
from operations.reconcile.reconciliation import Scope
from operations.reconcile.sources import LOGS, TABLES
from operations.topology.readings import Known, Reading, Unknown
from tests.unit.operations.cli.sessions import session
from tests.unit.operations.reconcile.world import STANDBY, World, stored


@pytest.fixture
def world() -> World:
    world = World()
    world.hold(stored("paid"))
    return world


def told(world: World, directory: Path) -> Reading[bool]:
    opened = session(aws=world, clock=world.clock)
    return reconciled(opened, by="tests", trail=directory / "trail.jsonl", scope=Scope())


def test_the_same(world: World, tmp_path: Path) -> None:
    assert told(world, tmp_path) == Known(value=True)


def test_a_duplicate_that_nobody_has_judged_is_no_difference_of_the_replicas(world: World, tmp_path: Path) -> None:
    world.hold(stored("paid", region=STANDBY), *LOGS)
    found = told(world, tmp_path)
    assert isinstance(found, Differing)
    assert found.differences == f"they do; stored twice, and not judged yet: 1 ({tmp_path / 'trail.jsonl'})"


def test_a_loss_is_one(world: World, tmp_path: Path) -> None:
    world.hold(stored("lost"), TABLES[0], *LOGS)
    found = told(world, tmp_path)
    assert isinstance(found, Differing)
    assert found.differences.startswith("they differ: 1 missing (")


def test_a_region_out_of_reach_is_unknown_and_says_what_may_be_missing(world: World, tmp_path: Path) -> None:
    world.lose(Role.PRIMARY)
    found = told(world, tmp_path)
    assert isinstance(found, Unknown)
    assert found.reason.startswith("us-east-1 is unreachable; payments acknowledged there after 2026-05-28")
