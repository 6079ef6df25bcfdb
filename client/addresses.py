"""Tries each address of a host in turn: a regional API's name has one or more addresses in each availability zone."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from client.dns import Monotonic
from client.https import NotReachedError, Response, Timeouts

_LEAST_SECONDS = 0.5
"""What a connection across an ocean takes, with TLS: the share of one among many addresses would be less."""

T = TypeVar("T")


def first_reached(
    addresses: Sequence[str], attempt: Callable[[str, float], T], *, seconds: float, clock: Monotonic = time
) -> T:
    """Return the result of `attempt` at the first address that can be reached, in the order of the DNS answer.

    Args:
        addresses: At least one. DNS servers rotate the order, which spreads clients.
        attempt: Called with an address and the seconds it may take to connect.
        seconds: The limit for all connections together; once it is used up, the remaining addresses are not tried.
        clock: Measures that limit.

    Raises:
        NotReachedError: None was reached; nothing was sent.
    """
    until = clock.monotonic() + seconds
    left, tried = seconds, 0
    while True:
        share = max(left / (len(addresses) - tried), _LEAST_SECONDS)
        try:
            return attempt(addresses[tried], min(left, share))
        except NotReachedError as error:
            tried, left = tried + 1, until - clock.monotonic()
            if tried == len(addresses) or left <= 0:
                if len(addresses) == 1:
                    raise
                text = f"{tried} of {len(addresses)} addresses were tried; {error}"
                raise NotReachedError(text) from error.__cause__


def first_answer(
    addresses: Sequence[str], ask: Callable[..., Response], limits: Timeouts, *, clock: Monotonic = time
) -> Response:
    """Return the answer of the first address that is reached; `ask` is a bound `client.https.exchange`.

    Raises:
        NotReachedError: None was reached; nothing was sent.
        NoAnswerError: One was reached, and the request may have arrived, so no other is tried.
    """

    def attempt(address: str, connect_seconds: float) -> Response:
        return ask(address=address, timeouts=replace(limits, connect=connect_seconds))

    return first_reached(addresses, attempt, seconds=limits.connect, clock=clock)
