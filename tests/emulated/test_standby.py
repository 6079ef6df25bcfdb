"""Heartbeats, and the sentinel that takes over from a dead primary by itself."""

from collections.abc import Iterator
from typing import Any

import pytest

from emulator.payer import Payer
from handlers.environment import HEARTBEAT_PREFIX, SENTINEL_PREFIX, Function, Metric
from handlers.payments.fence import Fence
from tests.emulated.faults import dead_primary, impatient_sentinel
from tests.emulated.fencing import await_answer, primary_fence, unfence_primary
from tests.emulated.records import log_records, metric_values
from tests.emulated.site import PRIMARY, REGIONS, STANDBY, Site
from tests.emulated.waiting import eventually

SCHEDULE_SECONDS = 120
"""A minute, and what the start of a function takes."""


@pytest.mark.parametrize("region", REGIONS)
class TestHeartbeat:
    """Each region says every minute that it lives."""

    def test_the_schedule_writes_it(self, site: Site, region: str) -> None:
        def written() -> dict[str, Any]:
            item = site.item(region, f"{HEARTBEAT_PREFIX}{region}")
            assert item is not None
            return item

        heartbeat = eventually(written, within=SCHEDULE_SECONDS)
        assert heartbeat["release"]["S"] == site.environment(Function.HEARTBEAT, region)["RELEASE"]

    def test_the_other_region_reads_it(self, site: Site, region: str) -> None:
        assert site.invoke(Function.HEARTBEAT, region).error is None
        (other,) = set(REGIONS) - {region}
        key = f"{HEARTBEAT_PREFIX}{region}"

        def arrived() -> None:
            assert site.item(other, key) == site.item(region, key)

        eventually(arrived)


@pytest.mark.parametrize("region", REGIONS)
class TestHeartbeatAge:
    """Each region publishes how old the other one's heartbeat is."""

    @pytest.fixture(autouse=True)
    def observed(self, site: Site, region: str) -> None:
        (other,) = set(REGIONS) - {region}
        assert site.invoke(Function.HEARTBEAT, other).error is None
        assert site.invoke(Function.SENTINEL, region).error is None

    def test_it_is_a_metric_of_the_observers_region(self, site: Site, region: str) -> None:
        ages = metric_values(site, Metric.HEARTBEAT_AGE, Function.SENTINEL, region)
        assert ages
        assert min(ages) >= 0

    def test_the_alarm_watches_what_is_published(self, site: Site, region: str) -> None:
        cloudwatch = site.aws("cloudwatch", region)
        name = f"heartbeat-age-{region}-{site.suffix}"
        (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
        watched = {key: alarm[key] for key in ("Namespace", "MetricName", "Dimensions")}
        published = cloudwatch.list_metrics(Namespace=watched["Namespace"], MetricName=watched["MetricName"])["Metrics"]
        assert _sorted(watched["Dimensions"]) in [_sorted(metric["Dimensions"]) for metric in published]


def _sorted(dimensions: list[dict[str, str]]) -> list[dict[str, str]]:
    return sorted(dimensions, key=lambda dimension: dimension["Name"])


def latest_reason(site: Site) -> str:
    """Return why the standby's sentinel decided last as it did."""
    records = log_records(site, Function.SENTINEL, STANDBY)
    return str([record["reason"] for record in records if record.get("message") == "decided"][-1])


def test_a_living_primary_arms_the_sentinel(site: Site, armed: None) -> None:
    memory = site.item(STANDBY, f"{SENTINEL_PREFIX}{STANDBY}")
    assert memory is not None
    assert memory["armedRelease"]["S"] == site.environment(Function.SENTINEL, STANDBY)["RELEASE"]


def test_a_fresh_heartbeat_keeps_it_quiet(site: Site, armed: None) -> None:
    assert site.invoke(Function.HEARTBEAT, PRIMARY).error is None
    assert site.invoke(Function.SENTINEL, STANDBY).error is None
    assert latest_reason(site) == "the primary's heartbeat is not stale"


@pytest.mark.may_be_refused  # the dead primary's heartbeat has lost its right
class TestOneObstacle:
    """Everything speaks for a takeover but for one thing."""

    @staticmethod
    def assert_quiet(site: Site, reason: str) -> None:
        def decided() -> None:
            assert site.invoke(Function.SENTINEL, STANDBY).error is None
            assert latest_reason(site) == reason

        eventually(decided)
        assert not primary_fence(site).fenced

    def test_the_primarys_endpoint_answers(self, site: Site, armed: None) -> None:
        with impatient_sentinel(site):
            self.assert_quiet(site, "the primary's endpoint answers")

    def test_automatic_takeover_is_off(self, site: Site, armed: None) -> None:
        with impatient_sentinel(site, automaticTakeover=False), dead_primary(site):
            self.assert_quiet(site, "automatic takeover is off")

    def test_no_payments_arrive_in_the_standby(self, site: Site, armed: None) -> None:
        with impatient_sentinel(site, localPaymentsWithinSeconds=0.001), dead_primary(site):
            self.assert_quiet(site, "no payments arrive here")


def takeovers(site: Site) -> float:
    """Return how many automatic takeovers were counted."""
    return sum(metric_values(site, Metric.AUTOMATIC_TAKEOVER, Function.SENTINEL, STANDBY, "Sum"))


@pytest.fixture(scope="class")
def counted_before(site: Site) -> float:
    return takeovers(site)


@pytest.fixture(scope="class")
def taken_over(site: Site, payer: Payer, armed: None, counted_before: float) -> Iterator[Fence]:
    """The fence that the sentinel set on a dead primary."""
    with impatient_sentinel(site), dead_primary(site):

        def fenced() -> Fence:
            assert site.invoke(Function.SENTINEL, STANDBY).error is None
            fence = primary_fence(site)
            assert fence.fenced
            return fence

        yield eventually(fenced)
    unfence_primary(site, payer)
    assert site.invoke(Function.HEARTBEAT, PRIMARY).error is None


@pytest.mark.may_be_refused  # the dead primary's heartbeat has lost its right
class TestDeadPrimary:
    """No heartbeat, no answer, and payments arrive in the standby."""

    def test_the_sentinel_fences_it(self, taken_over: Fence) -> None:
        assert taken_over.by == f"sentinel {STANDBY}"
        assert taken_over.reason.startswith("automatic takeover")

    def test_the_standby_says_so(self, anyone: Payer, taken_over: Fence) -> None:
        assert anyone.send(STANDBY, "GET", "/takeover").status == 200

    def test_the_primary_takes_no_payments_once_it_is_back(self, payer: Payer, taken_over: Fence) -> None:
        await_answer(payer, 503)

    def test_another_round_changes_nothing(self, site: Site, taken_over: Fence) -> None:
        assert site.invoke(Function.SENTINEL, STANDBY).error is None
        assert primary_fence(site) == taken_over
        assert latest_reason(site) == "the primary is fenced already"

    def test_it_is_counted_once(self, site: Site, counted_before: float, taken_over: Fence) -> None:
        assert takeovers(site) == counted_before + 1
