"""Which questions of checkers share a probe."""

import asyncio
from dataclasses import dataclass, field, replace

from emulator.route53.checks import HealthCheck
from emulator.route53.probes import ProbeOutcome, failure
from emulator.route53.shared_probes import SHARED_INTERVALS, SHARED_SECONDS, SharedProbes
from tests.unit.emulator.time_machine import TimeMachine

CHECK = HealthCheck("HTTPS", domain_name="primary.example.com", port=443)
PASSED, FAILED = ProbeOutcome(passed=True, report="Success"), failure("HTTP Status Code 503")


@dataclass
class Endpoint:
    """Answers each probe with the next outcome, once it is let go."""

    outcomes: list[ProbeOutcome]
    scale: float = 2.0
    asked: int = 0
    answering: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.clock = TimeMachine(scale=self.scale)
        self.probes = SharedProbes(self.probe, clock=self.clock, now=self.clock.time)

    async def probe(
        self, check: HealthCheck, address: str, port: int, *, reference: str, response_seconds: float
    ) -> ProbeOutcome:
        self.asked += 1
        outcome = self.outcomes[self.asked - 1]
        await self.answering.wait()
        return outcome

    async def ask(self, check: HealthCheck = CHECK, address: str = "127.0.1.1", reference: str = "a") -> ProbeOutcome:
        return await self.probes(check, address, 443, reference=reference, response_seconds=2)


def test_checkers_that_ask_at_almost_the_same_time_share_one_probe() -> None:
    async def scenario() -> None:
        endpoint = Endpoint([PASSED, FAILED])
        both = asyncio.gather(endpoint.ask(), endpoint.ask())
        await asyncio.sleep(0)
        endpoint.answering.set()
        assert tuple(await both) == (PASSED, PASSED)
        endpoint.clock.now += SHARED_SECONDS * 0.9
        assert await endpoint.ask() == PASSED
        assert endpoint.asked == 1

    asyncio.run(scenario())


def test_a_later_one_sees_what_has_changed() -> None:
    async def scenario() -> None:
        endpoint = Endpoint([PASSED, FAILED])
        endpoint.answering.set()
        assert await endpoint.ask() == PASSED
        endpoint.clock.now += SHARED_SECONDS * 1.1
        assert await endpoint.ask() == FAILED

    asyncio.run(scenario())


def test_each_checker_asks_for_itself_at_real_pace() -> None:
    async def scenario() -> None:
        endpoint = Endpoint([PASSED, FAILED], scale=1)
        endpoint.answering.set()
        assert tuple(await asyncio.gather(endpoint.ask(), endpoint.ask())) == (PASSED, FAILED)

    asyncio.run(scenario())


def test_a_checker_never_gets_its_own_outcome_again() -> None:
    async def scenario() -> None:
        endpoint = Endpoint([PASSED, FAILED, PASSED], scale=100)
        endpoint.answering.set()
        assert await endpoint.ask() == PASSED
        endpoint.clock.advance(0.9 * SHARED_INTERVALS * CHECK.interval_seconds)
        assert await endpoint.ask() == PASSED
        endpoint.clock.advance(CHECK.interval_seconds)
        assert await endpoint.ask() == FAILED
        endpoint.clock.timeline.change(endpoint.clock.now, 2)  # within an interval, real seconds count again
        endpoint.clock.now += SHARED_SECONDS * 1.1
        assert await endpoint.ask() == PASSED

    asyncio.run(scenario())


def test_what_differs_is_asked_by_itself() -> None:
    async def scenario() -> None:
        endpoint = Endpoint([PASSED] * 4)
        endpoint.answering.set()
        await endpoint.ask()
        await endpoint.ask(check=replace(CHECK, path="/health"))
        await endpoint.ask(address="127.0.1.2")
        await endpoint.ask(reference="b")
        assert endpoint.asked == 4

    asyncio.run(scenario())


def test_a_checker_that_ends_leaves_the_probe_to_the_others() -> None:
    async def scenario() -> None:
        endpoint = Endpoint([PASSED])
        ended, other = asyncio.ensure_future(endpoint.ask()), asyncio.ensure_future(endpoint.ask())
        await asyncio.sleep(0)
        ended.cancel()
        await asyncio.sleep(0)
        endpoint.answering.set()
        assert await other == PASSED

    asyncio.run(scenario())
