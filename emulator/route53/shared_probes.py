"""Probes that several checkers share while time passes faster: an endpoint can only answer so many in a real second.

At real pace nothing is shared: a check's checkers ask one after the other, and each sees for itself. At ten times the
pace all of them ask within a second, and an idle deployment would do little else than answer them.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from emulator.clock import EmulatorClock
from emulator.route53.checks import HealthCheck
from emulator.route53.probes import Probe, ProbeOutcome

SHARED_SECONDS: Final = 0.6
"""How many real seconds after its start a probe still answers other checkers."""

SHARED_INTERVALS: Final = 0.5
"""And how many of the check's intervals: after a whole one, the checker that has asked would get its answer again."""

Question = tuple[HealthCheck, str, int, str]


@dataclass(frozen=True)
class _Asked:
    began: float
    emulated: float
    outcome: asyncio.Future[ProbeOutcome]


class SharedProbes:
    """Asks an endpoint once for all checkers that ask the same of it at almost the same time.

    Args:
        probe: Asks an endpoint.
        clock: Intervals are emulated seconds.
        now: Real seconds since some start.
    """

    def __init__(self, probe: Probe, *, clock: EmulatorClock, now: Callable[[], float] = time.monotonic) -> None:
        self._probe = probe
        self._clock = clock
        self._now = now
        self._asked: dict[Question, _Asked] = {}

    async def __call__(
        self, check: HealthCheck, address: str, port: int, *, reference: str, response_seconds: float
    ) -> ProbeOutcome:
        """Return what came of the probe that is under way or has just ended, or else of a new one."""
        question = (check, address, port, reference)
        self._asked = {key: each for key, each in self._asked.items() if self._answers(key[0], each)}
        if question not in self._asked:
            probing = self._probe(check, address, port, reference=reference, response_seconds=response_seconds)
            self._asked[question] = _Asked(self._now(), self._clock.monotonic(), asyncio.ensure_future(probing))
        return await asyncio.shield(self._asked[question].outcome)  # a checker that ends leaves it to the others

    def _answers(self, check: HealthCheck, asked: _Asked) -> bool:
        return (
            self._clock.scale > 1
            and self._now() - asked.began < SHARED_SECONDS
            and self._clock.monotonic() - asked.emulated < SHARED_INTERVALS * check.interval_seconds
        )
