"""Two regions in virtual time: each with its API and its ticker over one control table, and payments to both."""

from collections import defaultdict
from dataclasses import replace
from functools import partial
from typing import Any

from contract.environment import HEARTBEAT_PREFIX
from handlers.faults import TableUnavailableError
from handlers.payments.store import Outcome
from handlers.releases.site import ReleaseSite
from handlers.tickers.configuration import TickerConfiguration
from handlers.tickers.decision import TickerPlace
from handlers.tickers.dependencies import TickerParts
from handlers.tickers.events import TickerEvents
from handlers.tickers.probe import HealthAnswer
from handlers.tickers.run import TickerRun
from handlers.writer.item import Writer
from handlers.writer.knowledge import StoringRefusedError
from tests.unit.fake_clock import FakeClock
from tests.unit.handlers.api import Api, rest
from tests.unit.handlers.fakes import (
    CONTROL_TABLE,
    PEER,
    REGION,
    TABLE,
    FakeContext,
    FakeEvents,
    FakeParameters,
    FakeTable,
    Tables,
    function_clock,
)
from tests.unit.handlers.forms import parse
from tests.unit.handlers.payment_function_fakes import Logs, Payments, open_in
from tests.unit.handlers.release_fakes import TARGETS, Platforms

REGIONS = (REGION, PEER)
PAYMENT = parse()
_STATUSES = {200: HealthAnswer.GOOD, 429: HealthAnswer.THROTTLED, 503: HealthAnswer.BAD}


class PairedRegion:
    """One region: its replica of the payments, its API, its ticker."""

    def __init__(
        self, name: str, peer: str, tables: Tables, time: FakeClock, platforms: Platforms, *, strict: bool
    ) -> None:
        self.name = name
        self.time = time
        self.logs = Logs(region=name)
        self.lost = False
        self.isolated = False
        """Alive, and cut off from the control table."""
        self.stalled = False
        """Its ticker stands still."""
        self._died = False
        payments = Payments(table=FakeTable(tables), time=time, logs=Logs(region=name), region=name, writer=None)
        payments.guard()
        self.api = Api(payments, is_primary=name == REGION)
        self.client = FakeTable(tables)
        for client in (self.client, payments.table, payments.probe):
            client.is_strict = strict
        self.parameters = FakeParameters(endpoint="https://here.example", limit='{"recoveryPointSeconds": 300}')
        configuration = TickerConfiguration(
            self.parameters, endpoint_parameter="endpoint", configuration_parameter="limit", clock=function_clock(time)
        )
        self.events = FakeEvents()
        self.parts = TickerParts(
            place=TickerPlace(name, peer, is_primary=name == REGION),
            client=self.client,
            payments_table=TABLE,
            control_table=CONTROL_TABLE,
            configuration=configuration,
            probe=self.health,
            release="r1",
            releases=ReleaseSite(self.client, CONTROL_TABLE, TARGETS, platforms.clients()),
            events=TickerEvents(lambda: self.events, environment="test", region=name),
            clock=function_clock(time),
            telemetry=self.logs.telemetry(),
        )
        self.runs = 0
        self.start()

    def start(self) -> None:
        """Start a new run of the ticker, whatever became of the one before."""
        self.runs += 1
        self.run: TickerRun | None = TickerRun(self.parts, f"{self.name}-{self.runs}", "1")

    def tick(self) -> None:
        self._cut_off()
        if self.lost:
            self.run = None  # its processes died with it
            self._died = True
        elif self._died:
            self._died = False
            self.start()
        if self.run is not None and not self.stalled:
            with self.parts.telemetry.invocation("tick"):
                if not self.run.tick():
                    self.run = None
        self.api.payments.beside.work()

    def health(self, _: str) -> HealthAnswer:
        return _STATUSES[int(self.api.api.answer(rest("GET", "/health"), FakeContext())["statusCode"])]

    def pays(self, transaction_id: str) -> bool:
        """Return whether the region stores a payment."""
        self._cut_off()
        if self.lost:
            return False
        payment = replace(PAYMENT, transaction_id=transaction_id)
        try:
            return self.api.payments.service.store(payment).outcome is Outcome.STORED
        except (StoringRefusedError, TableUnavailableError):
            return False

    def _cut_off(self) -> None:
        for client in (self.client, self.api.payments.probe):
            (client.down.add if self.isolated else client.down.discard)(CONTROL_TABLE)


class Pair:
    """Both regions; the primary owns the open writer and both tickers have settled unless told otherwise."""

    def __init__(self, writer: Writer | None = None, *, settle: int = 30, strict: bool = False) -> None:
        self.time = FakeClock()
        control: dict[str, dict[str, Any]] = {}
        self.tables: dict[str, Tables] = {region: defaultdict(dict) for region in REGIONS}
        for tables in self.tables.values():
            tables[CONTROL_TABLE] = control
        self.control = FakeTable(self.tables[REGION])
        self.platforms = Platforms()
        self.regions = {
            region: PairedRegion(region, peer, self.tables[region], self.time, self.platforms, strict=strict)
            for region, peer in zip(REGIONS, reversed(REGIONS), strict=True)
        }
        self.control.set_writer(writer or open_in(REGION))
        self.carries = True
        self.stored: list[tuple[float, str]] = []
        """When which region stored a payment."""
        self.steps = 0
        self.pass_(settle)

    def pass_(self, seconds: int) -> None:
        """Let time pass; a payment a second is sent to each region."""
        for _ in range(seconds):
            self.time.advance(1)
            self.steps += 1
            for region in self.regions.values():
                region.tick()
            self._carry_heartbeats()
            for region in self.regions.values():
                if region.pays(f"{region.name}-{self.steps}"):
                    self.stored.append((self.time.monotonic(), region.name))

    def pass_until_stored(self, region: str, *, within: int) -> float:
        """Let time pass until the region stores a payment, and return how long it took."""
        began = self.time.monotonic()
        for _ in range(within):
            self.pass_(1)
            if self.stored and self.stored[-1] == (self.time.monotonic(), region):
                return self.time.monotonic() - began
        raise AssertionError(f"{region} stored nothing within {within} s: {self.writer}")

    @property
    def writer(self) -> Writer:
        return self.control.writer

    def change(self, successor: partial[Writer]) -> Writer:
        """Change the writer as an operator does."""
        after = replace(successor(self.writer), change_id=f"change-{self.steps}")
        self.control.set_writer(after)
        return after

    def _carry_heartbeats(self) -> None:
        for region, peer in zip(REGIONS, reversed(REGIONS), strict=True):
            key = f"{HEARTBEAT_PREFIX}{region}"
            if self.carries and key in self.tables[region][TABLE]:
                self.tables[peer][TABLE][key] = self.tables[region][TABLE][key]
