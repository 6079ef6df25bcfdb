"""The metrics that a ticker publishes again and again: an alarm takes silence for trouble, or keeps its old state."""

from dataclasses import dataclass

from contract.deadlines import PROOF_STALE_SECONDS
from contract.environment import Metric
from handlers.telemetry import Telemetry
from handlers.tickers.memory import TickerMemory
from handlers.writer.item import ClosingKind, Writer

GAUGES_SECONDS = 5
"""Well below an alarm's period of a minute: a late run of the ticker leaves no period without a datapoint."""


@dataclass(frozen=True)
class TickerGauges:
    """What a ticker publishes of the last seconds."""

    memory: TickerMemory
    region: str
    writer: Writer | None
    """None if the control table does not answer, or there is none."""
    heartbeat_age: float | None
    """Of the peer; None if there is no heartbeat: the alarm takes missing data for stale."""
    withheld: bool
    glass: bool
    release_undoing: bool
    """Whether a release is being put back."""

    def publish(self, telemetry: Telemetry) -> None:
        """Hand all of them to the telemetry."""
        writer, memory = self.writer, self.memory
        if self.heartbeat_age is not None:
            telemetry.seconds(Metric.HEARTBEAT_AGE, self.heartbeat_age)
        telemetry.count(Metric.WRITER_UNKNOWN, int(writer is None))
        if writer is not None:
            telemetry.seconds(Metric.WRITER_CLOSED, 0.0 if writer.is_open else memory.epoch_age)
            telemetry.count(Metric.WRITER_HELD, int(writer.kind is ClosingKind.HELD))
            telemetry.count(Metric.AUTOMATIC_OFF, int(not writer.automatic))
        telemetry.count(Metric.OWNS_WRITER, int(writer is not None and writer.allows(self.region)))
        telemetry.count(Metric.REGION_UNFIT, int(not memory.fit))
        telemetry.count(Metric.NO_REGION_FIT, int(not memory.fit and memory.peer_age >= PROOF_STALE_SECONDS))
        telemetry.seconds(Metric.RELEASE_RUNNING, memory.release_for)
        telemetry.count(Metric.TAKEOVER_WITHHELD, int(self.withheld))
        telemetry.count(Metric.GLASS_BROKEN, int(self.glass))
        telemetry.count(Metric.RELEASE_UNDONE, int(self.release_undoing))
        for event in (Metric.AUTOMATIC_TAKEOVER, Metric.CLOSING_UNDONE):  # counted when they happen; so they are known
            telemetry.count(event, 0)
