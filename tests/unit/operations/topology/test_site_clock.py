"""The site's time, by the dates of AWS's answers, and what is judged by it."""

from email.utils import formatdate
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse

from contract.roles import Role
from handlers.runtime import timestamp
from handlers.tickers.memory import TickerMemory
from operations.aws import Aws
from operations.endpoints import EndpointSettings
from operations.topology.model import TickerState, Topology
from operations.topology.read import read_topology
from operations.topology.readings import Known, Unknown
from operations.topology.site_clock import SiteClock, differs
from operations.verdict.judge import judge
from tests.unit.fake_clock import FakeClock
from tests.unit.operations.fakes import FakeAws
from tests.unit.operations.plans.topologies import open_in
from tests.unit.operations.topology.outside import CHECKED, Outside

SITE_TIME = 1_769_860_800.0
LEFT = "this machine's clock is"


def date(at: float) -> str:
    """Return a moment as AWS's answers bear it: in whole seconds."""
    return formatdate(at, usegmt=True)


class TestDifference:
    """How far this machine is ahead."""

    def test_unknown_until_something_answers(self) -> None:
        clock = SiteClock(FakeClock(100.0))
        assert isinstance(clock.ahead, Unknown)
        assert clock.time() == 100.0

    @pytest.mark.parametrize("wrong", [40.0, -40.0])
    def test_clock_that_is_wrong_is_put_right(self, wrong: float) -> None:
        clock = SiteClock(FakeClock(SITE_TIME + wrong))
        clock.hear(date(SITE_TIME), 0.0)
        assert isinstance(clock.ahead, Known)
        assert clock.ahead.value == pytest.approx(wrong, abs=1)
        assert clock.time() == pytest.approx(SITE_TIME, abs=1)

    @pytest.mark.parametrize("seconds", [0.0, 0.9, 3.0])
    def test_the_second_and_a_slow_answer_are_no_difference(self, seconds: float) -> None:
        clock = SiteClock(FakeClock(SITE_TIME + seconds))
        clock.hear(date(SITE_TIME), seconds)
        assert clock.ahead == Known(0.0)
        assert clock.time() == SITE_TIME + seconds

    def test_faster_answer_narrows_what_a_slow_one_left_open(self) -> None:
        clock = SiteClock(FakeClock(SITE_TIME + 10))
        clock.hear(date(SITE_TIME), 20.0)
        assert clock.ahead == Known(0.0)
        clock.hear(date(SITE_TIME), 0.5)
        assert clock.ahead == Known(8.5)

    @pytest.mark.parametrize(("apart", "ahead"), [(2, Known(10.0)), (3, Known(11.0)), (4, None), (1800, None)])
    def test_two_hosts_that_are_a_little_apart_are_believed(self, apart: float, ahead: Known[float] | None) -> None:
        clock = SiteClock(FakeClock(SITE_TIME))
        clock.hear(date(SITE_TIME - 10), 0.0)
        clock.hear(date(SITE_TIME - 10 - apart), 0.0)
        contradiction = Unknown("AWS's answers contradict each other about the time")
        assert clock.ahead == (ahead or contradiction)

    @pytest.mark.parametrize("wrong", [3600.0, -3600.0, 5.0])
    def test_majority_is_believed(self, wrong: float) -> None:
        clock = SiteClock(FakeClock(SITE_TIME + 40.5))
        for number in range(20):
            clock.hear(date(SITE_TIME + (wrong if number == 7 else 0.0)), 0.1 * number)
        assert clock.ahead == Known(39.5)

    def test_small_difference_is_left_alone(self) -> None:
        clock = SiteClock(FakeClock(SITE_TIME + 2.5))
        clock.hear(date(SITE_TIME), 0.0)
        assert not differs(clock.ahead)
        assert clock.time() == SITE_TIME + 2.5

    def test_what_is_no_date_says_nothing(self) -> None:
        clock = SiteClock(FakeClock())
        clock.hear("soon", 0.0)
        assert isinstance(clock.ahead, Unknown)


def read(*, machine: float, ticked: float, answered: bool = True) -> Topology:
    """Read a site where it is `SITE_TIME`, by a machine whose clock is off; the tickers wrote at `ticked`."""
    memory = TickerMemory(run="r", fit=True, fit_for=3600, lag=0.5, at=timestamp(SITE_TIME + ticked))

    def get(*, Key: dict[str, Any], **_: Any) -> Any:  # noqa: N803 — AWS's name
        key = Key["pk"]["S"]
        if key == "writer":
            return {"Item": open_in().item()}
        return {"Item": memory.item("us-east-1")} if "ticker" in key else {}

    return read_topology(
        CHECKED,
        FakeAws({("dynamodb", "get_item"): get}, date=date(SITE_TIME) if answered else ""),
        EndpointSettings(),
        FakeClock(SITE_TIME + machine),
        seconds=0.5,
        edge=Outside(),
    )


def ticker(found: Topology) -> TickerState:
    reading = found.regions[Role.PRIMARY].ticker
    assert isinstance(reading, Known), reading
    return reading.value


class TestTopology:
    """What is read by a machine whose clock is off."""

    def test_machine_that_is_ahead_makes_no_ticker_silent(self) -> None:
        found = read(machine=60, ticked=-1)
        assert ticker(found).is_heard
        assert found.read_at == pytest.approx(SITE_TIME, abs=1)

    def test_machine_that_is_behind_makes_no_dead_ticker_alive(self) -> None:
        assert not ticker(read(machine=-60, ticked=-40)).is_heard

    def test_machine_that_is_behind_makes_no_live_ticker_unknown(self) -> None:
        assert ticker(read(machine=-60, ticked=-1)).age == pytest.approx(1, abs=1)

    def test_machines_clock_counts_without_a_dated_answer(self) -> None:
        found = read(machine=60, ticked=-1, answered=False)
        assert isinstance(found.machine_ahead, Unknown)
        assert ticker(found).age == 61

    @pytest.mark.parametrize(
        ("machine", "said"), [(60, "59 s ahead of the site's"), (-60, "60 s behind the site's"), (1, ""), (-1, "")]
    )
    def test_the_verdict_says_so(self, machine: float, said: str) -> None:
        risks = [each for each in judge(read(machine=machine, ticked=-1)).risks if each.startswith(LEFT)]
        assert [each.startswith(f"{LEFT} {said}") for each in risks] == [True] * bool(said)


def test_clients_hand_on_the_date_of_each_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[str, float]] = []
    session = boto3.Session(aws_access_key_id="a", aws_secret_access_key="s")
    aws = Aws(session=session).hurried(hears=lambda *told: heard.append(told))
    client = aws.client("dynamodb", "us-east-1")

    class Raw:
        def stream(self, *_: object, **__: object) -> Any:
            yield b'{"__type": "com.amazon.coral.service#AccessDeniedException"}'

    def refuse(**_: Any) -> AWSResponse:
        headers: Any = {"Date": date(SITE_TIME)}  # as the HTTP client hands them in
        return AWSResponse("https://dynamodb", 400, headers, Raw())

    client.meta.events.register("before-send", refuse)
    with pytest.raises(client.exceptions.ClientError):
        client.list_tables()
    ((told, seconds),) = heard
    assert told == date(SITE_TIME)
    assert seconds >= 0
