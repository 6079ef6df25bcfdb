"""Every alarm of the deployment watches a metric that is published, and real causes turn alarms red, and green again.

Twenty times as fast as real, in an emulated AWS.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest

from contract.environment import Function
from emulator import Emulator
from sandbox.payer import RequestSender
from tests.emulated.alarms import alarm_state
from tests.emulated.faults import paused, quick_retries
from tests.emulated.payments import new_payment, queue_message
from tests.emulated.site import PRIMARY, REGIONS, STANDBY, Site
from tests.emulated.waiting import eventually
from tests.emulated.writing import await_answer, hold_writer, open_again, pay

SCALE = 20
AGE = "ApproximateAgeOfOldestMessage"

UNPUBLISHED = {
    ("AWS/DynamoDB", "SystemErrors"),
    ("AWS/DynamoDB", "ReadThrottleEvents"),
    ("AWS/DynamoDB", "WriteThrottleEvents"),
    ("AWS/SNS", "NumberOfNotificationsFailed"),
}
"""What the emulator never publishes, since it never happens there; AWS publishes them so (FACTS 14)."""

Watched = tuple[str, str, frozenset[tuple[str, str]]]
"""A metric's namespace, name and dimensions."""


@pytest.fixture(scope="module")
def hurried(emulator: Emulator) -> Iterator[Emulator]:
    """The emulator, faster while these tests run."""
    emulator.set_time_scale(SCALE)
    yield emulator
    emulator.heal()
    emulator.set_time_scale(1)


def dimensions(shown: Sequence[dict[str, str]]) -> frozenset[tuple[str, str]]:
    return frozenset((each["Name"], each["Value"]) for each in shown)


def watched(site: Site, region: str) -> dict[str, Watched]:
    """Return what each alarm of a region watches, by the alarm's ARN and the metric's name."""
    pages = site.aws("cloudwatch", region).get_paginator("describe_alarms").paginate()
    alarms = [alarm for page in pages for alarm in page["MetricAlarms"]]
    return {
        f"{alarm['AlarmArn']} {metric['MetricName']}": (
            metric["Namespace"],
            metric["MetricName"],
            dimensions(metric["Dimensions"]),
        )
        for alarm in alarms
        for metric in metrics_of(alarm)
        if (metric["Namespace"], metric["MetricName"]) not in UNPUBLISHED
    }


def metrics_of(alarm: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the metrics that an alarm watches: its own, or those of its expression."""
    if alarm.get("Metrics"):
        return [part["MetricStat"]["Metric"] for part in alarm["Metrics"] if "MetricStat" in part]
    return [alarm]


def published(site: Site, region: str) -> set[Watched]:
    """Return the metrics that a region's CloudWatch has data of."""
    pages = site.aws("cloudwatch", region).get_paginator("list_metrics").paginate()
    metrics = [metric for page in pages for metric in page["Metrics"]]
    return {(metric["Namespace"], metric["MetricName"], dimensions(metric["Dimensions"])) for metric in metrics}


def let_payments_wait(site: Site, region: str) -> None:
    """Let a payment wait in the retry queue until its age is known, then let the worker store it."""
    with paused(site, Function.RETRY_WORKER, region):
        body = queue_message(new_payment(), region)
        site.aws("sqs", region).send_message(QueueUrl=site.queue("retry", region), MessageBody=body)

        def aged() -> None:
            assert AGE in {name for _, name, _ in published(site, region)}

        eventually(aged)


def let_payments_be_refused(site: Site, payer: RequestSender) -> None:
    """Pay in both regions while the writer is held."""
    hold_writer(site)
    for region in REGIONS:
        await_answer(payer, 503, region)
    open_again(site)
    await_answer(payer, 201)


@pytest.fixture(scope="class")
def used(site: Site, hurried: Emulator, payer: RequestSender) -> None:
    pay(payer, PRIMARY, new_payment())
    for region in REGIONS:
        let_payments_wait(site, region)
    let_payments_be_refused(site, payer)


class TestNoAlarmIsBlind:
    """Once all has happened that alarms wait for."""

    @pytest.mark.parametrize("region", REGIONS)
    def test_its_metric_is_published_with_its_dimensions(self, site: Site, used: None, region: str) -> None:
        alarms = watched(site, region)
        blind = ("table-errors-", "table-throttles-", "notifications-failed-")
        deployed = {
            arn for arn in site.deployment.outputs["alarm_arns"][region] if not arn.rpartition(":")[2].startswith(blind)
        }
        assert deployed <= {each.partition(" ")[0] for each in alarms}

        def all_seen() -> None:
            seen = published(site, region)
            assert [arn for arn, metric in alarms.items() if metric not in seen] == []

        eventually(all_seen)


CAUSED = {
    "dead-letters": PRIMARY,
    "api-errors": STANDBY,
    "payment-api-errors": STANDBY,
    "ticker-throttles": STANDBY,
}
"""Alarms and their regions."""


@pytest.fixture(scope="module")
def red(site: Site, hurried: Emulator) -> dict[str, str]:
    """The states of the alarms while their causes last."""
    queues, functions = site.aws("sqs", PRIMARY), site.aws("lambda", STANDBY)
    ticker = site.name(Function.TICKER, STANDBY)
    reserved = functions.get_function_concurrency(FunctionName=ticker)["ReservedConcurrentExecutions"]
    functions.put_function_concurrency(FunctionName=ticker, ReservedConcurrentExecutions=0)
    try:
        with (
            hurried.inject("function-crash", function=site.name(Function.PAYMENT_API, STANDBY)),
            quick_retries(site, PRIMARY),
        ):
            queues.send_message(QueueUrl=site.queue("retry", PRIMARY), MessageBody='{"transactionId": "poison"}')
            return await_states(site, "ALARM")
    finally:
        functions.put_function_concurrency(FunctionName=ticker, ReservedConcurrentExecutions=reserved)
        queues.purge_queue(QueueUrl=site.queue("dead_letter", PRIMARY))


def await_states(site: Site, state: str, *, but: str = "") -> dict[str, str]:
    """Wait until all of them, but perhaps one, are in a state."""

    def reached() -> dict[str, str]:
        states = {what: alarm_state(site, what, region) for what, region in CAUSED.items() if what != but}
        assert set(states.values()) == {state}, states
        return states

    return eventually(reached)


class TestRealCauses:
    """A payment that cannot be stored, a function that crashes and one that may not run."""

    @pytest.mark.parametrize("what", CAUSED)
    def test_it_is_red_while_its_cause_lasts(self, red: dict[str, str], what: str) -> None:
        assert red[what] == "ALARM"

    def test_they_are_green_again_after_it(self, site: Site, red: dict[str, str]) -> None:
        # On a machine that hardly keeps up with so many health checks, some of them do fail: no rate of errors then.
        assert set(await_states(site, "OK", but="api-errors")) == set(CAUSED) - {"api-errors"}
