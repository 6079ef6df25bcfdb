"""One terminal: what a `dr` command is handed instead of boto3, sockets, threads and the machine's clock."""

import random
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Self

from client.https import Response, Timeouts
from contract.outputs import CheckName
from contract.roles import Role
from operations import aws
from operations.credentials import CONNECT_TIMEOUT_SECONDS, SHORT_READ_SECONDS
from operations.topology.asking import Asker, UnknownError
from operations.topology.model import DnsAnswer
from operations.topology.readings import Known
from simulation.kernel.pending import Pending
from simulation.kernel.process import Process
from simulation.primitives.dns import TTL_SECONDS
from simulation.primitives.sdk import Limits, SdkClient
from simulation.shipped.hosts import Host
from simulation.terminals.site import SITE
from simulation.world import World

_ENDPOINT_SECONDS = 2.0
_RESOLVING_SECONDS = 0.02
_OK, _NOT_FOUND, _UNAVAILABLE = 200, 404, 503


class TerminalClock:
    """A process's clocks as operations wait by them; Ctrl-C is noticed in a wait."""

    scale = 1.0

    def __init__(self, process: Process) -> None:
        self.is_interrupted = False
        self._process = process

    def time(self) -> float:
        """Return what the process takes for the time."""
        return self._process.clock.wall()

    def monotonic(self) -> float:
        """Return seconds since some start."""
        return self._process.clock.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait.

        Raises:
            KeyboardInterrupt: Somebody has pressed Ctrl-C.
        """
        self._process.sleep(max(0.0, seconds))
        if self.is_interrupted:
            self.is_interrupted = False
            raise KeyboardInterrupt


class TerminalAws:
    """Has what operations use of `operations.aws.Aws`."""

    def __init__(self, host: Host, limits: Limits | None = None) -> None:
        self._host = host
        self._limits = limits or Limits(CONNECT_TIMEOUT_SECONDS, aws.READ_TIMEOUT_SECONDS, aws.ATTEMPTS)
        self._clients: dict[tuple[str, str], SdkClient] = {}

    def client(self, service: str, region: str) -> SdkClient:
        """Return the client of a service in a region."""
        key = (service, region)
        if key not in self._clients:
            self._clients[key] = self._host.client(service, region, self._limits)
        return self._clients[key]

    def hurried(
        self,
        *,
        connect_timeout: float = CONNECT_TIMEOUT_SECONDS,
        read_timeout: float = SHORT_READ_SECONDS,
        hears: Callable[[str, float], None] | None = None,  # noqa: ARG002 -- simulated answers bear no date
    ) -> Self:
        """Return clients that make one attempt each, within these seconds."""
        return type(self)(self._host, Limits(connect_timeout, read_timeout, 1))


class TerminalEdge:
    """Has the interface of `operations.topology.edge.Edge`, over the simulated network."""

    def __init__(self, world: World, process: Process) -> None:
        self._world = world
        self._process = process

    def health(self, role: Role, *, reads: int = 1) -> bool:
        """Ask a region's endpoint whether it is healthy; as `operations.topology.edge.EdgeReader` judges."""
        for number in range(reads):
            if number:
                self._process.sleep(1.0)
            answer = self._get(role, "/health")
            if answer.status == _OK:
                return True
            if answer.status != _UNAVAILABLE:
                raise UnknownError(f"it answers {answer.status}")
        return False

    def owns(self, role: Role) -> bool:
        """Ask a region's endpoint whether the region owns the writer."""
        answer = self._get(role, "/writer")
        if answer.status not in (_OK, _NOT_FOUND):
            raise UnknownError(f"it answers {answer.status}")
        return answer.status == _OK

    def dns(self, _url: str) -> DnsAnswer:
        """Resolve the failover name anew."""
        self._process.sleep(_RESOLVING_SECONDS)
        region = self._world.record.answer()
        role = SITE.role_of(region)
        if role is None:
            raise UnknownError(f"{region} is none of the regions")
        return DnsAnswer((region,), TTL_SECONDS, Known(role))

    def check(self, name: CheckName) -> bool:
        """Say that Route 53's API is not there: nobody asks it for a site without ids of health checks."""
        raise UnknownError(f"nothing is known of {name}")

    def _get(self, role: Role, path: str) -> Response:
        region = SITE.regions[role]
        limits = Timeouts(connect=_ENDPOINT_SECONDS, answer=_ENDPOINT_SECONDS)
        url = f"{region.endpoint_url}{path}"
        return self._world.https.exchange(self._process, region.name, "GET", url, body=None, timeouts=limits)


class Terminal:
    """Everything that one run of a command is handed."""

    def __init__(self, world: World, process: Process, random_: random.Random) -> None:
        host: Host = process.host
        self.world = world
        self.process = process
        self.random = random_
        self.clock = TerminalClock(process)
        self.aws: Any = TerminalAws(host)
        self.edge = TerminalEdge(world, process)
        self.asker = Asker(in_background=_spawn_in(process), wait=_waiting_in(process), monotonic=self.clock.monotonic)


def _spawn_in(process: Process) -> Callable[[Callable[[], None]], None]:
    def in_background(work: Callable[[], None]) -> None:
        process.spawn(work)

    return in_background


def _waiting_in(process: Process) -> Callable[["Future[Any]", float], None]:
    def wait(future: "Future[Any]", seconds: float) -> None:
        if not future.done():
            pending = Pending(process)
            process.kernel.after(seconds, pending.resolve)
            future.add_done_callback(lambda _: pending.resolve())
            pending.wait()

    return wait
