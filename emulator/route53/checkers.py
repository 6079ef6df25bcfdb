"""The health checkers: every one probes every check that is deployed, in its own rhythm."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace

from emulator.clock import EmulatorClock
from emulator.faults import ActiveFaults, Behaviour
from emulator.regions import ADDRESSES, region_of_address
from emulator.route53.checks import CLOUDWATCH_METRIC, AlarmData, HealthCheck
from emulator.route53.messages import Resolve
from emulator.route53.probes import CONNECT_SECONDS, RESPONSE_SECONDS, TIMED_OUT, Latency, Probe, ProbeOutcome, failure
from emulator.route53.statuses import Checker, Observation, Statuses
from emulator.route53.zones import Rcode, UnanswerableRecordError

CHECKERS_PER_REGION = 2
"""Route 53 has some sixteen checkers in eight regions."""

_HTTPS_PORT = 443
_LOOK_SECONDS = 1.0
"""How soon, in emulated seconds, checkers notice that checks were created, changed or deleted."""
_ALARM_SECONDS = 10.0


class Checkers:
    """Probes until it is cancelled.

    Args:
        clock: Intervals are emulated seconds.
        faults: Who sees what.
        checks: The deployed checks by id.
        statuses: Where the outcomes go.
        resolve: Answers DNS questions, as the checkers' resolvers would.
        data_plane_port: Where the regions' addresses listen instead of 443.
        alarm_data: What the data of an alarm say, by its check's id, its region and its name.
        measured: Told how long each request took, by its check's id.
        probe: Asks an endpoint.
    """

    name = "health-checkers"

    def __init__(
        self,
        *,
        clock: EmulatorClock,
        faults: ActiveFaults,
        checks: Callable[[], Mapping[str, HealthCheck]],
        statuses: Statuses,
        resolve: Resolve,
        data_plane_port: int,
        alarm_data: Callable[[str, str, str], AlarmData],
        measured: Callable[[str, Latency], None] = lambda *_: None,
        probe: Probe,
    ) -> None:
        self._clock = clock
        self._faults = faults
        self._checks = checks
        self._statuses = statuses
        self._resolve = resolve
        self._data_plane_port = data_plane_port
        self._alarm_data = alarm_data
        self._measured = measured
        self._probe = probe
        self._working: dict[tuple[str, Checker], asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Keep as many checkers at work as the deployed checks need."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow_alarms())
            while True:
                self._look(group)
                await self._clock.sleep(_LOOK_SECONDS)

    def _look(self, group: asyncio.TaskGroup) -> None:
        wanted: dict[tuple[str, Checker], float] = {}
        checks = self._checks()
        for check_id, check in checks.items():
            if check.probes:
                team = [
                    Checker(region, 1 + number) for number in range(CHECKERS_PER_REGION) for region in check.regions
                ]
                for position, checker in enumerate(team):
                    wanted[check_id, checker] = check.interval_seconds * position / len(team)
        self._statuses.keep(wanted, (each for each, check in checks.items() if check.type == CLOUDWATCH_METRIC))
        for gone in self._working.keys() - wanted.keys():
            self._working.pop(gone).cancel()
        for (check_id, checker), delay in wanted.items():
            if (check_id, checker) not in self._working:
                self._working[check_id, checker] = group.create_task(self._work(check_id, checker, delay))

    async def _work(self, check_id: str, checker: Checker, delay: float) -> None:
        """Probe for as long as the check exists; the interval is from one answer to the next request."""
        await self._clock.sleep(delay)
        while (check := self._checks().get(check_id)) is not None:
            outcome = await self._ask(check_id, check, checker)
            if check.measures_latency and outcome.latency:
                self._measured(check_id, outcome.latency)
            self._statuses.observe(check_id, checker, Observation(outcome, self._clock.time()), check.failure_threshold)
            await self._clock.sleep(check.interval_seconds)

    async def _ask(self, check_id: str, check: HealthCheck, checker: Checker) -> ProbeOutcome:
        address = check.ip_address
        if address is None:
            try:
                answer = self._resolve(check.domain_name or "", "A")
            except UnanswerableRecordError:
                return failure(f"DNS resolution failed: {Rcode.SERVFAIL.name}")
            if not answer.addresses():
                return failure(f"DNS resolution failed: {answer.rcode.name}")
            address = answer.addresses()[0]
        if address not in ADDRESSES.values():
            return await self._probe(check, address, check.port, reference=check_id, response_seconds=RESPONSE_SECONDS)
        region = region_of_address(address)
        if not self._faults.checker_sees(checker.region, region):
            await self._clock.sleep(CONNECT_SECONDS)
            return TIMED_OUT
        port = self._data_plane_port if check.port == _HTTPS_PORT else check.port
        behaviour = self._faults.behaviour(region, "execute-api")
        patience = patience_seconds(behaviour, self._clock.scale)
        outcome = await self._probe(check, address, port, reference=check_id, response_seconds=patience)
        return _with_skipped(outcome, behaviour.delay_seconds * (1 - 1 / self._clock.scale))

    async def _follow_alarms(self) -> None:
        while True:
            for check_id, check in self._checks().items():
                if check.type == CLOUDWATCH_METRIC and check.alarm and not check.disabled:
                    data = self._alarm_data(check_id, *check.alarm)
                    self._statuses.observe_alarm(check_id, data, check.insufficient_data)
            await self._clock.sleep(_ALARM_SECONDS)


def _with_skipped(outcome: ProbeOutcome, seconds: float) -> ProbeOutcome:
    """Return an outcome whose latency is what it would be in real time, with the part of a delay that was skipped."""
    latency = outcome.latency
    if latency is None or latency.first_byte is None or not seconds:
        return outcome
    return replace(outcome, latency=replace(latency, first_byte=latency.first_byte + seconds))


def patience_seconds(behaviour: Behaviour, scale: float) -> float:
    """Return for how many real seconds to wait for a response.

    Real work takes real time on any clock, but an injected delay is emulated: it must use up as much of the limit as
    it would in real time. Where nothing will come, waiting is emulated altogether.
    """
    if behaviour.mode == "hang":
        return RESPONSE_SECONDS / scale
    delay = min(behaviour.delay_seconds, RESPONSE_SECONDS)
    return RESPONSE_SECONDS - delay + delay / scale
