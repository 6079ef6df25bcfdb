"""Which invocation gets a worker, and when another one starts; the processes here are said to run."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from emulator.functions.retired_workers import retiring
from emulator.functions.waiting_invocations import FunctionUnavailableError, answering
from emulator.functions.worker_starts import MOST_WORKERS, WorkerStarts

Leased = tuple[Any, str]
REGION, ACCOUNT = "us-east-2", "000000000000"


class World:
    """Functions by name, and invocations of them."""

    def __init__(self, most: int, turn_seconds: float, timeout: float) -> None:
        self.down: set[str] = set()
        self.starts = WorkerStarts(lambda region: region not in self.down, most=most, turn_seconds=turn_seconds)
        self._timeout = timeout
        self._lease = self.starts.waiting(lambda_runtime.acquire_worker)
        self._released = self.starts.ending(lambda_runtime.release_worker)
        self._threads = ThreadPoolExecutor(max_workers=32)

    def lease(self, name: str = "f") -> Leased:
        arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
        configuration = {"FunctionName": name, "FunctionArn": arn, "Timeout": self._timeout}
        if lambda_svc._functions.get_scoped(ACCOUNT, REGION, name) is None:
            self.deploy(name, configuration, b"")
        leased: Leased = self._lease(name, configuration, b"", qualifier="$LATEST")
        return leased

    def deploy(self, name: str, configuration: dict[str, Any], code: bytes) -> None:
        """Create or replace a function."""
        lambda_svc._functions.set_scoped(ACCOUNT, REGION, name, {"config": configuration, "code_zip": code})

    def later(self, name: str = "f") -> Future[Leased]:
        """Begin to lease in another thread; return once it waits."""
        leased = self._threads.submit(self.lease, name)
        while not (leased.done() or self.starts.waits(ACCOUNT, REGION, name)):
            time.sleep(0.001)
        return leased

    def started(self, worker: Any) -> None:
        worker._proc = SimpleNamespace(poll=lambda: None)
        self.starts.ending(lambda _: None)(worker)

    def release(self, worker: Any) -> None:
        self._released(worker)

    def warm(self, name: str = "f", count: int = 1) -> list[Any]:
        """Return leased workers that have started."""
        workers = []
        for _ in range(count):
            worker, how = self.lease(name)
            assert how == "spawn"
            self.started(worker)
            workers.append(worker)
        return workers

    def close(self) -> None:
        self._threads.shutdown(cancel_futures=True)


Make = Callable[..., World]


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Iterator[Make]:
    monkeypatch.setattr(lambda_runtime, "_workers", {})
    worlds: list[World] = []

    def world(*, most: int = 2, turn_seconds: float = 60, timeout: float = 60) -> World:
        worlds.append(World(most, turn_seconds, timeout))
        return worlds[-1]

    yield world
    for each in worlds:
        each.close()
    lambda_svc._functions._data.clear()


class TestWorkersOfAFunction:
    """A function has a few processes; further invocations wait for one."""

    def test_free_worker_is_used_again(self, make: Make) -> None:
        world = make()
        [worker] = world.warm()
        world.release(worker)
        assert world.lease() == (worker, "reused")

    def test_one_too_many_waits_for_what_becomes_free(self, make: Make) -> None:
        world = make()
        workers = world.warm(count=MOST_WORKERS)
        waiting = world.later()
        world.release(workers[3])
        assert waiting.result() == (workers[3], "reused")

    def test_one_that_waits_longer_than_its_function_may_run_is_throttled(self, make: Make) -> None:
        world = make(timeout=0.05)
        world.warm(count=MOST_WORKERS)
        assert world.lease() == (None, "func_cap")

    def test_waiting_for_a_busy_function_does_not_block_the_starts_of_others(self, make: Make) -> None:
        world = make()
        workers = world.warm("busy", MOST_WORKERS)
        waiting = world.later("busy")
        assert world.lease("other")[1] == "spawn"
        world.release(workers[0])
        assert waiting.result()[1] == "reused"


class TestStarts:
    """A few workers start at once, over all functions, in the order in which they were asked for."""

    def test_as_many_start_as_may(self, make: Make) -> None:
        world = make(most=2)
        first = [world.lease(name) for name in ("one", "two")]
        third = world.later("three")
        assert [how for _, how in first] == ["spawn", "spawn"]
        assert not third.done()
        world.started(first[1][0])
        assert third.result()[1] == "spawn"

    def test_burst_of_starts_is_admitted_one_by_one(self, make: Make) -> None:
        world = make(most=1)
        names = [f"function-{number}" for number in range(12)]
        leased = [world.later(name) for name in names]
        under_way, most = 0, 0
        for each in leased:
            worker, how = each.result()
            under_way += how == "spawn"
            most = max(most, under_way)
            assert [later.done() for later in leased].count(True) == leased.index(each) + 1
            world.started(worker)
            under_way -= 1
        assert most == 1

    def test_those_who_wait_longer_come_first(self, make: Make) -> None:
        world = make(most=1)
        first, _ = world.lease("one")
        second, third = world.later("two"), world.later("three")
        world.started(first)
        assert second.result()[1] == "spawn"
        assert not third.done()
        world.started(second.result()[0])
        assert third.result()[1] == "spawn"

    def test_function_starts_one_at_a_time(self, make: Make) -> None:
        world = make(most=2)
        first, _ = world.lease()
        second = world.later()
        assert world.lease("other")[1] == "spawn"
        assert not second.done()
        world.started(first)
        assert second.result()[1] == "spawn"

    def test_warm_worker_is_used_whatever_starts(self, make: Make) -> None:
        world = make(most=1)
        [warm] = world.warm("one")
        world.release(warm)
        world.lease("two")
        assert world.lease("one") == (warm, "reused")

    def test_worker_that_becomes_free_saves_a_start(self, make: Make) -> None:
        world = make(most=1)
        [warm] = world.warm("one")
        world.lease("two")
        waiting = world.later("one")
        world.release(warm)
        assert waiting.result() == (warm, "reused")

    def test_turn_is_not_counted_against_the_functions_limit(self, make: Make) -> None:
        world = make(most=1, timeout=0.01)
        first, _ = world.lease("one")
        waiting = world.later("two")
        time.sleep(0.05)
        assert not waiting.done()
        world.started(first)
        assert waiting.result()[1] == "spawn"

    def test_turn_that_never_comes_is_throttled(self, make: Make) -> None:
        world = make(most=1, turn_seconds=0.05)
        world.lease("one")
        assert world.lease("two") == (None, "func_cap")

    def test_failed_start_makes_room(self, make: Make) -> None:
        def fail(_: object) -> None:
            raise OSError

        world = make(most=1)
        worker, _ = world.lease("one")
        with pytest.raises(OSError):  # noqa: PT011 -- raised above
            world.starts.ending(fail)(worker)
        assert world.lease("two")[1] == "spawn"

    def test_worker_without_its_process_is_started_in_turn(self, make: Make) -> None:
        world = make(most=1)
        [ended] = world.warm("one")
        ended._proc.poll = lambda: -9
        world.release(ended)
        first, _ = world.lease("two")
        waiting = world.later("one")
        assert not waiting.done()
        world.started(first)
        worker, how = waiting.result()
        assert (worker is ended, how) == (False, "spawn")

    @pytest.mark.parametrize("around", [lambda original: original, retiring])
    def test_turn_of_an_invocation_that_failed_before_its_start_is_free(
        self, make: Make, around: Callable[..., Any]
    ) -> None:
        world = make(most=1)
        world.lease("one")
        around(lambda_runtime.invalidate_worker)("one", qualifier="$LATEST")  # all that MiniStack does
        assert world.lease("two")[1] == "spawn"

    def test_newcomer_does_not_overtake_who_waits(self, make: Make) -> None:
        world = make()
        workers = world.warm(count=MOST_WORKERS)
        first, second = world.later(), world.later()
        while len(world.starts._line) < 2:
            time.sleep(0.001)
        with world.starts._changed:  # nobody looks yet
            for each in workers[:2]:
                world.release(each)
            third = world._threads.submit(world.lease)
        assert {first.result()[0], second.result()[0]} == set(workers[:2])
        assert not third.done()
        world.release(workers[2])
        assert third.result()[0] is workers[2]


class TestWaiting:
    """What has waited runs the function as it is by then, where it still is."""

    def test_function_that_was_changed_starts_with_its_new_code(self, make: Make) -> None:
        world = make(most=1)
        first, _ = world.lease("one")
        waiting = world.later("two")
        configuration = {**lambda_svc._functions.get_scoped(ACCOUNT, REGION, "two")["config"], "Handler": "new"}
        world.deploy("two", configuration, b"new")
        world.started(first)
        worker, _ = waiting.result()
        assert (worker.config, worker.code_zip) == (configuration, b"new")

    @pytest.mark.parametrize("what", ["function", "region"])
    def test_nothing_starts_for_what_has_gone(self, make: Make, what: str) -> None:
        world = make(most=1)
        world.lease("one")
        waiting = world.later("two")
        if what == "region":
            world.down.add(REGION)
        else:
            lambda_svc._functions._data.clear()
        world.starts.wake()
        with pytest.raises(FunctionUnavailableError):
            waiting.result()
        assert not any(":two:" in key for key in lambda_runtime._workers)

    def test_who_waits_looks_when_functions_change(self, make: Make) -> None:
        world = make(most=1)
        world.lease("one")
        waiting = world.later("two")
        world.starts.waking(lambda_svc._functions.pop_scoped)(ACCOUNT, REGION, "two")
        with pytest.raises(FunctionUnavailableError, match="Function not found"):
            waiting.result()

    def test_its_invocation_fails(self) -> None:
        def fail() -> None:
            raise FunctionUnavailableError("ServiceException", "Lambda in us-east-2 is down")

        message = "Lambda in us-east-2 is down"
        body = {"errorMessage": message, "errorType": "ServiceException"}
        assert answering(fail)() == {"body": body, "error": True, "log": message}


def test_function_waits_from_its_invocation_to_its_worker(make: Make) -> None:
    world = make(most=1)
    first, _ = world.lease("one")
    waiting = world.later("two")
    assert [world.starts.waits(ACCOUNT, REGION, name) for name in ("one", "two", "tw")] == [False, True, False]
    world.started(first)
    waiting.result()
    assert not world.starts.waits(ACCOUNT, REGION, "two")


def test_burst_on_one_function_shares_its_workers(make: Make) -> None:
    """Fifty invocations at once of a function that is cold: few processes, and every one of them is served."""
    world = make(most=2)
    served: list[str] = []

    def invoke() -> None:
        worker, how = world.lease()
        if how == "spawn":
            time.sleep(0.005)
            world.started(worker)
        served.append(how)
        world.release(worker)

    threads = [threading.Thread(target=invoke) for _ in range(50)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(served) == len(threads)
    assert served.count("spawn") <= MOST_WORKERS
