"""Which checkers probe what, when, and what they do not see."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from itertools import pairwise

import pytest

from emulator.faults import ActiveFaults, Behaviour
from emulator.regions import ADDRESSES
from emulator.route53.checkers import Checkers, patience_seconds
from emulator.route53.checks import AlarmData, HealthCheck
from emulator.route53.probes import TIMED_OUT, Latency, ProbeOutcome, failure
from emulator.route53.statuses import Statuses
from emulator.route53.zones import Answer, Rcode, Record, UnanswerableRecordError
from tests.unit.emulator.time_machine import AlarmClock

PASSED = ProbeOutcome(passed=True, report="Success: HTTP Status Code 200, OK")
REGIONS = ("us-west-2", "us-west-1", "eu-west-1")
CHECK = HealthCheck("HTTPS", domain_name="primary.example.com", port=443, interval_seconds=10, regions=REGIONS)
FOLLOWING = HealthCheck("CLOUDWATCH_METRIC", alarm=("us-east-2", "lag"))


@dataclass(frozen=True)
class Probed:
    """One request that a checker sent."""

    at: float
    check: HealthCheck
    address: str
    port: int
    reference: str


@dataclass
class World:
    """Everything around the checkers, all of it healthy."""

    checks: dict[str, HealthCheck]
    clock: AlarmClock = field(default_factory=AlarmClock)
    faults: ActiveFaults = field(default_factory=ActiveFaults)
    outcome: ProbeOutcome = PASSED
    alarm: AlarmData = "OK"
    probed: list[Probed] = field(default_factory=list)
    measured: list[Latency] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.began = self.clock.monotonic()
        self.statuses = Statuses(lambda: self.checks)

    def resolve(self, name: str, type_: str) -> Answer:
        match name:
            case "primary.example.com":
                return Answer(records=(Record(name, type_, 60, ADDRESSES["us-east-1"]),))
            case "weighted.example.com":
                raise UnanswerableRecordError("weighted routing is not emulated")
            case _:
                return Answer(Rcode.NXDOMAIN)

    async def probe(
        self, check: HealthCheck, address: str, port: int, *, reference: str, response_seconds: float
    ) -> ProbeOutcome:
        self.probed.append(Probed(self.clock.monotonic() - self.began, check, address, port, reference))
        return self.outcome

    @contextlib.asynccontextmanager
    async def checkers(self) -> AsyncIterator[asyncio.Task[None]]:
        part = Checkers(
            clock=self.clock,
            faults=self.faults,
            checks=lambda: self.checks,
            statuses=self.statuses,
            resolve=self.resolve,
            data_plane_port=8443,
            alarm_data=lambda check_id, region, name: self.alarm,
            measured=lambda check_id, latency: self.measured.append(latency),
            probe=self.probe,
        )
        running = asyncio.create_task(part.run())
        try:
            yield running
        finally:
            running.cancel()
            await asyncio.wait([running])


def test_every_checker_probes_once_an_interval() -> None:
    async def scenario(world: World) -> None:
        async with world.checkers():
            await world.clock.pass_by(59)

    world = World({"a": CHECK})
    asyncio.run(scenario(world))
    times = [probed.at for probed in world.probed]
    assert len(times) == 36  # 2 checkers in each of 3 regions, 6 times each
    assert times == sorted(times)
    assert max(later - earlier for earlier, later in pairwise(times)) < 2
    assert {(probed.address, probed.port, probed.reference) for probed in world.probed} == {
        (ADDRESSES["us-east-1"], 8443, "a")
    }


def test_an_outage_is_noticed_after_the_threshold_and_its_end_too() -> None:
    changes: list[tuple[float, bool]] = []

    async def scenario(world: World) -> None:
        async with world.checkers():
            await world.clock.pass_by(30)
            for outcome in (failure("HTTP Status Code 503, Service Unavailable"), PASSED):
                world.outcome = outcome
                before, began = world.statuses.healthy("a"), world.clock.monotonic()
                while world.statuses.healthy("a") == before:
                    await world.clock.pass_by(1)
                changes.append((world.clock.monotonic() - began, world.statuses.healthy("a")))

    asyncio.run(scenario(World({"a": CHECK})))
    assert [healthy for _, healthy in changes] == [False, True]
    assert all(20 <= seconds <= 31 for seconds, _ in changes)  # 3 times 10 s


def test_checkers_that_do_not_see_the_region_time_out_without_a_request() -> None:
    async def scenario(world: World) -> None:
        world.faults.inject("checkers-partial", endpoint="us-east-1", checkers="us-west-1,us-west-2")
        async with world.checkers():
            await world.clock.pass_by(60)
        assert world.statuses.healthy("a")  # a third of the checkers sees it
        world.faults.inject("checkers-partial", endpoint="us-east-1", checkers="eu-west-1")
        async with world.checkers():
            await world.clock.pass_by(60)
        assert not world.statuses.healthy("a")
        assert {view.latest and view.latest.outcome for view in world.statuses.views("a").values()} == {TIMED_OUT}

    asyncio.run(scenario(World({"a": CHECK})))


@pytest.mark.parametrize(("name", "why"), [("gone.example.com", "NXDOMAIN"), ("weighted.example.com", "SERVFAIL")])
def test_a_name_that_does_not_resolve_fails(name: str, why: str) -> None:
    async def scenario(world: World) -> None:
        async with world.checkers():
            await world.clock.pass_by(60)
        latest = {view.latest and view.latest.outcome.report for view in world.statuses.views("a").values()}
        assert latest == {f"Failure: DNS resolution failed: {why}"}
        assert not world.statuses.healthy("a")

    asyncio.run(scenario(World({"a": HealthCheck("HTTPS", domain_name=name, port=443, interval_seconds=10)})))


def test_other_addresses_and_ports_are_probed_as_they_are() -> None:
    async def scenario(world: World) -> None:
        async with world.checkers():
            await world.clock.pass_by(5)

    world = World({"a": HealthCheck("TCP", ip_address="127.0.0.1", port=443, regions=REGIONS)})
    asyncio.run(scenario(world))
    assert {(probed.address, probed.port) for probed in world.probed} == {("127.0.0.1", 443)}


def test_checks_are_noticed_when_they_come_change_and_go() -> None:
    async def scenario(world: World) -> None:
        async with world.checkers():
            await world.clock.pass_by(30)
            assert world.probed == []
            world.checks = {"a": CHECK}
            await world.clock.pass_by(15)
            assert len(world.probed) >= 6
            world.checks = {"a": HealthCheck("HTTPS", domain_name="primary.example.com", port=443, path="/deep")}
            await world.clock.pass_by(31)
            assert world.probed[-1].check.path == "/deep"
            world.checks = {}
            await world.clock.pass_by(2)
            count = len(world.probed)
            await world.clock.pass_by(60)
            assert len(world.probed) == count
            assert world.statuses.views("a") == {}

    asyncio.run(scenario(World({})))


def test_a_disabled_check_is_not_probed() -> None:
    async def scenario(world: World) -> None:
        async with world.checkers():
            await world.clock.pass_by(60)

    world = World({"a": HealthCheck("HTTPS", domain_name="primary.example.com", port=443, disabled=True)})
    asyncio.run(scenario(world))
    assert world.probed == []


def test_alarm_checks_follow_their_data() -> None:
    async def scenario(world: World) -> None:
        async with world.checkers():
            await world.clock.pass_by(15)
            assert world.statuses.healthy("a")
            world.alarm = "ALARM"
            await world.clock.pass_by(15)
            assert not world.statuses.healthy("a")

    asyncio.run(scenario(World({"a": FOLLOWING})))


@pytest.mark.parametrize(
    ("behaviour", "scale", "seconds"),
    [
        (Behaviour(), 1, 2),
        (Behaviour(), 10, 2),
        (Behaviour(mode="hang"), 10, 0.2),
        (Behaviour(delay_seconds=1), 10, 1.1),
        (Behaviour(delay_seconds=1), 1, 2),
        (Behaviour(delay_seconds=30), 10, 0.2),
    ],
)
def test_injected_delays_use_up_the_patience_as_in_real_time(
    behaviour: Behaviour, scale: float, seconds: float
) -> None:
    assert patience_seconds(behaviour, scale) == pytest.approx(seconds)


@pytest.mark.parametrize(("measures", "scale"), [(False, 1), (True, 1), (True, 10)])
def test_latency_is_measured_where_the_check_says_so_and_as_in_real_time(*, measures: bool, scale: float) -> None:
    async def scenario(world: World) -> None:
        async with world.checkers():
            await world.clock.pass_by(1)

    took = 0.05 + 1.0 / scale  # the delay of a second passes faster
    world = World({"a": replace(CHECK, measures_latency=measures)}, clock=AlarmClock(scale=scale))
    world.outcome = replace(PASSED, latency=Latency(0.01, 0.02, took))
    world.faults.inject("region-slow", region="us-east-1", seconds=1)
    asyncio.run(scenario(world))
    assert world.probed
    assert bool(world.measured) == measures
    assert all(each.first_byte == pytest.approx(1.05) for each in world.measured)


def test_a_defect_in_one_checker_ends_the_part() -> None:
    """It is then reported, and fails the run; nobody goes on with checks that are no longer made."""

    async def scenario(world: World) -> BaseException | None:
        world.resolve = None  # type: ignore[assignment, method-assign]
        async with world.checkers() as running:
            await world.clock.pass_by(1)
            assert running.done()
        return running.exception()

    ended = asyncio.run(scenario(World({"a": CHECK})))
    assert isinstance(ended, ExceptionGroup)
