"""Functions: cold and warm, frozen between invocations, cut off, crashed, replaced."""

from collections.abc import Callable
from typing import Any

from simulation.kernel.loop import current_process
from simulation.kernel.process import Process
from simulation.primitives.functions import (
    CRASHED,
    RAISED,
    THROTTLED,
    TIMED_OUT,
    FunctionConfiguration,
    FunctionPool,
    ProcessClocks,
)
from tests.unit.simulation.stage import ONE, Stage


class Invoked:
    """A function whose handler is a test's, and what came of its invocations."""

    def __init__(self, handler: Callable[[Any], Any], *, concurrency: int = 2) -> None:
        self.stage = Stage()
        self.built: list[Process] = []
        profile = FunctionConfiguration("function", 20, concurrency)
        self.pool = FunctionPool(self.stage.kernel, ONE, profile, self._build, ProcessClocks(0))
        self.results: list[tuple[Any, str | None]] = []
        self._handler = handler

    def _build(self, process: Process) -> Any:
        self.built.append(process)
        return lambda event, _: self._handler(event)

    def invoke(self, event: Any = None, *, seconds: float = 5) -> None:
        self.pool.invoke(event, lambda result, why: self.results.append((result, why)))
        self.stage.pass_(seconds)


def test_a_warm_environment_is_used_again() -> None:
    given = Invoked(lambda event: event)
    given.invoke(1)
    given.invoke(2)
    assert given.results == [(1, None), (2, None)]
    assert len(given.built) == 1


def test_threads_stand_still_between_invocations() -> None:
    seen: list[float] = []

    def handler(seconds: float) -> None:
        process = current_process()

        def beside() -> None:
            process.sleep(1)
            seen.append(process.kernel.now)

        process.spawn(beside)
        process.sleep(seconds)

    given = Invoked(handler)
    given.invoke(0.5, seconds=60)
    assert seen == []
    given.invoke(0.5, seconds=5)
    assert len(seen) == 1


def test_what_takes_too_long_is_cut_off() -> None:
    given = Invoked(lambda _: current_process().sleep(60))
    given.invoke(seconds=30)
    assert given.results == [(None, TIMED_OUT)]
    assert not given.pool.environments


def test_raised_error_is_reported_and_the_process_continues() -> None:
    given = Invoked(lambda _: 1 // 0)
    given.invoke()
    given.invoke()
    assert given.results == [(None, RAISED)] * 2
    assert len(given.built) == 1


def test_a_crash_ends_the_environment() -> None:
    given = Invoked(lambda _: current_process().die())
    given.invoke()
    given.invoke()
    assert given.results == [(None, CRASHED)] * 2
    assert len(given.built) == 2


def test_more_than_the_concurrency_is_throttled() -> None:
    given = Invoked(lambda _: current_process().sleep(10), concurrency=1)
    given.invoke(seconds=1)
    given.invoke(seconds=20)
    assert [why for _, why in given.results] == [THROTTLED, None]


def test_a_deployment_lets_the_old_environment_end_what_it_does() -> None:
    given = Invoked(lambda _: current_process().sleep(5))
    given.invoke(seconds=2)
    given.pool.recycle()
    given.stage.pass_(10)
    given.invoke(seconds=10)
    assert [why for _, why in given.results] == [None, None]
    assert len(given.built) == 2
    assert given.built[0].is_dead
