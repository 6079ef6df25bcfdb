"""The event loop: virtual time jumps from event to event, and one seed decides the order of everything.

Shipped code is synchronous. It runs in greenlets, so that a wait inside it returns to the loop without a change of the
code. Nothing runs at the same time as anything else: whatever happens between two waits is atomic.
"""

import random
from collections import deque
from collections.abc import Callable
from heapq import heappop, heappush

from greenlet import getcurrent, greenlet

from simulation.kernel.process import Process, Task


class Kernel:
    """Runs events in the order of their virtual time, and tasks that are ready before the next event.

    Args:
        seed: Decides everything that is random.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.now = 0.0
        """Virtual seconds since the start."""
        self.hub: greenlet = getcurrent()
        self.failures: list[tuple[Task, BaseException]] = []
        """What tasks raised and nobody caught: in a thread of a shipped function it would be lost."""
        self.processes: dict[Process, None] = {}
        """Those that live, in the order of their start."""
        self.carriers: list[Task] = []
        """Tasks that have ended well, for others to begin in."""
        self._ready: deque[Task] = deque()
        self.make_ready: Callable[[Task], None] = self._ready.append
        """Lets a task go on before the next event."""
        self._events: list[tuple[float, int, Callable[..., object], tuple[object, ...]]] = []
        self._number = 0
        self._until = 0.0

    def random(self, *purpose: object) -> random.Random:
        """Return a generator of its own for a purpose, so that one purpose's draws do not move another's."""
        name = "/".join(str(part) for part in (self.seed, *purpose))
        return random.Random(name)  # noqa: S311 -- repeatable, no secret

    def at(self, when: float, run: Callable[..., object], *arguments: object) -> None:
        """Call `run` at a virtual time; in the order of the calls if several are due at once."""
        self._number += 1
        heappush(self._events, (max(self.now, when), self._number, run, arguments))

    def after(self, seconds: float, run: Callable[..., object], *arguments: object) -> None:
        """Call `run` so many virtual seconds from now."""
        self._number += 1
        heappush(self._events, (self.now + seconds if seconds > 0 else self.now, self._number, run, arguments))

    def pass_quietly(self, seconds: float) -> bool:
        """Let time pass at once if nothing else is due meanwhile, and return whether it was so.

        Whoever waits then goes on without a detour through the loop, which is most of what a wait costs.
        """
        when = self.now + seconds
        if self._ready or when > self._until or (self._events and self._events[0][0] <= when):
            return False
        self.now = when
        return True

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

    def resume(self, task: Task) -> None:
        """Let a task go on now, or once its process does; only the loop may call it, for what has become due."""
        process = task.process
        if task not in process.tasks:  # it has ended: its process was killed before what it waited for became due
            return
        if not process.is_frozen and not process.is_dead:
            task.switch()
        elif process.is_dead:
            task.end()
        else:
            process.hold(task)
        if task.is_over:
            self._forget(task)

    def _forget(self, task: Task) -> None:
        task.process.tasks.pop(task, None)
        if task.failure is not None:
            self.failures.append((task, task.failure))
        elif task.process.is_dead:
            task.end()  # something that it waited for may still become due
        elif not task.dead:
            self.carriers.append(task)

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
