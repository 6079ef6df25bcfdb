"""Stands for a pool of threads: each call runs in a thread of the simulated process."""

from collections.abc import Callable, Iterator
from typing import Any, Self

from simulation.kernel.loop import current_process
from simulation.kernel.pending import Pending
from simulation.kernel.process import Process


class ProcessThreads:
    """Has what the shipped code uses of `concurrent.futures.ThreadPoolExecutor`; calls do not wait for each other."""

    def __init__(self, max_workers: int | None = None, *_: object, **__: object) -> None:
        self._max_workers = max_workers
        self._futures: list[ProcessFuture] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for future in self._futures:
            future.wait()

    def map(self, run: Callable[..., Any], *arguments: Any) -> Iterator[Any]:  # noqa: ANN401 -- as the pool's
        """Yield the results in order; an error is raised where its result would be."""
        started = [self.submit(run, *each) for each in zip(*arguments, strict=False)]
        for future in started:
            yield future.result()

    def submit(self, run: Callable[..., Any], *arguments: Any, **options: Any) -> "ProcessFuture":  # noqa: ANN401
        """Start a call."""
        future = ProcessFuture(current_process(), lambda: run(*arguments, **options))
        self._futures.append(future)
        current_process().spawn(future.run)
        return future


class ProcessFuture:
    """What a thread will return."""

    def __init__(self, process: Process, body: Callable[[], Any]) -> None:
        self._process = process
        self._body = body
        self._is_done = False
        self._value: Any = None
        self._error: Exception | None = None
        self._waiting: list[Pending] = []

    def run(self) -> None:
        """Run the call, in the thread."""
        try:
            self._value = self._body()
        except Exception as error:  # noqa: BLE001 -- raised where the result is asked for
            self._error = error
        self._is_done = True
        for pending in self._waiting:
            pending.resolve()

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the call has ended.

        Raises:
            TimeoutError: It has not ended in time.
        """
        if not self._is_done:
            pending = Pending(self._process)
            self._waiting.append(pending)
            if timeout is not None:
                self._process.kernel.after(timeout, pending.fail, TimeoutError())
            pending.wait()

    def result(self, timeout: float | None = None) -> Any:  # noqa: ANN401 -- what the call returns
        """Return the result once it is there, or raise what the call raised."""
        self.wait(timeout)
        if self._error is not None:
            raise self._error
        return self._value
