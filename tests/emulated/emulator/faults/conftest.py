"""One emulator for the tests of faults, with a small API and a function in two regions; every test heals it."""

from collections.abc import Iterator

import pytest

from emulator import Emulator, running
from tests.emulated.emulator.faults.calling import EAST, ONCE, STANDBY, WORKER_CODE, Client
from tests.emulated.emulator.sample_api import SampleApi, administrator, create_function, deploy, role


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    with running(replication_lag=0) as started:
        yield started


@pytest.fixture(autouse=True)
def healed(emulator: Emulator) -> Iterator[None]:
    """Leave no fault behind, whatever a test does."""
    yield
    emulator.heal()


@pytest.fixture(scope="session")
def client(emulator: Emulator) -> Client:
    """Make the administrator's clients, which ask once and wait four seconds."""
    return administrator(emulator, ONCE)


@pytest.fixture(scope="session")
def api(emulator: Emulator) -> SampleApi:
    return deploy(administrator(emulator))


@pytest.fixture(scope="session")
def functions(client: Client) -> dict[str, str]:
    """Make a function in each region that sleeps, or calls somewhere; return their names."""
    allowed = [
        {"Action": "sqs:*", "Resource": "*"},
        {"Action": "logs:*", "Resource": "*"},
    ]
    arn = role(client, "caller", *allowed)
    for region in (EAST, STANDBY):
        create_function(client, region, f"caller-{region}", arn, WORKER_CODE)
    return {region: f"caller-{region}" for region in (EAST, STANDBY)}
