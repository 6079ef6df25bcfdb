"""The whole picture, with a region that answers nothing."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from contract.outputs import CheckName, QueueKind
from contract.roles import Role
from handlers.writer.item import ClosingKind, Writer
from operations.endpoints import EndpointSettings
from operations.topology.asking import Asker
from operations.topology.model import QueueDepth, Topology
from operations.topology.read import _with_serving, read_topology
from operations.topology.readings import Known, Reading, Unknown
from tests.unit.fake_clock import FakeClock
from tests.unit.operations.fakes import FakeAws
from tests.unit.operations.plans.topologies import SITE, closing, open_in, topology, with_region
from tests.unit.operations.topology.outside import Outside

ALONE = SITE.model_copy(update={"failover_endpoint_url": None, "health_check_ids": None})


@pytest.fixture(scope="module", autouse=True)
def no_network() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("operations.topology.read.EdgeReader", lambda *_, **__: Outside())
        yield


def read(answers: dict[tuple[str, ...], Any], **options: Any) -> Topology:
    return read_topology(ALONE, FakeAws(answers), EndpointSettings(), FakeClock(), seconds=0.5, **options)


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
    assert half.writer == half.standby.control == Known(None)
    assert half.standby.glass == Known(None)
    assert half.standby.queues[QueueKind.RETRY] == Known(QueueDepth(1, 1, 1))
    assert half.standby.alarms == Known(())


def test_of_the_dead_region_nothing_is_known(half: Topology) -> None:
    state = half.primary
    readings: list[Reading[Any]] = [
        state.control,
        state.remembered,
        state.glass,
        state.ticker,
        state.owns,
        *state.heartbeats.values(),
        *state.queues.values(),
        state.health,
        state.alarms,
        state.bucket_backlog,
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


class TestWriter:
    """Any replica that has a quorum says who owns the writer."""

    def writer(self, **controls: Reading[Any]) -> Reading[Any]:
        found = topology()
        for role in Role:
            found = with_region(found, role, control=controls[role])
        return found.writer

    def test_newest_epoch_counts(self) -> None:
        newer = Known(open_in(epoch=8))
        assert self.writer(primary=Known(open_in(epoch=7)), standby=newer) == newer
        assert self.writer(primary=newer, standby=Known(None)) == newer

    def test_one_quorum_is_enough(self) -> None:
        assert self.writer(primary=Unknown("no connection"), standby=Known(open_in())) == Known(open_in())

    def test_every_reason_is_reported(self) -> None:
        unknown = self.writer(primary=Unknown("no connection"), standby=Unknown("no quorum"))
        assert unknown == Unknown("us-east-1: no connection; us-east-2: no quorum")

    @pytest.mark.parametrize(
        ("now", "owner", "serving"),
        [
            (open_in(Role.STANDBY), Role.STANDBY, Role.STANDBY),
            (closing(ClosingKind.TAKEOVER, Role.STANDBY), Role.STANDBY, None),
            (replace(open_in(), region="eu-west-1"), None, None),
        ],
        ids=["open", "closing", "stranger"],
    )
    def test_owner_serves_while_it_is_open(self, now: Writer, owner: Role | None, serving: Role | None) -> None:
        found = topology(writer=now)
        assert (found.owner, found.serving) == (owner, serving)


class InOrder(Asker):
    """Asks one thing after the other, as a simulation may."""

    def __init__(self) -> None:
        super().__init__(in_background=lambda work: work(), wait=lambda *_: None, monotonic=lambda: 0.0)


def test_simulation_asks_in_its_own_way() -> None:
    assert read({("dynamodb", "us-east-2", "get_item"): {}}, asker=InOrder()).standby.control == Known(None)


GOOD, BAD, WHO_KNOWS = Known(value=True), Known(value=False), Unknown("no answer")


@pytest.mark.parametrize(
    ("primary", "standby", "serving"),
    [
        (GOOD, BAD, GOOD),
        (BAD, BAD, BAD),
        (GOOD, GOOD, BAD),
        (WHO_KNOWS, GOOD, BAD),
        (WHO_KNOWS, BAD, WHO_KNOWS),
        (GOOD, WHO_KNOWS, WHO_KNOWS),
    ],
)
def test_route_53_answers_the_primary_if_it_owns_and_the_standby_does_not(
    primary: Reading[bool], standby: Reading[bool], serving: Reading[bool]
) -> None:
    checks = {CheckName.PRIMARY_WRITER: primary, CheckName.STANDBY_WRITER: standby}
    assert _with_serving(checks)[CheckName.SERVING] == serving
