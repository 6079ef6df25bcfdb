"""What a ticker works with."""

from collections.abc import Callable
from dataclasses import dataclass

from handlers.releases.site import ReleaseSite
from handlers.runtime import Clock
from handlers.telemetry import Telemetry
from handlers.tickers.configuration import TickerConfiguration
from handlers.tickers.decision import TickerPlace
from handlers.tickers.events import TickerEvents
from handlers.tickers.probe import HealthAnswer
from handlers.writer.glass import GlassTableClient


@dataclass(frozen=True)
class TickerParts:
    """What is around one region's ticker."""

    place: TickerPlace
    client: GlassTableClient
    """Makes one short attempt a call: the next tick comes in a second."""
    payments_table: str
    control_table: str
    configuration: TickerConfiguration
    probe: Callable[[str], HealthAnswer]
    """Asks `<endpoint>/health`, and at need the function behind it."""
    release: str
    releases: ReleaseSite
    """What a release moves in both regions; its clients are made when one has to be undone."""
    events: TickerEvents
    clock: Clock
    telemetry: Telemetry
