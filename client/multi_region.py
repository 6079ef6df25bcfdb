"""The client that does not wait for DNS: it knows both regions and moves when the one it uses does not serve.

It never pays twice. All attempts carry the same transaction id and the same bytes. A retry in the same region is a
replay there. A retry in the other region, before replication has carried the first attempt over, stores the payment
there as well; the replicas then hold the same payment under the same key, and the last writer's item stays (FACTS 1.6):
one payment, though both regions' transaction logs may name it. What replication cannot mend is *another* content under
the same id: both regions accept it, and one of them is lost. So an id belongs to one payment for ever.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol

from client.dns import Monotonic
from client.errors import answered, given_up
from client.https import Response, Timeouts
from client.judgement import Attempt, Verdict, judge, retry_after
from client.payments import encoded
from client.routing import PRIMARY, STANDBY, Routing
from client.watch import Regional, Watch

_CONNECT_SECONDS = 1.5
_FIRST_ANSWER_SECONDS = 3.0
_LONGEST_ANSWER_SECONDS = 30.0
_BACKOFF_SECONDS = 0.2
_LONGEST_BACKOFF_SECONDS = 5.0
_POLL_SECONDS = 2.0
"""How long to wait between two looks at the fences, while no region takes payments."""

_SUCCESS = (HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED)


class Time(Monotonic, Protocol):
    """What deadlines are measured by and waits are made of; the `time` module is one."""

    def sleep(self, seconds: float, /) -> None:
        """Wait."""


@dataclass(frozen=True)
class Paid:
    """A payment that is durable: stored (201), stored before (200) or queued for storing (202)."""

    response: Response
    endpoint_url: str
    attempts: tuple[Attempt, ...]


@dataclass
class _Call:
    """What one call has used up."""

    deadline: float
    answer_seconds: float = _FIRST_ANSWER_SECONDS
    moves: int = 0
    attempts: list[Attempt] = field(default_factory=list)


class MultiRegionClient:
    """Pays in the region that serves; threads may share one.

    Args:
        primary: A client of the primary's own endpoint, not of the failover name.
        standby: A client of the standby's own endpoint.
        deadline_seconds: How long one call may take, all attempts together; looking up a name may add seconds.
        look_every_seconds: How often the other region is asked beside the payments; 0 never does.
        clock: What waits; tests bring one of their own.
        jitter: What chooses a wait between two bounds, so that many clients do not retry at once.
        in_background: What runs the looking; a thread by default.
    """

    def __init__(
        self,
        primary: Regional,
        standby: Regional,
        *,
        deadline_seconds: float = 30,
        look_every_seconds: float = 10,
        clock: Time = time,
        jitter: Callable[[float, float], float] = random.uniform,
        in_background: Callable[[Callable[[], None]], None] | None = None,
    ) -> None:
        self._clients: Sequence[Regional] = (primary, standby)
        self._deadline_seconds = deadline_seconds
        self._clock = clock
        self._jitter = jitter
        self._routing = Routing(clock)
        self.watch = Watch(
            self._clients, self._routing, clock=clock, every_seconds=look_every_seconds, in_background=in_background
        )

    @property
    def endpoint_url(self) -> str:
        """The endpoint that is paid at now."""
        return self._clients[self._routing.current].endpoint_url

    def pay(self, payment: Mapping[str, object] | bytes) -> Paid:
        """Pay, in whichever region serves, within the deadline; bytes are sent as they are.

        Raises:
            ConflictError: Another payment has this id.
            InvalidPaymentError: The payment is invalid; the message names each field.
            ForbiddenError: The credentials do not allow it, or the request is not signed as it must be.
            AnsweredError: Any other answer that another attempt would not change.
            NotPaidError: No region took it; it is certainly not stored.
            InDoubtError: No region confirmed it, but it may be stored.
        """
        body = encoded(payment)
        call = _Call(self._clock.monotonic() + self._deadline_seconds)
        self.watch.look_when_due()
        while True:
            self._await_open(call)
            region = self._routing.current
            attempt = self._attempt(region, body, call)
            call.attempts.append(attempt)
            if attempt.response is not None and attempt.verdict is Verdict.FINAL:
                if attempt.response.status not in _SUCCESS:
                    raise answered(attempt, call.attempts)
                return Paid(attempt.response, attempt.endpoint_url, tuple(call.attempts))
            self._back_off(call, has_moved=self._routing.current != region)

    def get(self, transaction_id: str) -> Response:
        """Read a payment: 404 only if both regions say so, as replication may be behind.

        Raises:
            OSError: A region does not answer, and the other one does not have it.
        """
        here = self._routing.current
        unhelpful: list[Response] = []
        errors: list[OSError] = []
        for region in (here, 1 - here):
            try:
                answer = self._clients[region].get(transaction_id, timeouts=Timeouts(_CONNECT_SECONDS, 5))
            except OSError as error:
                errors.append(error)
                continue
            if answer.status != HTTPStatus.NOT_FOUND and answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                return answer
            unhelpful.append(answer)
        failures = [answer for answer in unhelpful if answer.status != HTTPStatus.NOT_FOUND]
        if errors and not failures:
            raise errors[0]
        return (failures or unhelpful)[0]

    def _attempt(self, region: int, body: bytes, call: _Call) -> Attempt:
        """Pay once, and let the routing know what that shows."""
        client, began = self._clients[region], self._clock.monotonic()
        timeouts = Timeouts(_CONNECT_SECONDS, call.answer_seconds).within(call.deadline - began)
        outcome: Response | OSError
        try:
            outcome = client.pay(body, timeouts=timeouts)
        except OSError as error:
            outcome = error
        seconds = self._clock.monotonic() - began
        verdict, response = judge(outcome), outcome if isinstance(outcome, Response) else None
        closed_for = 0 if verdict is Verdict.FINAL else retry_after(response)
        is_well = not verdict.is_doubtful or self.watch.is_well(region, call.deadline)
        if verdict is Verdict.NO_ANSWER and is_well:
            call.answer_seconds = min(2 * call.answer_seconds, _LONGEST_ANSWER_SECONDS)
        self._routing.note(region, verdict, is_well=is_well, closed_for=closed_for)
        said = str(outcome) if response is None else f"{response.status}, {verdict.value}"
        return Attempt(client.endpoint_url, verdict, said, seconds, response)

    def _back_off(self, call: _Call, *, has_moved: bool) -> None:
        """Wait before the next attempt, but not after the first move: the other region has done nothing wrong."""
        call.moves += has_moved
        if not (has_moved and call.moves == 1):
            longest = min(_LONGEST_BACKOFF_SECONDS, _BACKOFF_SECONDS * 2 ** min(len(call.attempts), 10))
            self._sleep(self._jitter(longest / 2, longest), call)

    def _await_open(self, call: _Call) -> None:
        """Wait for as long as the region asked to be left alone."""
        while (closed_for := self._routing.closed_for(self._routing.current)) > 0:
            self._sleep(min(closed_for, _POLL_SECONDS), call)
            for region in (PRIMARY, STANDBY):  # a fence may have been lifted since its region said for how long
                self._routing.note_fence(region, fenced=self.watch.is_fenced(region, call.deadline))
        self._sleep(0, call)

    def _sleep(self, seconds: float, call: _Call) -> None:
        """Wait, unless the deadline would pass.

        Raises:
            NotPaidError: It would; the payment is not stored.
            InDoubtError: It would; the payment may be stored.
        """
        if self._clock.monotonic() + seconds >= call.deadline:
            raise given_up(call.attempts, self._deadline_seconds)
        self._clock.sleep(seconds)
