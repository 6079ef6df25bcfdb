"""What an attempt to pay means: whether it is final, whether it may have paid, and what it says of the region."""

from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus

from client.https import NoAnswerError, Response

FENCED_RETRY_AFTER_SECONDS = 30
"""A region that asks to be left alone this long has been fenced; one in trouble asks for seconds."""

_MOST_RETRY_AFTER_SECONDS = 300.0


class Verdict(Enum):
    """What became of one attempt."""

    FINAL = "answered"  # whatever the answer, another attempt would get the same
    FENCED = "the region takes no payments"
    THROTTLED = "throttled"  # refused by the gateway, before any function ran
    NOT_REACHED = "not reached"  # at no address; nothing was sent
    FAILED = "failed"  # a 5xx: the payment may be stored nevertheless
    NO_ANSWER = "no answer"  # the payment may be stored

    @property
    def is_doubtful(self) -> bool:
        """Whether the payment may be stored although nobody said so."""
        return self in (Verdict.FAILED, Verdict.NO_ANSWER)


@dataclass(frozen=True)
class Attempt:
    """One attempt at one endpoint."""

    endpoint_url: str
    verdict: Verdict
    said: str
    seconds: float
    response: Response | None = None

    def __str__(self) -> str:
        return f"{self.endpoint_url}: {self.said}"


def judge(outcome: Response | OSError) -> Verdict:
    """Return what an answer means, or the lack of one."""
    if isinstance(outcome, NoAnswerError):
        return Verdict.NO_ANSWER
    if isinstance(outcome, OSError):  # not resolved, not connected, or not the host that it should be
        return Verdict.NOT_REACHED
    if outcome.status == HTTPStatus.TOO_MANY_REQUESTS:
        return Verdict.THROTTLED
    if outcome.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        return Verdict.FINAL
    is_long = retry_after(outcome) >= FENCED_RETRY_AFTER_SECONDS
    return Verdict.FENCED if outcome.status == HTTPStatus.SERVICE_UNAVAILABLE and is_long else Verdict.FAILED


def retry_after(response: Response | None) -> float:
    """Return for how many seconds the region wants to be left alone; 0 if it does not say so in seconds."""
    said = response.headers.get("retry-after", "") if response is not None else ""
    return min(float(said), _MOST_RETRY_AFTER_SECONDS) if said.isascii() and said.isdigit() else 0.0
