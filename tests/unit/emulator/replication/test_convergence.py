"""Whatever is written where, and however long it takes: in the end all replicas hold what was written last."""

from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.replication.lag import Lag
from tests.unit.emulator.replication.world import EAST, OHIO, OREGON, World

REGIONS = (EAST, OHIO, OREGON)
KEYS = ("a", "b")

Step = tuple[str, str, str, float]

steps = st.lists(
    st.tuples(
        st.sampled_from(["put", "put", "update", "delete", "pause", "slow", "down", "heal"]),
        st.sampled_from(REGIONS),
        st.sampled_from(KEYS),
        st.sampled_from([0.0, 0.1, 0.3, 0.7, 2.0]),
    ),
    max_size=25,
)


@settings(max_examples=300, deadline=None)
@given(steps=steps, replicas=st.sampled_from([2, 3]), seed=st.integers(0, 5))
def test_all_replicas_end_with_the_last_write(steps: list[Step], replicas: int, seed: int) -> None:
    regions = REGIONS[:replicas]
    last: dict[str, dict[str, str] | None] = dict.fromkeys(KEYS)
    with World.patched():
        world = World(lag=Lag(mean_seconds=1, spread_seconds=1, seed=seed))
        table = world.create_table(regions[0], *regions[1:])
        for number, (action, place, key, seconds) in enumerate(steps):
            region = place if place in regions else regions[0]
            match action:
                case "put":
                    world.put(region, table, key, number)
                    last[key] = world.item(region, table, key)
                case "update":
                    world.add(region, table, key, f"by-{region}", number)
                    last[key] = world.item(region, table, key)
                case "delete":
                    # Deleting what a region has not got yet is no write, as on AWS: its stream gets no record.
                    if world.item(region, table, key) is not None:
                        last[key] = None
                    world.delete(region, table, key)
                case "pause" | "slow":
                    link = {"source": region, "destination": regions[0] if region != regions[0] else regions[1]}
                    if action == "pause":
                        world.faults.inject("replication-paused", **link)
                    else:
                        world.faults.inject("replication-slow", **link, seconds=1.5)
                case "down":
                    world.faults.inject("region-down", region=region)
                case _:
                    world.faults.heal()
            world.wait(seconds)
        world.faults.heal()
        world.wait(10)
        assert {key: [world.item(region, table, key) for region in regions] for key in KEYS} == {
            key: [value] * replicas for key, value in last.items()
        }
        assert len(world.replication._tables._writers) == 0
        world.call(regions[0], "DeleteTable", TableName=table)
