"""How long payers are refused by a plan, and how long each of its steps takes, as a rule."""

from handlers.deadlines import SETTLE_SECONDS
from operations.plans.steps import (
    AwaitDns,
    AwaitForwarded,
    AwaitPayment,
    AwaitReplicated,
    AwaitWriter,
    ClosePlanned,
    OpenWriter,
    Settle,
    Step,
)
from operations.site import Role
from operations.topology.model import Topology

_DNS_SECONDS = 90.0
"""Three probes, and the time to live of the old answers."""

_EXPECTED_SECONDS: dict[type, float] = {
    ClosePlanned: 3.0,
    Settle: SETTLE_SECONDS,
    AwaitReplicated: 2.0,
    OpenWriter: 1.0,
    AwaitWriter: 3.0,
    AwaitDns: _DNS_SECONDS,
    AwaitPayment: 5.0,
    AwaitForwarded: 5.0,
}


def expected_seconds(step: Step) -> float:
    """Return how long a step takes as a rule; real seconds, but for DNS and payments those of an emulator's clock."""
    return _EXPECTED_SECONDS.get(type(step), 1.0)


def expected_refusal(topology: Topology, destination: Role, seconds: float, *, most: float | None = None) -> str:
    """Return how long nobody will be able to pay; what lasts longer than `most` is undone."""
    name = topology.site.regions[destination].name
    if not seconds:
        return f"payments are taken again as soon as {name} is open, within seconds"
    limit = "" if most is None else f", at most {most:g} s"
    late = "" if topology.dns is None else "; who follows DNS alone may be led to the other region for a minute more"
    return f"nobody can pay for about {seconds:.0f} s{limit}, until {name} is open (503, Retry-After){late}"
