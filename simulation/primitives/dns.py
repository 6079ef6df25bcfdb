"""Route 53: health checks of both regions' `/writer`, the failover answer that follows them, resolvers that cache."""

import random
from collections.abc import Callable

from client.https import NoAnswerError, NotReachedError, Timeouts
from simulation.kernel.loop import Kernel
from simulation.kernel.process import Process
from simulation.primitives.gateway import Https
from simulation.primitives.network import OUTSIDE

FAILOVER_NAME = "api.example.com"
TTL_SECONDS = 60.0

_INTERVAL_SECONDS = 10.0
_THRESHOLD = 3
_CHECKERS = 2
"""Route 53 has nine at work here; as with these, one that is content suffices or nearly so."""
_HEALTHY_SHARE = 0.18
_TIMEOUTS = Timeouts(connect=4, answer=2)
"""TCP within 4 s, an answer within 2 s of it: a failing probe takes up to 6 s (FACTS 2.1, 2.15)."""


class _Opinion:
    """What one checker says of one endpoint: it changes after so many probes in a row that disagree."""

    __slots__ = ("against", "is_healthy")

    def __init__(self, *, is_healthy: bool) -> None:
        self.is_healthy = is_healthy
        self.against = 0

    def observe(self, *, passed: bool) -> None:
        self.against = self.against + 1 if passed is not self.is_healthy else 0
        if self.against >= _THRESHOLD:
            self.is_healthy, self.against = passed, 0


class EndpointCheck:
    """One endpoint's health check, from several checkers that do not coordinate."""

    def __init__(self, kernel: Kernel, https: Https, region: str, path: str, *, is_healthy: bool) -> None:
        self._https = https
        self._region = region
        self._url = regional_url(region) + path
        self._opinions = [_Opinion(is_healthy=is_healthy) for _ in range(_CHECKERS)]
        for number, opinion in enumerate(self._opinions):
            process = kernel.process(f"checker {number} of {region}", OUTSIDE[number % len(OUTSIDE)])
            generator = kernel.random("checker", region, number)
            process.spawn(
                lambda process=process, opinion=opinion, generator=generator: self._probe(  # type: ignore[misc]
                    process, opinion, generator
                )
            )

    @property
    def is_healthy(self) -> bool:
        """Whether enough checkers say so."""
        return sum(opinion.is_healthy for opinion in self._opinions) > _HEALTHY_SHARE * _CHECKERS

    def _probe(self, process: Process, opinion: _Opinion, generator: random.Random) -> None:
        process.sleep(generator.uniform(0, _INTERVAL_SECONDS))
        while True:
            began = process.kernel.now
            opinion.observe(passed=self._passes(process))
            # Intervals count from probe to probe, and drift: checkers come in bursts and gaps (FACTS 2.15).
            process.sleep(began + _INTERVAL_SECONDS * generator.uniform(0.95, 1.05) - process.kernel.now)

    def _passes(self, process: Process) -> bool:
        try:
            answer = self._https.exchange(process, self._region, "GET", self._url, body=None, timeouts=_TIMEOUTS)
        except (NotReachedError, NoAnswerError):
            return False
        return 200 <= answer.status < 400  # noqa: PLR2004 -- what a checker calls a success


class FailoverRecord:
    """What Route 53 answers: the primary, unless its `/writer` fails or the standby's succeeds."""

    def __init__(self, kernel: Kernel, https: Https, primary: str, standby: str) -> None:
        self.primary = primary
        self.standby = standby
        self._primary_check = EndpointCheck(kernel, https, primary, "/writer", is_healthy=True)
        self._standby_check = EndpointCheck(kernel, https, standby, "/writer", is_healthy=False)

    def answer(self) -> str:
        """Return the region that is answered now."""
        is_primary = self._primary_check.is_healthy and not self._standby_check.is_healthy
        return self.primary if is_primary else self.standby


class CachingResolver:
    """A payer's resolver; one that never asks again has an endless time to live."""

    def __init__(self, process: Process, answer: Callable[[], str], *, ttl_seconds: float = TTL_SECONDS) -> None:
        self._process = process
        self._answer = answer
        self._ttl_seconds = ttl_seconds
        self._cached = ""
        self._expires = -1.0

    def addresses(self, host: str) -> tuple[str, ...]:
        """Return the region that a name leads to."""
        if host != FAILOVER_NAME:
            return (host.partition(".")[0],)
        now = self._process.clock.monotonic()
        if not self._cached or now >= self._expires:
            self._process.sleep(0.02)
            self._cached = self._answer()
            self._expires = now + self._ttl_seconds
        return (self._cached,)


def regional_url(region: str) -> str:
    """Return the URL of a region's own endpoint."""
    return f"https://{region}.{FAILOVER_NAME}"
