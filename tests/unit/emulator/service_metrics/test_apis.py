"""What is published about REST APIs."""

from collections.abc import Iterator

import pytest
from ministack.core.responses import get_account_id
from ministack.services import apigateway_v1

from tests.unit.emulator.service_metrics.watching import Watching

OHIO = "us-east-2"
TARGET = ("abc123", "live")


@pytest.fixture
def watching() -> Iterator[Watching]:
    apigateway_v1._rest_apis.set_scoped(get_account_id(), OHIO, "abc123", {"id": "abc123", "name": "payments"})
    yield Watching()
    apigateway_v1._rest_apis.clear()


def test_every_request_counts_for_its_api_and_for_its_stage(watching: Watching) -> None:
    watching.metrics.apis.count(TARGET, 200, 0.05, 0.04)
    watching.minute()
    seen = {each.series.dimensions for each in watching.published if each.series.metric == "Count"}
    assert seen == {(("ApiName", "payments"),), (("ApiName", "payments"), ("Stage", "live"))}
    assert {each.series.region for each in watching.published} == {OHIO}


def test_errors_are_a_one_or_a_zero_of_each_request(watching: Watching) -> None:
    for status in (201, 403, 502, 503):
        watching.metrics.apis.count(TARGET, status, 0.05, None)
    shown = watching.minute()
    assert shown["5XXError"] == {1: 2, 0: 2}
    assert shown["4XXError"] == {1: 1, 0: 3}
    assert shown["Count"] == {1: 4}


def test_without_errors_the_rate_is_zero_and_not_missing(watching: Watching) -> None:
    watching.metrics.apis.count(TARGET, 200, 0.05, None)
    assert watching.minute()["5XXError"] == {0: 1}


def test_latencies_are_milliseconds(watching: Watching) -> None:
    watching.metrics.apis.count(TARGET, 200, 0.052, 0.031)
    watching.metrics.apis.count(TARGET, 403, 0.002, None)  # refused before the function was asked
    shown = watching.minute()
    assert (shown["Latency"], shown["IntegrationLatency"]) == ({52: 1, 2: 1}, {31: 1})


def test_a_quiet_minute_publishes_nothing(watching: Watching) -> None:
    watching.metrics.apis.count(TARGET, 200, 0.05, None)
    assert watching.minute(2) == {}


def test_a_deleted_apis_requests_are_nobodys(watching: Watching) -> None:
    watching.metrics.apis.count(TARGET, 200, 0.05, None)
    apigateway_v1._rest_apis.clear()
    assert watching.minute() == {}
