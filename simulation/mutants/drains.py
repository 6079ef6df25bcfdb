"""Faults in `dr`'s planned moves."""

from collections.abc import Iterator
from typing import Any

from operations.execution.draining import Drain
from simulation.mutants.registry import mutant
from simulation.patching import patched


@mutant("a switchover waits for no payment", "a planned move loses nothing")
def _no_drain() -> Iterator[None]:
    def finish(_self: Any, _seconds: float) -> dict[str, Any]:  # noqa: ANN401
        return {}

    with patched(Drain, finish=finish):
        yield
