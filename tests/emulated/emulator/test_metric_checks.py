"""Health checks of the type CLOUDWATCH_METRIC follow an alarm's metric, in whatever state the alarm is."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from emulator import Emulator, running
from tests.emulated.emulator.sample_api import administrator
from tests.emulated.waiting import eventually

REGION, ALARM = "us-east-2", "queue-is-long"
METRIC = {"Namespace": "Sample", "MetricName": "Depth"}
CHECK = {
    "Type": "CLOUDWATCH_METRIC",
    "AlarmIdentifier": {"Region": REGION, "Name": ALARM},
    "InsufficientDataHealthStatus": "Healthy",
}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with running(time_scale=30) as started:
        yield started


@pytest.fixture(scope="module")
def client(emulator: Emulator) -> Callable[..., Any]:
    return administrator(emulator)


@pytest.fixture(scope="module")
def check_id(client: Callable[..., Any]) -> str:
    client("cloudwatch", REGION).put_metric_alarm(
        AlarmName=ALARM,
        **METRIC,
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=10,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="breaching",
    )
    created = client("route53").create_health_check(CallerReference="1", HealthCheckConfig=CHECK)
    return str(created["HealthCheck"]["Id"])


def keep_putting(client: Callable[..., Any], value: float, holds: Callable[[], None]) -> None:
    """Put the metric every quarter of an emulated minute until something holds."""
    cloudwatch = client("cloudwatch", REGION)

    def put_and_look() -> None:
        cloudwatch.put_metric_data(Namespace="Sample", MetricData=[{"MetricName": "Depth", "Value": value}])
        holds()

    eventually(put_and_look, every=0.5)


def test_it_follows_the_metric_not_the_alarm(emulator: Emulator, client: Callable[..., Any], check_id: str) -> None:
    def is_healthy(expected: bool) -> Callable[[], None]:  # noqa: FBT001
        def look() -> None:
            assert emulator.status()["health_checks"][check_id]["healthy"] is expected

        return look

    eventually(is_healthy(expected=True))  # no data: as the check says, though the alarm breaches
    keep_putting(client, 11, is_healthy(expected=False))
    client("cloudwatch", REGION).set_alarm_state(AlarmName=ALARM, StateValue="OK", StateReason="by hand")
    time.sleep(0.2)
    is_healthy(expected=False)()
    keep_putting(client, 1, is_healthy(expected=True))


def test_a_region_that_is_down_has_no_data(emulator: Emulator, client: Callable[..., Any], check_id: str) -> None:
    client("route53").update_health_check(HealthCheckId=check_id, InsufficientDataHealthStatus="Unhealthy")
    assert emulator.status()["health_checks"][check_id]["type"] == "CLOUDWATCH_METRIC"

    def is_unhealthy() -> None:
        assert emulator.status()["health_checks"][check_id]["healthy"] is False

    with emulator.inject("region-down", region=REGION):
        eventually(is_unhealthy)
