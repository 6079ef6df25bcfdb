"""A host of several addresses is reached while one of them is: names of regional APIs have one or more in each zone."""

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
    """Return what an attempt gives at the first address that is reached, in the order in which DNS answered them.

    Args:
        addresses: One at least. DNS servers change their order from answer to answer, which spreads clients.
        attempt: What is tried, given an address and how many seconds it may take to connect there.
        seconds: How long all connections together may take; addresses for which nothing is left are not tried.
        clock: What measures that.

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
    """Return the answer of the first address that is reached; `ask` is `client.https.exchange`, all else given.

    Raises:
        NotReachedError: None was reached; nothing was sent.
        NoAnswerError: One was, and the request may have arrived: no other is tried.
    """

    def attempt(address: str, connect_seconds: float) -> Response:
        return ask(address=address, timeouts=replace(limits, connect=connect_seconds))

    return first_reached(addresses, attempt, seconds=limits.connect, clock=clock)
