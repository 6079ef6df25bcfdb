"""The tickers: heartbeats, fitness, memory and epochs, and an abandoned closing that ends by itself."""

from typing import Any

import pytest

from contract.environment import EPOCH_PREFIX, HEARTBEAT_PREFIX, PROOF_PREFIX, TICKER_PREFIX, Function, Metric
from handlers.writer.changes import close_planned
from sandbox.payer import RequestSender
from tests.emulated.records import metric_values
from tests.emulated.site import PRIMARY, REGIONS, STANDBY, Site
from tests.emulated.waiting import eventually
from tests.emulated.writing import await_answer, change, current_writer

MINUTES = 300
"""A hang, not a limit: the schedule starts a ticker each minute, and it publishes once a minute."""


@pytest.mark.parametrize("region", REGIONS)
class TestTicker:
    """What each region's ticker leaves behind."""

    def test_it_writes_a_heartbeat_that_reaches_the_other_region(self, site: Site, region: str) -> None:
        (other,) = set(REGIONS) - {region}

        def arrived() -> dict[str, Any]:
            item = site.item(other, f"{HEARTBEAT_PREFIX}{region}")
            assert item is not None
            return item

        heartbeat = eventually(arrived, within=MINUTES)
        assert heartbeat["release"]["S"] == site.environment(Function.TICKER, region)["RELEASE"]

    def test_it_proves_that_its_region_is_fit(self, site: Site, region: str) -> None:
        before = count(site, region)

        def raised() -> None:
            assert count(site, region) > before

        eventually(raised, within=MINUTES)

    def test_it_remembers_and_records_the_epoch(self, site: Site, region: str) -> None:
        epoch = current_writer(site).epoch

        def recorded() -> None:
            assert site.control_item(region, f"{TICKER_PREFIX}{region}") is not None
            assert site.control_item(region, f"{EPOCH_PREFIX}{region}#{epoch}") is not None

        eventually(recorded, within=MINUTES)

    def test_it_publishes_the_age_of_the_peers_heartbeat(self, site: Site, region: str) -> None:
        def published() -> None:
            ages = metric_values(site, Metric.HEARTBEAT_AGE, Function.TICKER, region)
            assert ages
            assert min(ages) >= 0

        eventually(published, within=MINUTES)


def count(site: Site, region: str) -> int:
    """Return how often a region's proof was raised."""
    item = site.control_item(region, f"{PROOF_PREFIX}{region}")
    return int(item["count"]["N"]) if item else 0


def test_abandoned_planned_closing_is_undone_by_the_sources_ticker(site: Site, payer: RequestSender) -> None:
    closed = change(site, lambda before, author: close_planned(before, STANDBY, author))
    await_answer(payer, 503)

    def undone() -> None:
        writer = current_writer(site)
        assert (writer.region, writer.is_open, writer.epoch) == (PRIMARY, True, closed.epoch + 1)

    eventually(undone, within=MINUTES)
    assert PRIMARY in current_writer(site).by
    await_answer(payer, 201)
