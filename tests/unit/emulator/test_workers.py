"""What worker processes get and see."""

import socket
import sys
from pathlib import Path
from typing import Any

import pytest

from emulator.functions.worker_prelude import prepare
from emulator.functions.workers import worker_environment
from emulator.regions import ADDRESSES, HOST_PATTERN


def test_only_lambdas_own_variables_pass() -> None:
    machine = {
        "HOME": "/root",
        "AWS_PROFILE": "prod",
        "PYTHONPATH": "/src",
        "DR_DOMAIN_NAME": "x",
        "AWS_CA_BUNDLE": "y",
    }
    lambdas = {"AWS_REGION": "us-east-2", "AWS_SESSION_TOKEN": "t", "AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}
    environment = worker_environment({**machine, **lambdas, "AWS_LAMBDA_FUNCTION_NAME": "f"}, Path("/ca.pem"))
    assert not machine.keys() & environment.keys()
    assert lambdas.items() <= environment.items()
    assert environment["SSL_CERT_FILE"] == "/ca.pem"
    assert environment["AWS_LAMBDA_LOG_GROUP_NAME"] == "/aws/lambda/f"


class TestPrelude:
    """What runs first in a worker."""

    @pytest.fixture(autouse=True)
    def prepared(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "path", ["/worker", "/lib/python3.13", "/venv/lib/python3.13/site-packages"])
        monkeypatch.setattr(socket, "getaddrinfo", lambda *asked, **_: asked)
        prepare(sdk="/sdk", addresses=ADDRESSES, pattern=HOST_PATTERN, port=8443)

    def test_the_library_and_the_sdk_are_all_there_is(self) -> None:
        assert sys.path == ["/lib/python3.13", "/sdk"]

    @pytest.mark.parametrize(
        ("asked", "answered"),
        [
            (("us-east-2.api.example.com", 443), ("127.0.1.2", 8443)),
            (("US-EAST-1.api.example.com", "https"), ("127.0.1.1", 8443)),
            (("x.execute-api.us-west-2.amazonaws.com", 80), ("127.0.1.3", 80)),
            (("api.example.com", 443), ("api.example.com", 443)),
            (("127.0.0.1", 4566), ("127.0.0.1", 4566)),
            ((None, 443), (None, 443)),
        ],
    )
    def test_names_of_one_region_resolve(self, asked: tuple[Any, Any], answered: tuple[Any, Any]) -> None:
        assert socket.getaddrinfo(*asked)[:2] == answered  # type: ignore[comparison-overlap]
