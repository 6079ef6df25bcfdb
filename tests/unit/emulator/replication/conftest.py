"""MiniStack's tables and buckets in this process, replicated under a clock that tests move."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from tests.unit.emulator.replication.world import EAST, OHIO, World


@pytest.fixture
def patched() -> Iterator[None]:
    """Undo what installing replaces in MiniStack."""
    with World.patched():
        yield


@pytest.fixture
def world(patched: None) -> World:
    return World()


@pytest.fixture
def table(world: World) -> str:
    """Create a global table with a replica in us-east-1 and one in us-east-2."""
    return world.create_table(EAST, OHIO)


_bucket_numbers = count(1)


@pytest.fixture
def bucket_pair(world: World) -> Callable[..., tuple[str, str]]:
    """Create a bucket in us-east-1 and one in us-east-2, replicated one way or both."""

    def create(*, both_ways: bool = False, **rule: Any) -> tuple[str, str]:
        number = next(_bucket_numbers)
        source, destination = f"source-{number}", f"destination-{number}"
        world.create_bucket(EAST, source)
        world.create_bucket(OHIO, destination)
        world.replicate(source, destination, **rule)
        if both_ways:
            world.replicate(destination, source, **rule)
        return source, destination

    return create
