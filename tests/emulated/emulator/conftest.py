"""One emulator for these tests, with a small API of the same shape in two regions; the real stack is not needed."""

from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest

from emulator import Emulator, running
from tests.emulated.emulator.sample_api import SampleApi, deploy


@pytest.fixture(scope="session")
def plain_emulator() -> Iterator[Emulator]:
    with running() as emulator:
        yield emulator


@pytest.fixture(scope="session")
def client(plain_emulator: Emulator) -> Callable[..., Any]:
    """Make boto3 clients of the account's administrator."""
    environment = plain_emulator.environment

    def make(service: str, region: str = "us-east-1", **more: Any) -> Any:
        credentials = {
            "aws_access_key_id": environment["AWS_ACCESS_KEY_ID"],
            "aws_secret_access_key": environment["AWS_SECRET_ACCESS_KEY"],
        }
        options = {"region_name": region, "endpoint_url": plain_emulator.endpoint_url, **credentials, **more}
        return boto3.session.Session().client(service, **options)

    return make


@pytest.fixture(scope="session")
def sample_api(client: Callable[..., Any]) -> SampleApi:
    return deploy(client)
