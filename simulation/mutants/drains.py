"""Faults in `dr`'s planned moves."""

from collections.abc import Iterator
from typing import Any

from handlers.tickers.heartbeat import read_heartbeat
from operations.execution.controls import NotAvailableError
from operations.execution.draining import Drain
from simulation.mutants.registry import mutant
from simulation.patching import patched

_FRESH_SECONDS = 30.0


@mutant("a switchover waits for no payment", "a planned move loses nothing", seed=4730, seconds=683.0)
def _no_drain() -> Iterator[None]:
    def finish(_self: Any, _seconds: float) -> dict[str, Any]:  # noqa: ANN401
        return {}

    with patched(Drain, finish=finish):
        yield


@mutant("a switchover trusts a heartbeat", "a planned move loses nothing", seed=4730, seconds=682.0)
def _heartbeat_drain() -> Iterator[None]:
    def finish(self: Any, seconds: float) -> dict[str, Any]:  # noqa: ANN401
        controls = self._controls
        client = controls._regions[self._destination].table_client  # noqa: SLF001 -- what is mutated

        def arrived() -> dict[str, Any]:
            heartbeat = read_heartbeat(client, controls.site.table_name, self._name(self._source))
            if heartbeat is None or controls.clock.time() - heartbeat.epoch_seconds > _FRESH_SECONDS:
                raise NotAvailableError("the last heartbeat is old")
            return {}

        return dict(self._waiting.until(seconds, arrived, pause=0.25))

    with patched(Drain, finish=finish):
        yield
