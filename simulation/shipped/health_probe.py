"""Stands for the ticker's probe: asks the own region's public endpoint over the simulated network."""

from client.https import NoAnswerError, NotReachedError, Timeouts
from contract.deadlines import HEALTH_TIMEOUT_SECONDS
from handlers.tickers.probe import HealthAnswer
from simulation.primitives.gateway import Https
from simulation.shipped.hosts import current_host

_TIMEOUTS = Timeouts(connect=HEALTH_TIMEOUT_SECONDS, answer=HEALTH_TIMEOUT_SECONDS)


class SimulatedHealthProbe:
    """Has the interface of `handlers.tickers.probe.HealthProbe`; keeps its connection as that one does."""

    def __init__(self) -> None:
        self._is_connected = False

    def ask(self, endpoint: str) -> HealthAnswer:
        """Ask `<endpoint>/health` once."""
        host = current_host()
        https: Https = host.https
        region = endpoint.removeprefix("https://").partition(".")[0]
        try:
            answer = https.exchange(
                host.process,
                region,
                "GET",
                f"{endpoint}/health",
                body=None,
                timeouts=_TIMEOUTS,
                is_connected=self._is_connected,
            )
        except (NotReachedError, NoAnswerError):
            self._is_connected = False
            return HealthAnswer.BAD
        self._is_connected = True
        if answer.status == 429:  # noqa: PLR2004 -- too many requests
            return HealthAnswer.THROTTLED
        return HealthAnswer.GOOD if 200 <= answer.status < 300 else HealthAnswer.BAD  # noqa: PLR2004 -- HTTP's success
