"""What worker processes get and see."""

import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ministack.core import lambda_runtime

from emulator.regions import ADDRESSES, HOST_PATTERN
from emulator.worker_prelude import prepare
from emulator.workers import WorkerStarts, worker_environment


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


class TestLimit:
    """A function has a few processes; further invocations wait for one."""

    @pytest.fixture
    def acquire(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Any]:
        """Lease a worker of MiniStack's; none of them has a process before it is invoked."""
        monkeypatch.setattr(lambda_runtime, "_workers", {})
        arn = "arn:aws:lambda:us-east-2:000000000000:function:f"
        configuration = {"FunctionName": "f", "FunctionArn": arn, "Timeout": 0.1}
        lease = WorkerStarts(most=8).waiting(lambda_runtime.acquire_worker)
        return lambda: lease("f", configuration, b"", qualifier="$LATEST")

    def test_what_is_free_is_used_again(self, acquire: Callable[[], Any]) -> None:
        worker, how = acquire()
        lambda_runtime.release_worker(worker)
        assert how == "spawn"
        assert acquire() == (worker, "reused")

    def test_one_too_many_waits_for_what_becomes_free(self, acquire: Callable[[], Any]) -> None:
        workers = [acquire()[0] for _ in range(8)]
        threading.Timer(0.02, lambda_runtime.release_worker, workers[:1]).start()
        assert acquire() == (workers[0], "reused")

    def test_one_that_waits_too_long_is_throttled(self, acquire: Callable[[], Any]) -> None:
        assert [acquire()[1] for _ in range(9)] == ["spawn"] * 8 + ["func_cap"]


class TestStarts:
    """A few workers start at once, over all functions."""

    @pytest.fixture
    def starts(self, monkeypatch: pytest.MonkeyPatch) -> WorkerStarts:
        monkeypatch.setattr(lambda_runtime, "_workers", {})
        return WorkerStarts(most=1)

    @staticmethod
    def lease(starts: WorkerStarts, name: str) -> tuple[Any, str]:
        arn = f"arn:aws:lambda:us-east-2:000000000000:function:{name}"
        configuration = {"FunctionName": name, "FunctionArn": arn, "Timeout": 0.05}
        leased: tuple[Any, str] = starts.waiting(lambda_runtime.acquire_worker)(
            name, configuration, b"", qualifier="$LATEST"
        )
        return leased

    def test_second_start_waits_for_the_first(self, starts: WorkerStarts) -> None:
        worker, how = self.lease(starts, "one")
        assert how == "spawn"
        assert self.lease(starts, "two") == (None, "func_cap")
        starts.ending(lambda _: None)(worker)
        assert self.lease(starts, "two")[1] == "spawn"

    def test_warm_worker_is_used_whatever_starts(self, starts: WorkerStarts) -> None:
        warm, _ = self.lease(starts, "one")
        starts.ending(lambda_runtime.release_worker)(warm)
        self.lease(starts, "two")
        assert self.lease(starts, "one") == (warm, "reused")

    def test_failed_start_makes_room(self, starts: WorkerStarts) -> None:
        def fail(_: object) -> None:
            raise OSError

        worker, _ = self.lease(starts, "one")
        with pytest.raises(OSError):  # noqa: PT011 -- raised above
            starts.ending(fail)(worker)
        assert self.lease(starts, "two")[1] == "spawn"


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
