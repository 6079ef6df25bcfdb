"""The event loop: virtual time jumps from event to event, and one seed decides the order of everything.

Shipped code is synchronous. It runs in greenlets, so that a wait inside it returns to the loop without a change of the
code. Nothing runs at the same time as anything else: whatever happens between two waits is atomic.
"""

import random
from heapq import heappop

from greenlet import getcurrent

from simulation.kernel.process import Process, Scheduler, Task


class Kernel(Scheduler):
    """Runs events in the order of their virtual time, and tasks that are ready before the next event.

    Args:
        seed: Decides everything that is random.
    """

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.seed = seed

    def random(self, *purpose: object) -> random.Random:
        """Return a generator of its own for a purpose, so that one purpose's draws do not move another's."""
        name = "/".join(str(part) for part in (self.seed, *purpose))
        return random.Random(name)  # noqa: S311 -- repeatable, no secret

    def run(self, until: float) -> None:
        """Run everything that is due up to a virtual time."""
        events, ready, resume = self._events, self._ready, self.resume
        self._until = until
        while True:
            while ready:
                task = ready.popleft()
                process = task.process
                if process.is_frozen or process.is_dead:
                    resume(task)
                    continue
                task.switch()  # what `resume` does, without the call
                if task.is_over:
                    self._forget(task)
            if not events or events[0][0] > until:
                self.now = max(self.now, until)
                return
            self.now, _, run, arguments = heappop(events)
            run(*arguments)

    def close(self) -> None:
        """End every process, so that no thread is left standing for the garbage collector to end at any moment."""
        for process in list(self.processes):
            process.kill()
        while self._ready:
            self.resume(self._ready.popleft())
        while self.carriers:
            self.carriers.pop().end()
        self._events.clear()

    def process(self, name: str, place: str, *, epoch: float = 0.0, rate: float = 1.0, offset: float = 0.0) -> Process:
        """Return a new process.

        Args:
            name: What a person reads in a history.
            place: Where it runs, as the network names places.
            epoch: The true wall time of the start, in seconds since 1970.
            rate: How many seconds its clocks advance in a true second.
            offset: How many seconds its wall clock is ahead.
        """
        return Process(self, name, place, epoch=epoch, rate=rate, offset=offset)


def current_process() -> Process:
    """Return the process whose code runs now.

    Raises:
        RuntimeError: The loop itself runs.
    """
    task = getcurrent()
    if isinstance(task, Task):
        return task.process
    raise RuntimeError("no simulated process runs now")
