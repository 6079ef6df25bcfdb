"""One exception per reason why a payment was not made; each holds the attempts that led to it."""

from collections.abc import Sequence

from client.attempt_results import Attempt


class PaymentError(Exception):
    """A payment was not made, or its result is unknown."""

    def __init__(self, message: str, attempts: Sequence[Attempt]) -> None:
        super().__init__(message)
        self.attempts = tuple(attempts)


class AnsweredError(PaymentError):
    """The API gave an answer that another attempt would not change."""


class ConflictError(AnsweredError):
    """Another payment has this transaction id (409)."""


class RejectedPaymentError(AnsweredError):
    """The payment breaks rules (400); the message holds the fields."""


class ForbiddenError(AnsweredError):
    """The credentials do not allow it, or the signature is missing or wrong (403)."""


class NotPaidError(PaymentError):
    """No region took the payment before the deadline, and no region can have stored it."""


class InDoubtError(PaymentError):
    """No region confirmed the payment, but it may be stored: repeat the same bytes under the id in the message."""


def answered(attempt: Attempt, attempts: Sequence[Attempt], payment: str) -> AnsweredError | InDoubtError:
    """Return the error for a final answer that is not a success; earlier attempts may still leave the result in doubt.

    Args:
        attempt: The attempt that got the answer.
        attempts: All attempts.
        payment: The payment's name in messages; only a retry under its id can end a doubt.
    """
    response = attempt.response
    status, body = (response.status, response.body.decode(errors="replace")) if response else (0, "")
    answer = f"{attempt.endpoint_url} answered {status}: {body[:500]}"
    if doubts := _doubts(attempts):
        return InDoubtError(f"{answer}; but {payment} may be stored: {doubts[-1]}", attempts)
    kind = {409: ConflictError, 400: RejectedPaymentError, 403: ForbiddenError}.get(status, AnsweredError)
    return kind(answer, attempts)


def given_up(attempts: Sequence[Attempt], seconds: float, payment: str) -> NotPaidError | InDoubtError:
    """Return the error after the deadline, which depends on whether the payment may be stored."""
    if not attempts:
        return NotPaidError(f"no region was known to take payments for {seconds:g} s; nothing was sent", attempts)
    last = {attempt.endpoint_url: attempt for attempt in attempts}
    shown = "; ".join(str(attempt) for attempt in last.values())
    tried = f"in {len(attempts)} attempt{'s' if len(attempts) > 1 else ''} within {seconds:g} s"
    if _doubts(attempts):
        return InDoubtError(f"no region confirmed {payment} {tried}; it may be stored: {shown}", attempts)
    return NotPaidError(f"no region took {payment} {tried}: {shown}", attempts)


def broken_off(attempts: Sequence[Attempt], cause: Exception, payment: str) -> NotPaidError | InDoubtError:
    """Return the error for a failure on the client's side, such as credentials that cannot be refreshed."""
    why = f"{type(cause).__name__}: {cause}" if str(cause) else type(cause).__name__
    if doubts := _doubts(attempts):
        return InDoubtError(f"{why}; {payment} may be stored: {doubts[-1]}", attempts)
    return NotPaidError(f"{payment} was not sent: {why}", attempts)


def _doubts(attempts: Sequence[Attempt]) -> list[Attempt]:
    return [each for each in attempts if each.verdict.is_doubtful]
