"""A payment client that does not wait for DNS: it knows both regions' endpoints and follows the writer.

It never pays twice. All attempts carry the same transaction id and the same bytes, and only one region may store at any
moment. A retry in the same region is a replay. A retry in a region that took over before the first attempt was
replicated stores the payment there as well; both replicas then hold the same payment under the same key, and the last
writer's item stays (FACTS 1.6). Replication cannot repair *different* content under the same id: one version is lost.
So never use an id for two payments.
"""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Protocol

from client.attempt_results import Attempt, AttemptResult, document, judge, retry_after, says_not_stored
from client.dns import Monotonic
from client.errors import PaymentError, answered, broken_off, given_up
from client.https import NotSentError, Response, Timeouts
from client.payments import SUCCESSES, encoded, transaction_id
from client.routing import Routing
from client.watch import Regional, WriterWatch

_CONNECT_SECONDS = 1.5
_FIRST_ANSWER_SECONDS = 3.0
_LONGEST_ANSWER_SECONDS = 30.0
_BACKOFF_SECONDS = 0.2
_LONGEST_BACKOFF_SECONDS = 5.0


class Time(Monotonic, Protocol):
    """The clock for deadlines and waits; the `time` module fits."""

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
    """The progress of one call."""

    deadline: float
    payment: str = "the payment"
    """What messages call it, with its id."""
    answer_seconds: float = _FIRST_ANSWER_SECONDS
    moves: int = 0
    attempts: list[Attempt] = field(default_factory=list)


