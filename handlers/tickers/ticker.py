"""The loop of a ticker: one tick a second, as long as a run lives and is its region's active one."""

from uuid import uuid4

from contract.deadlines import TICK_SECONDS, TICKER_LAST_TICK_SECONDS, TICKER_RUN_SECONDS
from handlers.runtime import Context
from handlers.tickers.dependencies import TickerParts
from handlers.tickers.run import TickerRun


class Ticker:
    """Watches one region's writer, run after run."""

    def __init__(self, parts: TickerParts) -> None:
        self._parts = parts

    def run(self, context: Context) -> None:
        """Tick until the run has lived its time, the function's time runs out, or newer runs have taken its place."""
        clock, run = self._parts.clock, TickerRun(self._parts, uuid4().hex, context.function_version)
        ends = clock.monotonic() + TICKER_RUN_SECONDS
        while True:
            began = clock.monotonic()
            if began >= ends or context.get_remaining_time_in_millis() < TICKER_LAST_TICK_SECONDS * 1000:
                return
            with self._parts.telemetry.invocation(context.aws_request_id):
                if not run.tick():
                    return
            clock.sleep(max(0.0, TICK_SECONDS - (clock.monotonic() - began)))
