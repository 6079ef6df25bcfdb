"""Regions that answer as scripted."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from client.https import NoAnswerError, NotReachedError, Response, Timeouts
from client.payments import PaymentClient
from tests.unit.fake_clock import FakeClock

PRIMARY, STANDBY = "us-east-1", "us-east-2"


@dataclass(frozen=True)
class Said:
    """The writer as a region names it."""

    region: str
    epoch: int = 1
    state: str = "open"

    def document(self) -> dict[str, object]:
        return {"region": self.region, "epoch": self.epoch, "state": self.state, "kind": None}


NOBODY = {"region": None, "epoch": None, "state": None, "kind": None}


@dataclass(frozen=True)
class Step:
    """What one request meets.

    Args:
        status: None for silence, -1 for a closed door.
        seconds: After how long.
        retry_after: The header.
        stored: False in the body of a refusal that is certain.
        writer: Whom the body of a refusal names.
        names_payment: Whether a success names the payment.
        arrives: Whether the payment is stored by what does not say so: a failure, or an answer that is lost.
    """

    status: int | None = 201
    seconds: float = 0.05
    retry_after: str | None = None
    stored: bool | None = None
    writer: Said | None = None
    names_payment: bool = True
    arrives: bool = False


STORED, CLOSED, SILENT = Step(), Step(-1, 0.001), Step(None, 1000)
UNKNOWN = Step(503, retry_after="5", stored=False)
NOT_TAKEN = Step(503, retry_after="5")


def refused(writer: Said) -> Step:
    """Return the refusal of a region that knows the writer."""
    return Step(503, retry_after="5", stored=False, writer=writer)


@dataclass
class FakeRegion:
    """A region behind a transport: payments meet one step after the other, then the last one for ever."""

    name: str
    clock: FakeClock
    steps: list[Step] = field(default_factory=lambda: [STORED])
    writer: Said | Step | None = None
    """What `/writer` says; None is no knowledge, a step anything else."""
    sent: list[tuple[float, bytes]] = field(default_factory=list)
    asked: list[float] = field(default_factory=list)
    """When it was asked for the writer."""
    stored: set[str] = field(default_factory=set)
    """The ids that it has stored, whatever it said."""

    def client(self, **options: Any) -> PaymentClient:
        return PaymentClient(self.url, resolver=self, transport=self.exchange, clock=self.clock, **options)

    @property
    def url(self) -> str:
        return f"https://{self.name}.api.example.com"

    def addresses(self, host: str) -> tuple[str, ...]:
        return ("127.0.1.1",)

    def meets(self, *steps: Step | Iterable[Step]) -> None:
        self.steps = [each for step in steps for each in ([step] if isinstance(step, Step) else step)]

    def exchange(self, url: str, *, method: str, body: bytes | None, timeouts: Timeouts, **_: Any) -> Response:
        if url.endswith("/writer"):
            self.asked.append(self.clock.monotonic())
            writer = self.named_writer()
            if isinstance(writer, Step):
                return self._meet(writer, timeouts, {"message": "scripted"})
            said = NOBODY if writer is None else writer.document()
            return self._meet(Step(200, 0.02), timeouts, {**said, "servedBy": self.name})
        if method == "GET":
            payment = {"transactionId": url.rpartition("/")[2]}
            return self._meet(self.steps[0], timeouts, self._document(self.steps[0], payment))
        assert body is not None
        self.sent.append((self.clock.monotonic(), body))
        payment, step = json.loads(body), self.next_step()
        if step.arrives or step.status in range(200, 300):
            self.stored.add(payment["transactionId"])
        return self._meet(step, timeouts, self._document(step, payment))

    def next_step(self) -> Step:
        return self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]

    def named_writer(self) -> Said | Step | None:
        return self.writer

    def _document(self, step: Step, payment: Mapping[str, object]) -> dict[str, object]:
        if step.status in range(200, 300):
            return {**payment, "region": self.name} if step.names_payment else {"message": "welcome"}
        said: dict[str, object] = {"message": "scripted", "servedBy": self.name}
        if step.stored is not None:
            said["stored"] = step.stored
        return said if step.writer is None else {**said, "writer": step.writer.document()}

    def _meet(self, step: Step, limits: Timeouts, document: dict[str, object]) -> Response:
        assert limits.connect > 0
        assert limits.answer > 0
        if step.status == -1:
            self.clock.advance(min(step.seconds, limits.connect))
            raise NotReachedError(f"{self.name} was not reached")
        self.clock.advance(min(step.seconds, limits.answer))
        if step.status is None or step.seconds > limits.answer:
            raise NoAnswerError(f"{self.name} did not answer")
        headers = {} if step.retry_after is None else {"retry-after": step.retry_after}
        return Response(step.status, headers, json.dumps(document).encode())
