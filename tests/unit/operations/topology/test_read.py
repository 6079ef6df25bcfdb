"""The whole picture, with a region that answers nothing."""

from collections.abc import Iterator
from typing import Any

import pytest

from operations.site import CheckName, QueueKind, Role
from operations.surroundings import Surroundings
from operations.topology.model import QueueDepth, Topology
from operations.topology.read import _with_serving, read_topology
from operations.topology.readings import Known, Reading, Unknown
from tests.unit.operations.fakes import FakeAws, StoppedClock
from tests.unit.operations.plans.topologies import SITE
from tests.unit.operations.topology.outside import Outside

ALONE = SITE.model_copy(update={"failover_endpoint_url": None, "health_check_ids": None})


@pytest.fixture(scope="module", autouse=True)
def no_network() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("operations.topology.read.EdgeReader", lambda *_, **__: Outside())
        yield


def read(answers: dict[tuple[str, ...], Any], **options: Any) -> Topology:
    return read_topology(ALONE, FakeAws(answers), Surroundings(), StoppedClock(), seconds=0.5, **options)


@pytest.fixture(scope="module")
def half(no_network: None) -> Topology:
    """Only the standby's AWS API answers."""
    depths = dict.fromkeys((f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")), "1")
    standby: dict[tuple[str, ...], Any] = {
        ("dynamodb", "us-east-2", "get_item"): {},
        ("sqs", "us-east-2", "get_queue_attributes"): {"Attributes": depths},
        ("cloudwatch", "us-east-2", "describe_alarms"): {"MetricAlarms": []},
        ("cloudwatch", "us-east-2", "get_metric_data"): {
            "MetricDataResults": [{"Id": id_, "Timestamps": [], "Values": []} for id_ in ("m0", "m1")]
        },
    }
    return read(standby)


def test_what_the_living_region_holds_is_known(half: Topology) -> None:
    for of in Role:
        fence = half.fence(of, seen_by=Role.STANDBY)
        assert isinstance(fence, Known)
        assert not fence.value.fenced
    assert half.standby.queues[QueueKind.RETRY] == Known(QueueDepth(1, 1, 1))
    assert half.standby.alarms == Known(())


def test_of_the_dead_region_nothing_is_known(half: Topology) -> None:
    state = half.primary
    readings: list[Reading[Any]] = [
        *state.fences.values(),
        *state.heartbeats.values(),
        *state.queues.values(),
        state.health,
        state.takeover,
        state.alarms,
        state.bucket_backlog,
        state.sentinel,
        state.automatic_takeover,
        half.lag[Role.PRIMARY, Role.STANDBY],
    ]
    assert all(isinstance(reading, Unknown) and reading.reason for reading in readings)


def test_no_datapoint_is_unknown(half: Topology) -> None:
    assert half.lag[Role.STANDBY, Role.PRIMARY] == Unknown(
        "no datapoint for 300 s: nothing is replicated, or replication stands still"
    )
    assert half.standby.bucket_backlog == Unknown("no datapoint lately")


def test_without_a_domain_there_is_no_dns(half: Topology) -> None:
    assert half.dns is None
    assert half.health_checks == {}


def test_a_region_that_shall_not_be_asked_is_not() -> None:
    aws = FakeAws()
    topology = read_topology(ALONE, aws, Surroundings(), StoppedClock(), seconds=0.5, roles=[Role.STANDBY])
    assert {region for _, region, _, _ in aws.calls} == {"us-east-2"}
    assert topology.primary.health == Unknown("not asked")


GOOD, BAD, WHO_KNOWS = Known(value=True), Known(value=False), Unknown("no answer")


@pytest.mark.parametrize(
    ("primary", "takeover", "serving"),
    [
        (GOOD, GOOD, GOOD),
        (BAD, GOOD, BAD),
        (GOOD, BAD, BAD),
        (WHO_KNOWS, BAD, BAD),
        (WHO_KNOWS, GOOD, WHO_KNOWS),
        (GOOD, WHO_KNOWS, WHO_KNOWS),
    ],
)
def test_route_53_answers_the_primary_if_both_checks_are_healthy(
    primary: Reading[bool], takeover: Reading[bool], serving: Reading[bool]
) -> None:
    checks = {CheckName.PRIMARY: primary, CheckName.TAKEOVER: takeover}
    assert _with_serving(checks)[CheckName.SERVING] == serving
