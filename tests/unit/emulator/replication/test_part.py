"""The part wakes when there is something to do, and only then."""

import asyncio
from collections.abc import Awaitable, Callable

from emulator.clock import ScaledEmulatorClock
from emulator.faults import ActiveFaults
from emulator.replication.lag import Lag
from emulator.replication.part import Replication
from tests.unit.emulator.replication.world import EAST, OHIO, World


class RunningWorld(World):
    """The same under the real clock, twenty times as fast, with the part running."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0
        self.faults = ActiveFaults()
        self.replication = Replication(
            clock=ScaledEmulatorClock(20),
            faults=self.faults,
            lag=Lag(mean_seconds=1, spread_seconds=0),
            publish=lambda *datapoint: self.published.append(datapoint),
        )
        self.replication.install()
        step = self.replication.step

        def counted() -> None:
            self.looks += 1
            step()

        self.replication.step = counted  # type: ignore[method-assign]

    def run(self, scenario: Callable[[], Awaitable[None]]) -> None:
        async def together() -> None:
            part = asyncio.create_task(self.replication.run())
            await asyncio.sleep(0.01)
            await scenario()
            assert not part.done(), part.exception()
            part.cancel()

        asyncio.run(together())


async def until(condition: Callable[[], object], seconds: float = 2.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 — the part tells nobody when something has arrived
            await asyncio.sleep(0.005)


def test_a_write_wakes_it_and_arrives(patched: None) -> None:
    world = RunningWorld()
    table = world.create_table(EAST, OHIO)

    async def scenario() -> None:
        world.put(EAST, table, "a", 1)
        await asyncio.sleep(0.02)
        assert world.item(OHIO, table, "a") is None
        await until(lambda: world.item(OHIO, table, "a"))

    world.run(scenario)


def test_healing_wakes_it_from_another_thread(patched: None) -> None:
    world = RunningWorld()
    table = world.create_table(EAST, OHIO)

    async def scenario() -> None:
        world.faults.inject("replication-paused", source=EAST, destination=OHIO)
        world.put(EAST, table, "a", 1)
        await asyncio.sleep(0.1)
        assert world.item(OHIO, table, "a") is None
        await asyncio.to_thread(world.faults.heal)
        await until(lambda: world.item(OHIO, table, "a"))

    world.run(scenario)


def test_it_sleeps_while_nothing_is_under_way(patched: None) -> None:
    world = RunningWorld()

    async def scenario() -> None:
        looks = world.looks
        await asyncio.sleep(0.2)
        assert world.looks == looks

    world.run(scenario)


def test_many_writes_are_not_a_look_each(patched: None) -> None:
    world = RunningWorld()
    table = world.create_table(EAST, OHIO)

    async def scenario() -> None:
        world.faults.inject("replication-paused", source=EAST, destination=OHIO)
        looks = world.looks
        for number in range(300):
            world.put(EAST, table, str(number), number)
            await asyncio.sleep(0)
        assert world.looks - looks < 100
        world.faults.heal()
        await until(lambda: world.item(OHIO, table, "299"))

    world.run(scenario)
