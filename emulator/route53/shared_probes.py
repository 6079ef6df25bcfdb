"""Probes that several checkers share while time passes faster: an endpoint can only answer so many in a real second.

At real pace even the sixteen checkers of one check ask more than half a second apart, and nothing is shared. At ten
times the pace all of them ask within a second, and an idle deployment would do little else than answer them.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

from emulator.route53.checks import HealthCheck
from emulator.route53.probes import Probe, ProbeOutcome

SHARED_SECONDS = 0.6
"""How many real seconds after its start a probe still answers other checkers: less than they are apart at real pace."""

Question = tuple[HealthCheck, str, int, str]


@dataclass(frozen=True)
class _Asked:
    began: float
    outcome: asyncio.Future[ProbeOutcome]


class SharedProbes:
    """Asks an endpoint once for all checkers that ask the same of it at almost the same real time."""

    def __init__(self, probe: Probe, *, now: Callable[[], float] = time.monotonic) -> None:
        self._probe = probe
        self._now = now
        self._asked: dict[Question, _Asked] = {}

    async def __call__(
        self, check: HealthCheck, address: str, port: int, *, reference: str, response_seconds: float
    ) -> ProbeOutcome:
        """Return what came of the probe that is under way or has just ended, or else of a new one."""
        question, now = (check, address, port, reference), self._now()
        self._asked = {key: each for key, each in self._asked.items() if now - each.began < SHARED_SECONDS}
        if question not in self._asked:
            probing = self._probe(check, address, port, reference=reference, response_seconds=response_seconds)
            self._asked[question] = _Asked(now, asyncio.ensure_future(probing))
        return await asyncio.shield(self._asked[question].outcome)  # a checker that ends leaves it to the others
