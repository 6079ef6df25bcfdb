"""Processes: what freezes, resumes and dies as one, with clocks of its own. Tasks are their threads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from greenlet import GreenletExit, getcurrent, greenlet

from simulation.kernel.clocks import ProcessClock
from simulation.kernel.events import Events


class Task(greenlet):
    """One thread of a process; its parent is the loop, to which it returns with every wait.

    A greenlet is dear to start: one whose thread has ended well carries the next one, of whatever process.
    """

    def __init__(self, process: Process, body: Callable[[], object], name: str) -> None:
        super().__init__(parent=process.kernel.hub)
        self.process = process
        self.name = name
        self.failure: BaseException | None = None
        self.is_over = False
        """Whether the thread has ended, and the loop has not taken note of it yet."""
        self._body: Callable[[], object] | None = body

    def carry(self, process: Process, body: Callable[[], object], name: str) -> None:
        """Become the thread of another body; only for a task that has ended, and is not dead."""
        self.process, self.name, self._body, self.is_over = process, name, body, False

    def run(self) -> None:
        """Run body after body; what one raises is kept, since nobody waits for a thread."""
        hub = self.process.kernel.hub
        try:
            while self._body is not None:
                self._body()
                self._body, self.is_over = None, True
                hub.switch()
        except GreenletExit:
            pass
        except BaseException as error:  # noqa: BLE001 -- kept for the checker, whatever it is
            self.failure = error
        self.is_over = True

    def end(self) -> None:
        """End the task where it waits; only the loop may call it."""
        if not self.dead:
            self.throw(GreenletExit)
        self.is_over = True  # of one that has never begun, the body says nothing


class Process:
    """An execution environment, a payer's program or an operator's."""

    def __init__(
        self, kernel: Scheduler, name: str, place: str, *, epoch: float = 0.0, rate: float = 1.0, offset: float = 0.0
    ) -> None:
        self.kernel = kernel
        self.name = name
        self.place = place
        self.clock = ProcessClock(kernel, epoch=epoch, rate=rate, offset=offset)
        self.is_dead = False
        self.is_frozen = False
        self.resumed_at = -1.0
        """When it last went on after it had stood still."""
        self.tasks: dict[Task, None] = {}
        self.crash_in: int | None = None
        """In how many calls to the outside it dies: an even number dies before the call, an odd one after it."""
        self.host: Any = None
        """What surrounds shipped code in it."""
        self.version = ""
        """Which version of a function it runs; empty if it runs none."""
        self.cache: dict[object, Any] = {}
        """What shipped modules would keep in this process alone."""
        self.on_death: Callable[[], object] | None = None
        self._held: list[Task] = []
        kernel.processes[self] = None

    def spawn(self, body: Callable[[], object], name: str = "") -> Task:
        """Start a thread; it begins before the next event."""
        kernel = self.kernel
        if self.is_dead:
            return Task(self, body, name)  # which never begins
        if kernel.carriers:
            task = kernel.carriers.pop()
            task.carry(self, body, name)
        else:
            task = Task(self, body, name)
        self.tasks[task] = None
        kernel.make_ready(task)
        return task

    def sleep(self, seconds: float) -> None:
        """Let the calling thread wait so many seconds of the process's own clock."""
        if self.is_dead:  # a `finally` of a thread that is being ended: it reaches nothing any more
            raise GreenletExit
        kernel = self.kernel
        seconds /= self.clock.rate
        if not kernel.pass_quietly(seconds):
            kernel.after(seconds, kernel.resume, getcurrent())
            kernel.hub.switch()

    def freeze(self, *, stops_monotonic: bool = False) -> None:
        """Stop every thread where it stands; what arrives meanwhile is seen when the process resumes."""
        if not self.is_frozen:
            self.is_frozen = True
            self.clock.pause(stops_monotonic=stops_monotonic)

    def resume(self) -> None:
        """Go on."""
        if self.is_frozen:
            self.is_frozen = False
            self.resumed_at = self.kernel.now
            self.clock.resume()
            held, self._held = self._held, []
            for task in held:
                self.kernel.make_ready(task)

    def hold(self, task: Task) -> None:
        """Keep a task that is ready until the process resumes."""
        self._held.append(task)

    def kill(self) -> None:
        """End every thread at once, the calling one included: it must raise `GreenletExit` itself, as `die` does."""
        if self.is_dead:
            return
        self.is_dead = True
        self.kernel.processes.pop(self, None)
        self._held.clear()
        current = getcurrent()
        for task in self.tasks:
            if task is not current:
                self.kernel.make_ready(task)
        if self.on_death is not None:
            self.on_death()

    def die(self) -> None:
        """Kill the process from within."""
        self.kill()
        raise GreenletExit

    def call_point(self) -> None:
        """Pass a point before or after a call to the outside, at which the process may have been told to die."""
        if self.is_dead:
            raise GreenletExit
        if self.crash_in is not None:
            self.crash_in -= 1
            if self.crash_in < 0:
                self.crash_in = None
                self.die()

    def __repr__(self) -> str:
        return self.name


class Scheduler(Events[Task]):
    """Knows the processes that live, and resumes their tasks."""

    def __init__(self) -> None:
        super().__init__()
        self.failures: list[tuple[Task, BaseException]] = []
        """What tasks raised and nobody caught: in a thread of a shipped function it would be lost."""
        self.processes: dict[Process, None] = {}
        """Those that live, in the order of their start."""
        self.carriers: list[Task] = []
        """Tasks that have ended well, for others to begin in."""

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
