"""Strangers flood the open routes: payers do not notice, DNS does not move, and the ticker still knows its region."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from client.https import NoAnswerError, NotReachedError
from contract.environment import PROOF_PREFIX, Function
from contract.releases import STAGE_NAME
from sandbox.payer import RequestSender
from tests.emulated.faults import without_rights
from tests.emulated.payments import new_payment
from tests.emulated.role_statements import INVOKE
from tests.emulated.site import PRIMARY, STANDBY, Site
from tests.emulated.waiting import eventually

STRANGERS = 2
PAUSE_SECONDS = 0.05
"""Between two requests of one stranger: the emulator shares its CPUs with all who ask, as AWS does not."""

FLOODED_LIMIT = 2
"""Requests a second: less than strangers ask for, however busy the machine is."""

PAYMENTS = 5
MINUTES = 300
"""A hang, not a limit: the schedule starts a ticker each minute."""


@contextmanager
def flooded(anyone: RequestSender, region: str, path: str) -> Iterator[Counter[int]]:
    """Ask an open route more often than the gateway allows; yield how often each status was the answer, so far."""
    answers: Counter[int] = Counter()
    over = threading.Event()

    def ask() -> None:
        while not over.wait(PAUSE_SECONDS):
            with suppress(NotReachedError, NoAnswerError):  # a busy machine
                answers[anyone.send(region, "GET", path).status] += 1

    strangers = [threading.Thread(target=ask) for _ in range(STRANGERS)]
    for each in strangers:
        each.start()
    try:
        yield answers
    finally:
        over.set()
        for each in strangers:
            each.join()


@contextmanager
def limited(site: Site, region: str, route: str, limit: int) -> Iterator[None]:
    """Let the gateway take so many requests of a route a second: none is what a flood leaves to others."""
    gateway, api = site.aws("apigateway", region), site.output("rest_api_ids", region)
    names = {"rateLimit": "throttlingRateLimit", "burstLimit": "throttlingBurstLimit"}
    before = gateway.get_stage(restApiId=api, stageName=STAGE_NAME)["methodSettings"][route]

    def limit_to(**values: float) -> None:
        path = route.replace("/", "~1", route.count("/") - 1)
        operations = [
            {"op": "replace", "path": f"/{path}/throttling/{name}", "value": f"{value:g}"}
            for name, value in values.items()
        ]
        gateway.update_stage(restApiId=api, stageName=STAGE_NAME, patchOperations=operations)

    limit_to(**dict.fromkeys(names, limit))
    try:
        yield
    finally:
        limit_to(**{name: before[key] for name, key in names.items()})


def proof(site: Site, region: str) -> int:
    """Return how often a region was found fit."""
    item = site.control_item(region, f"{PROOF_PREFIX}{region}")
    return int(item["count"]["N"]) if item else 0


def test_flood_of_health_keeps_no_payer_and_no_checker_waiting(
    site: Site, payer: RequestSender, anyone: RequestSender
) -> None:
    with limited(site, PRIMARY, "health/GET", FLOODED_LIMIT), flooded(anyone, PRIMARY, "/health") as answers:

        def is_flooded() -> None:
            assert answers[429] > STRANGERS

        eventually(is_flooded)
        statuses = [payer.post(PRIMARY, new_payment()).status for _ in range(PAYMENTS)]
        owners = [anyone.send(region, "GET", "/writer").status for region in (PRIMARY, STANDBY)]
    assert statuses == PAYMENTS * [201]
    assert owners == [200, 404]  # what DNS follows
    assert set(answers) <= {200, 429}


@pytest.mark.may_be_refused
class TestTicker:
    """The standby's, which no payment tells that its region is well, while the gateway turns all of `/health` away."""

    def test_it_asks_the_function_itself(self, site: Site, anyone: RequestSender) -> None:
        with limited(site, STANDBY, "health/GET", 0):
            assert anyone.send(STANDBY, "GET", "/health").status == 429
            before = proof(site, STANDBY)

            def is_fit() -> None:
                assert proof(site, STANDBY) > before + 2

            eventually(is_fit, within=MINUTES)

    def test_without_the_right_to_ask_its_region_is_unfit(self, site: Site) -> None:
        """What nobody answers for is not taken for well."""
        with without_rights(site, Function.TICKER, STANDBY, INVOKE), limited(site, STANDBY, "health/GET", 0):

            def is_unfit() -> None:
                before = proof(site, STANDBY)
                time.sleep(5)
                assert proof(site, STANDBY) == before

            eventually(is_unfit, within=MINUTES)

        def is_fit_again() -> None:
            before = proof(site, STANDBY)
            time.sleep(5)
            assert proof(site, STANDBY) > before

        eventually(is_fit_again, within=MINUTES)