class MultiRegionClient:
    """Pays in the region that owns the writer; threads may share one.

    Args:
        primary: A client of one region's own endpoint, not of the failover name. It gets the first payment, while
            the writer is unknown; after that neither region is preferred.
        standby: A client of the other region's own endpoint.
        deadline_seconds: The limit for one call, all attempts together; name resolution may add seconds.
        look_every_seconds: How often both regions are polled for the writer in the background; 0 turns this off.
        clock: Measures deadlines and waits; a fake in tests.
        jitter: Chooses a wait between two bounds, so that clients do not retry in step.
        in_background: Runs the polling; a thread by default.
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
        self.watch = WriterWatch(
            self._clients, self._routing, clock=clock, every_seconds=look_every_seconds, in_background=in_background
        )

    @property
    def endpoint_url(self) -> str:
        """The endpoint that receives payments now."""
        return self._clients[self._routing.current].endpoint_url

    def pay(self, payment: Mapping[str, object] | bytes) -> Paid:
        """Pay in the region that serves, within the deadline; bytes are sent unchanged.

        Raises:
            ConflictError: Another payment has this id.
            InvalidPaymentError: The payment is invalid; the message names each field.
            ForbiddenError: The
                credentials do not allow it, or the signature is missing or wrong.
            AnsweredError: Any other answer that another attempt would not change.
            NotPaidError: No region took it; it is certainly not stored.
            InDoubtError: No region confirmed it, but
                it may be stored. Any other failure is the cause of one of these two.
        """
        call = _Call(self._clock.monotonic() + self._deadline_seconds)
        try:
            body = encoded(payment)
            call.payment = f"the payment {transaction_id(body) or 'without an id'}"
            return self._pay(body, call)
        except PaymentError:
            raise
        except Exception as error:
            raise broken_off(call.attempts, error, call.payment) from error

    def get(self, transaction_id: str) -> Response:
        """Read a payment; return 404 only if the writer answers 404 and the other region does not hold it either.

        Raises:
            OSError: One region does not answer, and the other one does not hold it.
        """
        here = self._routing.current
        absent: list[Response] = []
        unhelpful: list[Response] = []
        errors: list[OSError] = []
        for region in (here, 1 - here):
            try:
                answer = self._clients[region].get(transaction_id, timeouts=Timeouts(_CONNECT_SECONDS, 5))
            except OSError as error:
                errors.append(error)
                continue
            if answer.status == HTTPStatus.NOT_FOUND:
                absent.insert(0, answer)
            elif answer.status in SUCCESSES and document(answer).get("transactionId") != transaction_id:
                unhelpful.append(answer)  # not the API's own answer: a maintenance page, for example
            elif answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
                return answer
            else:
                (absent if says_not_stored(answer) else unhelpful).append(answer)
        if errors and not unhelpful:
            raise errors[0]
        return (unhelpful or absent)[0]

    def _pay(self, body: bytes, call: _Call) -> Paid:
        self.watch.look_when_due()
        while True:
            self._await_writer(call)
            region = self._routing.current
            attempt = self._attempt(region, body, call)
            if attempt.response is not None and attempt.verdict is AttemptResult.FINAL:
                if attempt.response.status not in SUCCESSES:
                    raise answered(attempt, call.attempts, call.payment)
                return Paid(attempt.response, attempt.endpoint_url, tuple(call.attempts))
            if attempt.verdict.is_doubtful:
                self._ask_after_doubt(region, attempt.verdict, call)
            if attempt.verdict is not AttemptResult.REFUSED:
                self._back_off(call, has_moved=self._routing.current != region)

    def _attempt(self, region: int, body: bytes, call: _Call) -> Attempt:
        """Make one attempt, record it, and pass its result to the routing."""
        client, began = self._clients[region], self._clock.monotonic()
        timeouts = Timeouts(_CONNECT_SECONDS, call.answer_seconds).within(call.deadline - began)
        outcome: Response | Exception
        try:
            outcome = client.pay(body, timeouts=timeouts)
        except NotSentError:
            raise  # the same would happen in the other region
        except Exception as error:  # noqa: BLE001 — anything but an OSError may come after the request was sent
            outcome = error
        seconds = self._clock.monotonic() - began
        if isinstance(outcome, Response):
            verdict, response = judge(outcome), outcome
            said = f"{outcome.status}, {verdict.value}"
        else:
            verdict = judge(outcome) if isinstance(outcome, OSError) else AttemptResult.NO_ANSWER
            response, said = None, str(outcome)
        attempt = Attempt(client.endpoint_url, verdict, said, seconds, response)
        call.attempts.append(attempt)
        if isinstance(outcome, Exception) and not isinstance(outcome, OSError):
            raise outcome
        closed_for = 0 if verdict is AttemptResult.FINAL else retry_after(response)
        self._routing.note_attempt(region, verdict, said=document(response), closed_for=closed_for)
        return attempt

    def _ask_after_doubt(self, region: int, verdict: AttemptResult, call: _Call) -> None:
        """Poll both regions: a slow region gets a longer timeout, and the other one may have taken over."""
        if self.watch.ask(region, call.deadline) is not None and verdict is AttemptResult.NO_ANSWER:
            call.answer_seconds = min(2 * call.answer_seconds, _LONGEST_ANSWER_SECONDS)
        self.watch.ask(1 - region, call.deadline)

    def _back_off(self, call: _Call, *, has_moved: bool) -> None:
        """Wait before the next attempt, except after the first change of region."""
        call.moves += has_moved
        if not (has_moved and call.moves == 1):
            longest = min(_LONGEST_BACKOFF_SECONDS, _BACKOFF_SECONDS * 2 ** min(len(call.attempts), 10))
            self._sleep(self._jitter(longest / 2, longest), call)

    def _await_writer(self, call: _Call) -> None:
        """Poll for the writer once a second until a region may receive payments."""
        while not self._routing.may_pay:
            pause = self.watch.poll(call.deadline)
            if not self._routing.may_pay:
                self._sleep(pause, call)
        self._sleep(0, call)

    def _sleep(self, seconds: float, call: _Call) -> None:
        """Sleep, or raise if the deadline would pass.

        Raises:
            NotPaidError: The deadline would pass; the payment is not stored.
            InDoubtError: The deadline would pass;
                the payment may be stored.
        """
        if self._clock.monotonic() + seconds >= call.deadline:
            raise given_up(call.attempts, self._deadline_seconds, call.payment)
        if seconds > 0:
            self._clock.sleep(seconds)
