"""Whatever a deployed site does not tell, its controls say so by the one error that steps wait and fail by."""

from collections.abc import Callable, Mapping
from typing import Any

import dns.resolver
import pytest

from client.dns import Resolver
from client.https import Response
from operations.execution.controls import NotToldError
from operations.execution.live_controls import LiveControls
from operations.site import Role
from operations.surroundings import Surroundings
from tests.unit.operations.fakes import FakeAws, StoppedClock, silent_dns
from tests.unit.operations.plans.topologies import SITE


def controls(**answers: Any) -> LiveControls:
    given: Mapping[tuple[str, ...], Any] = {("dynamodb", operation): answer for operation, answer in answers.items()}
    return LiveControls(
        site=SITE, aws=FakeAws(given), clock=StoppedClock(), surroundings=Surroundings(), by="me", why="test"
    )


@pytest.mark.parametrize(
    ("ask", "what"), [(LiveControls.answered, "DNS"), (LiveControls.taken_over, "us-east-2's /takeover")]
)
def test_a_dns_server_that_is_silent(
    ask: Callable[[LiveControls], object], what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dns.resolver.Resolver, "resolve", silent_dns)
    with pytest.raises(NotToldError, match=rf"^{what}: The resolution lifetime expired after 2.000 seconds"):
        ask(controls())


def test_a_region_where_nobody_has_paid() -> None:
    with pytest.raises(NotToldError, match=r"^payments in us-east-1: there have been none yet$"):
        controls(get_item={}).paid_at(Role.PRIMARY)


def test_a_region_that_does_not_answer() -> None:
    with pytest.raises(NotToldError, match=r"^us-east-1's replica: no connection$"):
        controls().fence(Role.PRIMARY, seen_by=Role.PRIMARY)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        *((body, "answered 200 without") for body in (b"{}", b"[]", b"null", b'{"region": "eu-west-1"}')),
        (b"", "Expecting value"),
    ],
)
def test_an_answer_that_does_not_say_where_the_payment_began(
    body: bytes, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("client.payments.exchange", lambda *_, **__: Response(200, {}, body))
    monkeypatch.setattr(Resolver, "addresses", lambda *_: ("127.0.1.1",))
    with pytest.raises(NotToldError, match=rf"^a payment of 0\.01: {why}"):
        controls().pay()
