"""Strongly consistent tables in this process, under a clock that tests move."""

from collections.abc import Iterator

import pytest

from tests.unit.emulator.strong_consistency.world import StrongWorld


@pytest.fixture
def world() -> Iterator[StrongWorld]:
    """Undo afterwards what installing replaces in MiniStack."""
    with StrongWorld.patched():
        yield StrongWorld()


@pytest.fixture
def table(world: StrongWorld) -> str:
    return world.create()
