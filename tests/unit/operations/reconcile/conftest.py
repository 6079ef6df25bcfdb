"""Where a reconciliation leaves its trail, and what it finds before anything is wrong."""

from pathlib import Path

import pytest

from tests.unit.operations.reconcile.world import World, stored


@pytest.fixture
def trail(tmp_path: Path) -> Path:
    """Return the file of an audit trail that does not exist yet."""
    return tmp_path / "trail.jsonl"


@pytest.fixture
def world() -> World:
    """Return a world that holds one payment, and holds it everywhere."""
    world = World()
    world.hold(stored("paid"))
    return world
