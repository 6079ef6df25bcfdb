"""What surrounds shipped code in one process: its variables, AWS's endpoints, its clock, its randomness."""

import math
import random
from collections.abc import Callable, Mapping
from functools import lru_cache, partial

from contract import deadlines
from handlers.runtime import Moment, timestamp
from simulation.history import History
from simulation.kernel.loop import current_process
from simulation.kernel.process import Process
from simulation.primitives.function_logs import LambdaLogs
from simulation.primitives.gateway import Https
from simulation.primitives.network import Network
from simulation.primitives.sdk import Limits, SdkClient
from simulation.primitives.service import Request, Service

_CALL = Limits(deadlines.CONNECT_TIMEOUT_SECONDS, deadlines.READ_TIMEOUT_SECONDS, deadlines.ATTEMPTS)
PROBE = Limits(deadlines.PROBE_CONNECT_TIMEOUT_SECONDS, deadlines.PROBE_READ_TIMEOUT_SECONDS, 1)
"""One short attempt."""

BRIEF = Limits(deadlines.CONNECT_TIMEOUT_SECONDS, deadlines.READ_TIMEOUT_SECONDS, 1)
"""One attempt."""

Routes = Mapping[tuple[str, str], Callable[[Request], Service]]
"""By AWS service and region: returns the table, queue or bucket that a request is for."""


class HostClock:
    """Has the interface of `handlers.runtime.Clock`; reads both clocks in one call, since a tick asks often."""

    def __init__(self, process: Process) -> None:
        clock = process.clock
        self.monotonic = clock.monotonic
        self.wall = clock.wall
        self.sleep = process.sleep
        self.now = partial(clock.both, Moment)

    def timestamp(self) -> str:
        """Return the wall clock's time as the shipped clock writes it, which is asked to write each second once."""
        fraction, second = math.modf(self.wall())
        carried, microseconds = divmod(round(fraction * 1e6), 10**6)
        return f"{_second(second + carried)}{microseconds // 1000:03d}Z"


class Host:
    """One process's surroundings; `process.host` is one."""

    def __init__(
        self,
        process: Process,
        network: Network,
        https: Https,
        routes: Routes,
        history: History,
        random_: random.Random,
        variables: Mapping[str, str],
    ) -> None:
        self.process = process
        self.network = network
        self.https = https
        self.routes = routes
        self.history = history
        self.random = random_
        self.variables = variables
        self.clock = HostClock(process)
        self.logs: LambdaLogs | None = None
        """Where a function's lines go, in runs with releases."""

    def client(self, service: str, region: str, limits: Limits = _CALL) -> SdkClient:
        """Return a client of a regional endpoint."""
        route = self.routes[service, region]
        return SdkClient(self.process, self.network, region, route, limits, self.random)


@lru_cache(maxsize=64)
def _second(second: float) -> str:
    return timestamp(second).removesuffix("000Z")


def current_host() -> Host:
    """Return the surroundings of the process that runs now."""
    host: Host = current_process().host
    return host
