"""Changes of the writer item as operators make them, by the functions' own code."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import uuid4

from client.https import Response
from contract.deadlines import KNOWLEDGE_REFRESH_SECONDS, KNOWLEDGE_VALID_SECONDS, SETTLE_SECONDS
from handlers.runtime import timestamp
from handlers.writer.changes import (
    Author,
    ForbiddenChangeError,
    StaleEpochError,
    change_writer,
    hold,
    open_writer,
    set_automatic,
    take_over,
)
from handlers.writer.item import Writer, read_writer
from sandbox.payer import RequestSender
from tests.emulated.payments import new_payment
from tests.emulated.site import PRIMARY, Site
from tests.emulated.waiting import eventually


def current_writer(site: Site, replica: str = PRIMARY) -> Writer:
    """Read the writer with a strong read in a region; there is one."""
    writer = read_writer(site.aws("dynamodb", replica), site.control_table)
    assert writer is not None
    return writer


def change(site: Site, successor: Callable[[Writer, Author], Writer], *, replica: str = PRIMARY) -> Writer:
    """Change the writer, from whatever it is now."""
    author = Author(by=f"tests {uuid4().hex[:8]}", reason="test", at=timestamp(time.time()))

    def changed() -> Writer:
        before = current_writer(site, replica)
        try:
            return change_writer(site.aws("dynamodb", replica), site.control_table, before, successor(before, author))
        except StaleEpochError as error:  # a ticker was faster
            raise AssertionError(str(error)) from error

    return eventually(changed)


def hold_writer(site: Site, *, replica: str = PRIMARY) -> Writer:
    """Close the writer until `open_again`."""
    return change(site, hold, replica=replica)


def open_again(site: Site, *, replica: str = PRIMARY) -> Writer:
    """Open the owner, once a closing has settled, unless its ticker already has; and let its functions learn of it."""
    time.sleep(SETTLE_SECONDS)
    try:
        writer = change(site, open_writer, replica=replica)
    except ForbiddenChangeError:
        writer = current_writer(site, replica)
    time.sleep(KNOWLEDGE_REFRESH_SECONDS + 1)
    return writer


def move_writer(site: Site, to: str, *, replica: str = PRIMARY) -> Writer:
    """Make a region the owner and open it."""
    if current_writer(site, replica).allows(to):
        return current_writer(site, replica)
    change(site, lambda before, author: take_over(before, to, author), replica=replica)
    return open_again(site, replica=replica)


def switch_automatic(site: Site, *, on: bool) -> Writer:
    """Switch unattended takeovers on or off."""
    return change(site, lambda before, author: set_automatic(before, author, automatic=on))


@contextlib.contextmanager
def unattended(site: Site) -> Iterator[None]:
    """Let the tickers take over by themselves; afterwards all is healed, and the writer where they moved it."""
    switch_automatic(site, on=True)
    try:
        yield
    finally:
        site.deployment.emulator.heal()
        switch_automatic(site, on=False)


def await_first_writer(site: Site) -> None:
    """Wait until the tickers of a new deployment have created and opened the writer."""

    def opened() -> None:
        writer = read_writer(site.aws("dynamodb", PRIMARY), site.control_table)
        assert writer is not None
        assert writer.is_open

    eventually(opened, within=300)


def await_answer(payer: RequestSender, status: int, region: str = PRIMARY) -> None:
    """Wait until a region answers every payment with this status: what its environments know is no older than valid."""

    def answered() -> None:
        assert payer.post(region, new_payment()).status == status

    eventually(answered)
    time.sleep(KNOWLEDGE_VALID_SECONDS)


def pay(payer: RequestSender, region: str, payment: Mapping[str, Any]) -> Response:
    """Pay as clients do, again while the region refuses: on a busy machine it may not read the writer in time."""

    def taken() -> Response:
        answer = payer.post(region, payment)
        assert answer.status in {200, 201}
        return answer

    return eventually(taken)
