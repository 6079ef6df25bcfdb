"""Time that begins to pass faster while the emulator runs, and slower again; seen from outside."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from emulator import Emulator, running
from tests.emulated.emulator.replicated import HERE, THERE, Pair, Table, eventually
from tests.emulated.emulator.sample_api import administrator

LAG_SECONDS = 600


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with running(replication_lag=LAG_SECONDS) as started:
        yield started


@pytest.fixture
def table(emulator: Emulator) -> Table:
    client = administrator(emulator)
    dynamodb = client("dynamodb")
    dynamodb.create_table(
        TableName="table",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
    )
    dynamodb.update_table(TableName="table", ReplicaUpdates=[{"Create": {"RegionName": THERE}}])
    return Table(Pair(client, emulator.control), "table")


def time_scale(emulator: Emulator, *arguments: str) -> tuple[int, str, str]:
    """Run the command as in another terminal; return its exit status and what it printed."""
    command = [sys.executable, "-m", "emulator", "time-scale", *arguments]
    environment = {**os.environ, **emulator.environment}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    return ended.returncode, ended.stdout, ended.stderr


def test_what_is_under_way_goes_on_at_the_new_pace(emulator: Emulator, table: Table) -> None:
    def age() -> float:
        link = emulator.status()["replication"][f"{HERE} -> {THERE}"]["dynamodb"]
        return float(link["oldest_seconds"]) if link["pending"] else 0

    table.put(HERE, "a", 1)
    time.sleep(1)
    assert (table.value(THERE, "a"), 1 <= age() < LAG_SECONDS / 2) == (None, True)
    emulator.set_time_scale(100)
    assert (emulator.status()["time_scale"], emulator.time_scale) == (100, 100)
    eventually(lambda: age() > 100)
    emulator.set_time_scale(1)
    slowed = age()
    assert 100 < slowed < LAG_SECONDS / 2  # no jump: the seconds before count as they did
    time.sleep(0.5)
    assert age() < slowed + 30
    emulator.set_time_scale(1000)
    eventually(lambda: table.value(THERE, "a") == 1)
    emulator.set_time_scale(1)


def test_it_is_a_command(emulator: Emulator) -> None:
    assert time_scale(emulator, "2.5") == (0, "time scale: 2.5\n", "")
    assert emulator.time_scale == 2.5
    status, said, _ = time_scale(emulator, "1", "--json")
    assert (status, json.loads(said), emulator.time_scale) == (0, {"time_scale": 1.0}, 1)


@pytest.mark.parametrize("scale", ["0", "fast", "nan", "1001"])
def test_a_mistake_is_one_line(emulator: Emulator, scale: str) -> None:
    said = f"a time scale is a number from 1 to 1000, got {scale}"
    assert time_scale(emulator, scale) == (1, "", f"emulator: {said}\n")
    with pytest.raises(ValueError, match=said):
        emulator.set_time_scale(float(scale) if scale != "fast" else scale)  # type: ignore[arg-type]
    assert emulator.time_scale == 1
