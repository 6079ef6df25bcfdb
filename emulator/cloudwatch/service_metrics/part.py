"""The part that publishes a minute's metrics when the minute is over."""

from emulator.clock import EmulatorClock
from emulator.cloudwatch.minute_metrics import Counts, MinuteMetrics, Publish, put
from emulator.cloudwatch.service_metrics.apis import ApiMetrics
from emulator.cloudwatch.service_metrics.certificates import CertificateMetrics
from emulator.cloudwatch.service_metrics.functions import FunctionMetrics
from emulator.cloudwatch.service_metrics.queues import QueueMetrics
from emulator.cloudwatch.service_metrics.tables import TableMetrics
from emulator.faults import ActiveFaults


class ServiceMetrics:
    """Publishes until it is cancelled."""

    name = "service-metrics"

    def __init__(self, *, clock: EmulatorClock, faults: ActiveFaults, publish: Publish = put) -> None:
        self._clock = clock
        self._tally = tally = MinuteMetrics(Counts, clock=clock, faults=faults, publish=publish)
        self.functions = FunctionMetrics(clock=clock, tally=tally)
        self.apis = ApiMetrics(clock=clock, faults=faults, tally=tally)
        self.queues = QueueMetrics(clock=clock, tally=tally, serves=lambda region: faults.reachable(region, "sqs"))
        self.tables = TableMetrics(tally=tally)
        self.certificates = CertificateMetrics(
            clock=clock, faults=faults, tally=tally, serves=lambda region: faults.reachable(region, "acm")
        )

    def install(self) -> None:
        """Watch what is published about."""
        for each in (self.functions, self.apis, self.queues, self.tables, self.certificates):
            each.install()

    async def run(self) -> None:
        """Publish each minute that is over."""
        while True:
            await self._clock.sleep(self._tally.seconds_left())
            self.step()

    def step(self) -> None:
        """Publish the past minute, if one is over."""
        self._tally.turn(self._sample)

    def _sample(self) -> None:
        for each in (self.apis, self.queues, self.certificates):
            each.sample()
