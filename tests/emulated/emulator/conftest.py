"""One emulator for these tests, with a small API of the same shape in two regions; the real stack is not needed."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from emulator import Emulator, running
from tests.emulated.emulator.sample_api import SampleApi, administrator, deploy


@pytest.fixture(scope="session")
def plain_emulator() -> Iterator[Emulator]:
    with running() as emulator:
        yield emulator


@pytest.fixture(scope="session")
def client(plain_emulator: Emulator) -> Callable[..., Any]:
    """Make boto3 clients of the account's administrator, of us-east-1 unless told otherwise."""
    return administrator(plain_emulator)


@pytest.fixture(scope="session")
def sample_api(client: Callable[..., Any]) -> SampleApi:
    return deploy(client)
