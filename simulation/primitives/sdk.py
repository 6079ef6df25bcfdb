"""The simulated SDK: a process's clients, with botocore's attempts, time-outs and errors."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from simulation.kernel.pending import Pending
from simulation.kernel.process import Process
from simulation.primitives.exchanges import Exchange
from simulation.primitives.network import Network
from simulation.primitives.service import Request, Service

_KEPT_OPEN_SECONDS = 60.0
"""How long an idle connection is used again."""

_REFUSED_SHARE = 0.3
"""How often an unreachable host is noticed at once instead of by a time-out."""

_RETRIED = frozenset(
    {
        "InternalServerError",
        "ServiceUnavailable",
        "SlowDown",
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "RequestThrottled",
    }
)


@dataclass(frozen=True)
class Limits:
    """What a client may take: seconds to connect and to be answered, and how many attempts."""

    connect: float
    read: float
    attempts: int


class SdkClient:
    """A client of one regional endpoint for one process; operations are called as botocore's.

    Args:
        process: Who calls.
        network: What carries the calls.
        place: The endpoint's region.
        route: Returns the table, queue or bucket that a request is for.
        limits: What a call may take.
        random_: What decides how failures show.
    """

    def __init__(
        self,
        process: Process,
        network: Network,
        place: str,
        route: Callable[[Request], Service],
        limits: Limits,
        random_: random.Random,
    ) -> None:
        self.guards: list[tuple[str, Callable[[], object]]] = []
        """Operations, and what is called before each attempt is sent, and again once an attempt had to connect."""
        self._process = process
        self._kernel = process.kernel
        self._network = network
        self._place = place
        self._route = route
        self._limits = limits
        self._random = random_
        self._connected_until = -1.0
        shortest, longest = network.usual(process.place, place)
        self._usual = 2 * shortest, 2 * longest

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        if operation.startswith("_"):
            raise AttributeError(operation)
        call = partial(self._call, operation)
        setattr(self, operation, call)  # found at once the next time
        return call

    def get_paginator(self, operation: str) -> "Pages":
        """Return what asks for page after page: every answer here is one page."""
        return Pages(getattr(self, operation))

    def _call(self, operation: str, **request: Any) -> Any:  # noqa: ANN401 -- as botocore, which publishes no types
        attempts = self._limits.attempts
        service = self._route(request)
        for attempt in range(1, attempts + 1):
            try:
                return self._attempt(service, operation, request)
            except ClientError as error:
                error.response["ResponseMetadata"]["RetryAttempts"] = attempt - 1
                if attempt == attempts or error.response["Error"]["Code"] not in _RETRIED:
                    raise
            except BotoCoreError:
                if attempt == attempts:
                    raise
            # Standard mode: up to 1 s before the second attempt, 2 s before the third.
            self._process.sleep(self._random.random() * 2 ** (attempt - 1))
        raise AssertionError

    def _attempt(self, service: Service, operation: str, request: Request) -> Any:  # noqa: ANN401
        process, network, kernel = self._process, self._network, self._kernel
        if process.crash_in is not None or process.is_dead:
            process.call_point()
        if self.guards:
            self._guard(operation)
        if kernel.now > self._connected_until:
            self._connect()
            self._guard(operation)
        is_calm = not network.links and not network.down
        if service.is_undisturbed() and (is_calm or network.is_undisturbed(process.place, self._place)):
            # The request takes effect when its answer arrives: half of the events, or none.
            shortest, longest = service.seconds
            near, far = self._usual
            seconds = shortest + near + (longest - shortest + far - near) * self._random.random()
            if not process.is_dead and kernel.pass_quietly(seconds):
                service.asking = process
                answer: Any = service.operations[operation](request)
            else:
                pending = Pending(process)
                kernel.after(seconds, service.serve, operation, request, process, pending)
                answer = pending.wait()
        else:
            answer = self._exchange(service, operation, request)
        self._connected_until = kernel.now + _KEPT_OPEN_SECONDS
        if process.crash_in is not None or process.is_dead:
            process.call_point()
        return answer

    def _exchange(self, service: Service, operation: str, request: Request) -> Any:  # noqa: ANN401
        process, limit = self._process, self._limits.read
        pending = Pending(process)
        Exchange(self._network, service, operation, request, process, pending, limit, self._timed_out).send()
        try:
            return pending.wait()
        except BotoCoreError:
            self._connected_until = -1.0
            process.call_point()
            raise

    def _guard(self, operation: str) -> None:
        for guarded, check in self.guards:
            if guarded == operation:
                check()

    def _connect(self) -> None:
        process, network, place = self._process, self._network, self._place
        there, back = network.transit(process.place, place), network.transit(place, process.place)
        if there is not None and back is not None and there + back <= self._limits.connect:
            process.sleep(there + back)
        elif (there is None or back is None) and self._random.random() < _REFUSED_SHARE:
            process.sleep(0.05)
            raise EndpointConnectionError(endpoint_url=place)
        else:
            process.sleep(self._limits.connect)
            raise ConnectTimeoutError(endpoint_url=place)

    def _timed_out(self) -> Exception:
        return ReadTimeoutError(endpoint_url=self._place)


@dataclass(frozen=True)
class Pages:
    """Has what is used of botocore's paginators."""

    _ask: Callable[..., Any]

    def paginate(self, **request: Any) -> Iterator[Any]:  # noqa: ANN401 -- as botocore's
        """Yield the one page."""
        yield self._ask(**request)
