"""What the client's tests bring of their own: time that passes when told, and regions that answer as scripted."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from client.https import NoAnswerError, NotReachedError, Response, Timeouts


class FakeTime:
    """Time stands still but for `pass_by` and `sleep`."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.pass_by(seconds)

    def pass_by(self, seconds: float) -> None:
        assert seconds >= 0
        self.now += seconds


@dataclass(frozen=True)
class Step:
    """What one attempt meets: a status, or none for silence, or -1 for a closed door; and after how many seconds."""

    status: int | None = 201
    seconds: float = 0.05
    retry_after: str | None = None


STORED, CLOSED, SILENT = Step(), Step(-1, 0.001), Step(None, 1000)
FENCED, NOT_TAKEN = Step(503, retry_after="60"), Step(503, retry_after="5")


@dataclass
class FakeRegion:
    """A region's client: payments meet one step after the other, then the last one for ever."""

    name: str
    clock: FakeTime
    steps: list[Step] = field(default_factory=lambda: [STORED])
    well: bool | None = True
    """What `/health` says: 200, 503, or nothing."""
    peer_fenced: bool | None = False
    """What `/takeover` says: 200, 404, or nothing."""
    sent: list[tuple[float, bytes]] = field(default_factory=list)
    probed: list[str] = field(default_factory=list)
    open_at: float = 0
    pressed: list[float] = field(default_factory=list)
    """When it was sent a payment although it had asked to be left alone."""

    @property
    def endpoint_url(self) -> str:
        return f"https://{self.name}.api.example.com"

    def meets(self, steps: Iterable[Step]) -> None:
        self.steps = list(steps)

    def pay(self, payment: Mapping[str, object] | bytes, *, timeouts: Timeouts | None = None) -> Response:
        body = payment if isinstance(payment, bytes) else json.dumps(payment).encode()
        self.sent.append((self.clock.now, body))
        self.pressed += [self.clock.now] if self.clock.now < self.open_at else []
        return self._meet(self.steps.pop(0) if len(self.steps) > 1 else self.steps[0], timeouts)

    def get(self, transaction_id: str, *, timeouts: Timeouts | None = None) -> Response:
        return self._meet(self.steps[0], timeouts)

    def probe(self, path: str = "/health", *, timeouts: Timeouts | None = None) -> Response:
        self.probed.append(path)
        if path == "/health":
            status = None if self.well is None else 200 if self.well else 503
        else:
            status = None if self.peer_fenced is None else 200 if self.peer_fenced else 404
        return self._meet(Step(status, 0.02 if status else 1000), timeouts)

    def _meet(self, step: Step, timeouts: Timeouts | None) -> Response:
        limits = timeouts or Timeouts()
        assert limits.connect > 0
        assert limits.answer > 0
        if step.status == -1:
            self.clock.pass_by(min(step.seconds, limits.connect))
            raise NotReachedError(f"{self.name} was not reached")
        self.clock.pass_by(min(step.seconds, limits.answer))
        if step.status is None or step.seconds > limits.answer:
            raise NoAnswerError(f"{self.name} did not answer")
        if (step.retry_after or "").isdecimal() and (step.status == 429 or step.status >= 500):
            self.open_at = self.clock.now + float(step.retry_after or 0)
        headers = {} if step.retry_after is None else {"retry-after": step.retry_after}
        return Response(step.status, headers, b'{"message": "scripted"}')
