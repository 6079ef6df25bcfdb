"""What all simulated services share: where they are, what faults are on them, how requests reach them."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from simulation.kernel.pending import Pending
from simulation.kernel.process import Process
from simulation.primitives.errors import UnsupportedRequestError, aws_error

Request = dict[str, Any]
Answer = dict[str, Any]


@dataclass
class ServiceFaults:
    """What is wrong with one service of one region; shares are between 0 and 1."""

    is_down: bool = False
    """Requests are answered with internal errors."""
    is_silent: bool = False
    """Requests get no answer and do nothing."""
    throttled: float = 0.0
    fails_writes_only: bool = False
    lost_answers: float = 0.0
    """What was asked for is done, and nobody is told."""
    slow: tuple[float, float] = (0.0, 0.0)
    """Seconds more before a request is worked on; a time-out of the caller does not call it back."""


class Asked(Protocol):
    """One request at a service."""

    operation: str
    request: Request
    source: str
    """The place that it came from."""

    process: Process
    """Who asks."""

    def answer(self, value: object, seconds: float = 0.0) -> None:
        """Answer after so many seconds."""

    def refuse(self, error: Exception, seconds: float = 0.0) -> None:
        """Answer with an error."""

    def lose(self) -> None:
        """Leave the caller without an answer."""


class Operations(dict[str, Callable[[Request], Answer]]):
    """What a service can do, by name; what it cannot is refused."""

    def __init__(self, service: "Service") -> None:
        names = [name for name in dir(service) if name.startswith("do_")]
        super().__init__((name.removeprefix("do_"), getattr(service, name)) for name in names)
        self._name = service.name

    def __missing__(self, operation: str) -> Callable[[Request], Answer]:
        """Refuse an operation that the simulation does not have."""
        raise UnsupportedRequestError(f"{self._name} has no {operation}")


class Service:
    """A service in one region; operations are methods named `do_<operation>` that take a request."""

    name = "service"
    writes: frozenset[str] = frozenset()
    throttled_code = "ThrottlingException"
    seconds = (0.001, 0.003)
    """How long work takes."""

    def __init__(self, place: str, random_: random.Random) -> None:
        self.place = place
        self.random = random_
        self.faults: ServiceFaults | None = None
        self.asking: Process | None = None
        """Whose request is being worked on."""
        self.operations = Operations(self)

    def serve(self, operation: str, request: Request, process: Process, pending: Pending) -> None:
        """Do what is asked and hand over the answer; only for what nothing can disturb."""
        self.asking = process
        try:
            answer = self.operations[operation](request)
        except UnsupportedRequestError:
            raise
        except Exception as error:  # noqa: BLE001 -- botocore's errors are what is answered
            pending.fail(error)
        else:
            pending.resolve(answer)

    def is_undisturbed(self) -> bool:
        """Return whether a request may take effect at the moment of its answer."""
        return self.faults is None

    def receive(self, exchange: Asked) -> None:
        """Work on a request that has arrived."""
        if self.faults is not None and not self._admits(exchange, self.faults):
            return
        self.work_on(exchange)

    def work_on(self, exchange: Asked) -> None:
        """Do what is asked at once, and answer after the time that it takes."""
        run = self.operations[exchange.operation]
        shortest, longest = self.seconds
        self.asking = exchange.process
        try:
            answer = run(exchange.request)
        except UnsupportedRequestError:
            raise
        except Exception as error:  # noqa: BLE001 -- botocore's errors are what is answered
            exchange.refuse(error)
        else:
            exchange.answer(answer, shortest + (longest - shortest) * self.random.random())

    def answer_error(self, exchange: Asked) -> None:
        """Say that the service has failed."""
        exchange.refuse(aws_error("InternalServerError", exchange.operation))

    def answer_throttled(self, exchange: Asked) -> None:
        """Say that there are too many requests."""
        exchange.refuse(aws_error(self.throttled_code, exchange.operation))

    def loses_answer(self, operation: str) -> bool:
        """Return whether the answer to a request gets lost."""
        faults = self.faults
        if faults is None or not faults.lost_answers:
            return False
        return (operation in self.writes or not faults.fails_writes_only) and self.random.random() < faults.lost_answers

    def extra_seconds(self) -> float:
        """Return how long a request waits before it is worked on."""
        return self.random.uniform(*self.faults.slow) if self.faults is not None else 0.0

    def _admits(self, exchange: Asked, faults: ServiceFaults) -> bool:
        if faults.fails_writes_only and exchange.operation not in self.writes:
            return True
        if faults.is_silent:
            exchange.lose()
            return False
        if faults.is_down:
            self.answer_error(exchange)
            return False
        if faults.throttled and self.random.random() < faults.throttled:
            self.answer_throttled(exchange)
            return False
        return True
