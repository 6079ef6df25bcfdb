"""What an attempt to pay means: whether it is final, whether it may have paid, and what it says of the region."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from http import HTTPStatus

from client.https import NoAnswerError, Response

_MOST_RETRY_AFTER_SECONDS = 300.0
_SERVER_ERRORS = range(500, 600)


class AttemptResult(Enum):
    """What became of one attempt."""

    FINAL = "answered"  # whatever the answer, another attempt would get the same
    REFUSED = "the region takes no payments"  # it says that it stored nothing
    THROTTLED = "throttled"  # refused by the gateway, before any function ran
    NOT_REACHED = "not reached"  # at no address; nothing was sent
    FAILED = "failed"  # a 5xx: the payment may be stored nevertheless
    NO_ANSWER = "no answer"  # the payment may be stored

    @property
    def is_doubtful(self) -> bool:
        """Return whether the payment may be stored although nobody said so."""
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
    """Return what an answer means, or the lack of one."""
    if isinstance(outcome, NoAnswerError):
        return AttemptResult.NO_ANSWER
    if isinstance(outcome, OSError):  # not resolved, not connected, or not the host that it should be
        return AttemptResult.NOT_REACHED
    if outcome.status == HTTPStatus.TOO_MANY_REQUESTS:
        return AttemptResult.THROTTLED
    if outcome.status not in _SERVER_ERRORS:
        return AttemptResult.FINAL
    return AttemptResult.REFUSED if says_not_stored(outcome) else AttemptResult.FAILED


def says_not_stored(response: Response) -> bool:
    """Return whether a 503 says that the region did nothing with the payment, or does not have it.

    Other 503s come after a write whose answer was lost, or from a gateway that knows nothing of what its function did.
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
    """Return for how many seconds the region wants to be left alone; 0 if it does not say so in seconds."""
    said = response.headers.get("retry-after", "") if response is not None else ""
    return min(float(said), _MOST_RETRY_AFTER_SECONDS) if said.isascii() and said.isdigit() else 0.0
