"""Classifies an attempt to pay: is it final, may it have stored the payment, and what does it show about the region."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus

from client.https import NoAnswerError, Response

_MOST_RETRY_AFTER_SECONDS = 300.0
_SERVER_ERRORS = range(500, 600)


class AttemptResult(Enum):
    """The result of one attempt."""

    FINAL = "answered"  # another attempt would get the same answer
    REFUSED = "the region takes no payments"  # the region reports that it stored nothing
    THROTTLED = "throttled"  # refused by API Gateway before any function ran
    NOT_REACHED = "not reached"  # no address was reached; nothing was sent
    FAILED = "failed"  # a 5xx: the payment may be stored nevertheless
    NO_ANSWER = "no answer"  # the payment may be stored

    @property
    def is_doubtful(self) -> bool:
        """Return whether the payment may be stored without a confirmation."""
        return self in (AttemptResult.FAILED, AttemptResult.NO_ANSWER)


@dataclass(frozen=True)
class Attempt:
    """One attempt at one endpoint."""

    endpoint_url: str
    verdict: AttemptResult
    said: str
    seconds: float
    response: Response | None = None

    def __str__(self) -> str:
        return f"{self.endpoint_url}: {self.said}"


def judge(outcome: Response | OSError) -> AttemptResult:
    """Classify an answer, or its absence."""
    if isinstance(outcome, NoAnswerError):
        return AttemptResult.NO_ANSWER
    if isinstance(outcome, OSError):  # not resolved, not connected, or the certificate names another host
        return AttemptResult.NOT_REACHED
    if outcome.status == HTTPStatus.TOO_MANY_REQUESTS:
        return AttemptResult.THROTTLED
    if outcome.status not in _SERVER_ERRORS:
        return AttemptResult.FINAL
    return AttemptResult.REFUSED if says_not_stored(outcome) else AttemptResult.FAILED


def says_not_stored(response: Response) -> bool:
    """Return whether a 503 reports that the region did not store the payment.

    Other 503s follow a write whose answer was lost, or come from a gateway that cannot know what its function did.
    """
    return response.status == HTTPStatus.SERVICE_UNAVAILABLE and document(response).get("stored") is False


def document(response: Response | None) -> Mapping[str, object]:
    """Return the JSON object of an answer; an empty one if there is none."""
    try:
        found = response.json() if response is not None else None
    except (ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {}


def retry_after(response: Response | None) -> float:
    """Return the seconds in `Retry-After`; 0 if there is none in seconds."""
    said = response.headers.get("retry-after", "") if response is not None else ""
    return min(float(said), _MOST_RETRY_AFTER_SECONDS) if said.isascii() and said.isdigit() else 0.0
