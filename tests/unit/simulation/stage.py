"""A stage for tests of primitives: time, a network, and processes that call."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from simulation.kernel.loop import Kernel
from simulation.kernel.process import Process
from simulation.primitives.network import Network
from simulation.primitives.sdk import Limits, SdkClient
from simulation.primitives.service import Service

ONE, OTHER, WITNESS = "us-east-1", "us-east-2", "us-west-2"
LIMITS = Limits(connect=1, read=2, attempts=1)


@dataclass
class Call:
    """What came of a call, and when."""

    at: float = float("nan")
    value: Any = None
    error: Exception | None = None


@dataclass
class Stage:
    """Runs calls as threads of processes."""

    lingers: bool = False
    kernel: Kernel = field(default_factory=lambda: Kernel(seed=3))

    def __post_init__(self) -> None:
        self.network = Network(self.kernel.random("network"), lingers=self.lingers)

    def process(self, place: str = ONE) -> Process:
        return self.kernel.process(f"in {place}", place)

    def client(self, service: Service, *, place: str = ONE, limits: Limits = LIMITS) -> SdkClient:
        random_ = self.kernel.random("sdk")
        return SdkClient(self.process(place), self.network, service.place, lambda _: service, limits, random_)

    def start(self, run: Callable[[], Any], process: Process | None = None) -> Call:
        """Start a call; it has ended once enough time has passed."""
        call, caller = Call(), process or self.process()

        def body() -> None:
            try:
                call.value = run()
            except Exception as error:  # noqa: BLE001 -- what the test looks at
                call.error = error
            call.at = self.kernel.now

        caller.spawn(body)
        return call

    def call(self, run: Callable[[], Any], *, seconds: float = 60) -> Call:
        """Make a call and let so many seconds pass."""
        call = self.start(run)
        self.pass_(seconds)
        return call

    def pass_(self, seconds: float) -> None:
        self.kernel.run(self.kernel.now + seconds)

    def cut(self, one: str, other: str, *, by: int = 1) -> None:
        for ends in ((one, other), (other, one)):
            self.network.link(*ends).cuts += by
        self.network.changed()

    def lose(self, place: str) -> None:
        self.network.down[place] = 1
        self.network.changed()

    def bring_back(self, place: str) -> None:
        del self.network.down[place]
        self.network.changed()


def key(name: str) -> dict[str, dict[str, str]]:
    return {"pk": {"S": name}}


def code(call: Call) -> str:
    """Return AWS's code of an error."""
    response = getattr(call.error, "response", None) or {}  # botocore's time-outs have one too, which is None
    return str(response.get("Error", {}).get("Code", ""))
