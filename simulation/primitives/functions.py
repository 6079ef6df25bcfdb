"""Lambda: execution environments that start cold, freeze between invocations, crash, and are replaced."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from simulation.kernel.loop import Kernel
from simulation.kernel.process import Process, Task

Event = Mapping[str, Any]
Handler = Callable[[Any, Any], Any]
Build = Callable[[Process], Handler]
Done = Callable[[Any, str | None], object]
"""Takes the result, or None and why there is none."""

FIRST_VERSION = "1"

_COLD_START = (0.15, 0.9)
_AFTER_STANDSTILL_SECONDS = 5.0

THROTTLED = "throttled"
CRASHED = "crashed"
TIMED_OUT = "timed out"
RAISED = "raised"


@dataclass(frozen=True)
class FunctionConfiguration:
    """What is configured of a function."""

    name: str
    seconds: float
    """How long one invocation may take."""
    concurrency: int


@dataclass
class ProcessClocks:
    """How far the clocks of new environments may be off."""

    epoch: float
    offset_seconds: float = 0.05
    drift: float = 1e-4

    def new_process(self, kernel: Kernel, name: str, place: str, random_: random.Random) -> Process:
        """Return a process with clocks of its own."""
        return kernel.process(
            name,
            place,
            epoch=self.epoch,
            rate=1 + random_.uniform(-self.drift, self.drift),
            offset=random_.uniform(-self.offset_seconds, self.offset_seconds),
        )


class InvocationContext:
    """Lambda's context object."""

    __slots__ = ("_deadline", "_kernel", "aws_request_id", "function_version")

    def __init__(self, kernel: Kernel, request_id: str, version: str, seconds: float) -> None:
        self.aws_request_id = request_id
        self.function_version = version
        self._kernel = kernel
        self._deadline = kernel.now + seconds

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the invocation may still run."""
        return int((self._deadline - self._kernel.now) * 1000)


class Environment:
    """One execution environment."""

    __slots__ = ("ends", "handler", "invocation", "is_old", "is_watched", "process")

    def __init__(self, process: Process) -> None:
        self.process = process
        self.handler: Handler | None = None
        self.invocation: Invocation | None = None
        self.ends = 0.0
        """When what runs now has taken too long."""
        self.is_watched = False
        self.is_old = False
        """A deployment has replaced it; it serves what it has begun."""


class Invocation:
    """One event at one environment."""

    __slots__ = ("done", "event", "is_over", "request_id")

    def __init__(self, event: Event, request_id: str, done: Done) -> None:
        self.event = event
        self.request_id = request_id
        self.done = done
        self.is_over = False

    def end(self, result: object, why: str | None = None) -> None:
        """Hand over what came of it, once."""
        if not self.is_over:
            self.is_over = True
            self.done(result, why)


class InvocationLog(Protocol):
    """What is told of each invocation."""

    def begins(self, function: str, process: Process, request: str) -> None:
        """Hear that one begins, and in which process."""

    def ends(self, process: Process, request: str, ended: "EndedInvocation") -> None:
        """Hear how it has ended."""


class EndedInvocation(NamedTuple):
    """What came of an invocation, and after how many seconds; `is_first` is the one that starts the process."""

    event: Event
    result: Any
    why: str | None
    seconds: float
    is_first: bool


class FunctionPool:
    """All execution environments of one function in one region."""

    def __init__(
        self, kernel: Kernel, place: str, profile: FunctionConfiguration, build: Build, clocks: ProcessClocks
    ) -> None:
        self.profile = profile
        self.environments: dict[Environment, None] = {}
        self.stops_monotonic = False
        """Whether the monotonic clock stands still in a frozen environment."""
        self.crash_in: int | None = None
        """In how many calls new environments die; None while they do not."""
        self.on_failure: Callable[[str, Process, Exception], object] = lambda _, __, ___: None
        """Told which function's handler raised what, and where."""
        self.log: InvocationLog | None = None
        self.version = FIRST_VERSION
        """Which version the alias points at."""
        self.other_version = ""
        self.other_share = 0.0
        """The share of the invocations that another version gets."""
        self._kernel = kernel
        self._place = place
        self._build = build
        self._clocks = clocks
        self._random = kernel.random("functions", profile.name, place)
        self._idle: list[Environment] = []
        self._number = 0
        self._requests = 0

    def route(self, version: str, other: str = "", share: float = 0.0) -> None:
        """Point the alias at a version, and let another one have a share of the invocations."""
        self.version, self.other_version, self.other_share = version, other, share

    def invoke(self, event: Event, done: Done, *, version: str | None = None) -> None:
        """Run a version, or the one that the alias chooses, on an event, in an idle environment or a new one."""
        version = version or self._chosen()
        environment = self._idle_one(version) if self._idle else None
        if environment is None:
            if len(self.environments) >= self.profile.concurrency:
                done(None, THROTTLED)
                return
            environment = self._start(version)
        else:
            environment.process.resume()
        self._requests += 1
        request_id = f"{self.profile.name}-{self._place}-{self._requests}"
        if self.log is not None:
            done = self._logged(self.log, environment, request_id, event, done)
        invocation = Invocation(event, request_id, done)
        environment.invocation = invocation
        if environment.handler is None:
            self._kernel.after(self._random.uniform(*_COLD_START), self._begin, environment, invocation)
        else:
            self._begin(environment, invocation)

    def recycle(self) -> None:
        """Replace every environment, as a deployment does: busy ones end what they have begun."""
        for environment in list(self.environments):
            environment.is_old = True
            if environment.invocation is None:
                self._idle.remove(environment)
                self._remove(environment)

    def kill(self) -> None:
        """End every environment at once, as the loss of a region does."""
        for environment in list(self.environments):
            environment.process.kill()

    def busy(self) -> list[Process]:
        """Return the processes that work on an invocation."""
        return [each.process for each in self.environments if each.invocation is not None]

    def works_for(self, seconds: float) -> bool:
        """Return whether an invocation has been worked on for so long."""
        now, most = self._kernel.now, self._kernel.now - seconds + self.profile.seconds
        return any(each.invocation is not None and now < each.ends <= most for each in self.environments)

    def freeze(self) -> list[Process]:
        """Stop the processes that work; return them, to be resumed."""
        frozen = [process for process in self.busy() if not process.is_frozen]
        for process in frozen:
            process.freeze()
        return frozen

    def _chosen(self) -> str:
        if self.other_version and self._random.random() < self.other_share:
            return self.other_version
        return self.version

    def _idle_one(self, version: str) -> Environment | None:
        """Return the environment of a version that was used last."""
        idle = self._idle
        for number in range(len(idle) - 1, -1, -1):
            if idle[number].process.version == version:
                return idle.pop(number)
        return None

    def _logged(self, log: InvocationLog, environment: Environment, request_id: str, event: Event, done: Done) -> Done:
        began, is_first = self._kernel.now, environment.handler is None
        log.begins(self.profile.name, environment.process, request_id)

        def logged(result: object, why: str | None) -> None:
            seconds = self._kernel.now - began
            log.ends(environment.process, request_id, EndedInvocation(event, result, why, seconds, is_first))
            done(result, why)

        return logged

    def _start(self, version: str) -> Environment:
        self._number += 1
        name = f"{self.profile.name}@{self._place}/{self._number}"
        if version != FIRST_VERSION:
            name += f" version {version}"
        environment = Environment(self._clocks.new_process(self._kernel, name, self._place, self._random))
        environment.process.version = version
        environment.process.crash_in = self.crash_in
        environment.process.on_death = lambda: self._died(environment)
        self.environments[environment] = None
        return environment

    def _begin(self, environment: Environment, invocation: Invocation) -> None:
        if environment.process.is_dead:
            return
        environment.ends = self._kernel.now + self.profile.seconds
        if not environment.is_watched:
            environment.is_watched = True
            self._kernel.at(environment.ends, self._look, environment)
        environment.process.spawn(lambda: self._run(environment, invocation), invocation.request_id)

    def _run(self, environment: Environment, invocation: Invocation) -> None:
        context = InvocationContext(
            self._kernel, invocation.request_id, environment.process.version, self.profile.seconds
        )
        try:
            if environment.handler is None:
                environment.handler = self._build(environment.process)
            result = environment.handler(invocation.event, context)
        except Exception as error:  # noqa: BLE001 -- Lambda reports whatever a handler raises, and goes on
            self.on_failure(self.profile.name, environment.process, error)
            self._finish(environment, invocation, None, RAISED)
        else:
            self._finish(environment, invocation, result, None)

    def _finish(self, environment: Environment, invocation: Invocation, result: object, why: str | None) -> None:
        environment.invocation = None
        if environment.is_old:
            self._remove(environment)
        else:
            environment.process.freeze(stops_monotonic=self.stops_monotonic)
            self._idle.append(environment)
        invocation.end(result, why)

    def _look(self, environment: Environment) -> None:
        """End what takes too long; look again when what runs now would."""
        invocation = environment.invocation
        environment.is_watched = invocation is not None
        if invocation is None:
            return
        if environment.process.is_frozen:  # so is what would end it: it goes on for a moment, whatever the time is
            environment.ends = self._kernel.now + _AFTER_STANDSTILL_SECONDS
        if self._kernel.now < environment.ends:
            self._kernel.at(environment.ends, self._look, environment)
            return
        environment.process.on_death = None
        environment.process.kill()
        self._remove(environment)
        invocation.end(None, TIMED_OUT)

    def _died(self, environment: Environment) -> None:
        if environment in self._idle:
            self._idle.remove(environment)
        self.environments.pop(environment, None)
        if environment.invocation is not None:
            self._kernel.after(0.0, environment.invocation.end, None, CRASHED)

    def _remove(self, environment: Environment) -> None:
        self.environments.pop(environment, None)
        environment.process.on_death = None
        environment.process.kill()


def in_background(process: Process) -> Callable[[Callable[[], object]], Task]:
    """Return what runs something beside a process's work, in a thread of it."""
    return process.spawn
