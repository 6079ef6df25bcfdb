"""What happens to running workers when their function is changed."""

from collections.abc import Callable
from typing import Any

import pytest
from ministack.core import lambda_runtime

from emulator.functions.retired_workers import RETIRED, ending, retiring

ACCOUNT, REGION, OTHER_REGION = "000000000000", "us-east-1", "us-east-2"
POOL = f"{ACCOUNT}:{REGION}:f:$LATEST"
RETIRED_POOL = f"{ACCOUNT}:{REGION}:f:{RETIRED}"

Invalidate = Callable[..., None]


@pytest.fixture
def killed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Collect what would be killed."""
    killed: list[Any] = []
    monkeypatch.setattr(lambda_runtime, "_workers", {})
    monkeypatch.setattr(lambda_runtime, "kill_workers", killed.extend)
    return killed


@pytest.fixture
def invalidate(killed: list[Any]) -> Invalidate:
    return retiring(lambda_runtime.invalidate_worker)


def _worker(pool: str = POOL, *, running: bool) -> Any:
    worker = lambda_runtime.Worker("f", {"FunctionName": "f"}, b"")
    worker.in_use = running
    lambda_runtime._workers.setdefault(pool, []).append(worker)
    return worker


def test_idle_workers_are_killed_at_once(invalidate: Invalidate, killed: list[Any]) -> None:
    idle = _worker(running=False)
    invalidate("f", qualifier="$LATEST", account=ACCOUNT, region=REGION)
    assert killed == [idle]


def test_a_running_worker_ends_with_its_invocation(invalidate: Invalidate, killed: list[Any]) -> None:
    running = _worker(running=True)
    invalidate("f", qualifier="$LATEST", account=ACCOUNT, region=REGION)
    assert killed == []
    ending(lambda_runtime.release_worker)(running)
    assert killed == [running]
    assert lambda_runtime._workers[RETIRED_POOL] == []


def test_no_invocation_is_given_to_a_retired_worker(invalidate: Invalidate) -> None:
    retired = _worker(running=True)
    invalidate("f", qualifier="$LATEST", account=ACCOUNT, region=REGION)
    configuration = {"FunctionName": "f", "FunctionArn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"}
    worker, how = lambda_runtime.acquire_worker("f", configuration, b"")
    assert worker is not retired
    assert how == "spawn"


def test_other_regions_go_on(invalidate: Invalidate, killed: list[Any]) -> None:
    elsewhere = _worker(f"{ACCOUNT}:{OTHER_REGION}:f:$LATEST", running=False)
    invalidate("f", qualifier="$LATEST", account=ACCOUNT, region=REGION)
    assert killed == []
    assert lambda_runtime._workers[f"{ACCOUNT}:{OTHER_REGION}:f:$LATEST"] == [elsewhere]


def test_a_deleted_function_ends_at_once(invalidate: Invalidate, killed: list[Any]) -> None:
    retired = _worker(running=True)
    invalidate("f", qualifier="$LATEST", account=ACCOUNT, region=REGION)
    running = _worker(running=True)
    invalidate("f", account=ACCOUNT, region=REGION)
    assert set(killed) == {retired, running}


def test_other_workers_are_released_into_their_pool(killed: list[Any]) -> None:
    worker = _worker(running=True)
    ending(lambda_runtime.release_worker)(worker)
    ending(lambda_runtime.release_worker)(None)
    assert killed == []
    assert not worker.in_use
