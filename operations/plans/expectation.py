"""The expected durations of a plan's steps, and how long it refuses payments."""

from collections.abc import Sequence

from contract.deadlines import SETTLE_SECONDS
from operations.plans.steps import (
    AwaitDns,
    AwaitForwarded,
    AwaitPayment,
    AwaitReplicated,
    AwaitWriter,
    BreakGlass,
    ClosePlanned,
    OpenWriter,
    Settle,
    Step,
    Undo,
)
from operations.topology.model import Topology

_DNS_SECONDS = 90.0
"""Three probes, and the time to live of the old answers."""

_LOOK_UP_SECONDS = 1.5
"""How long finding the last payments in the destination takes as a rule."""

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
    """Return the usual duration of a step in real seconds; DNS and payments follow an emulator's clock."""
    return _EXPECTED_SECONDS.get(type(step), 1.0)


def expected_refusal(topology: Topology, steps: Sequence[Step], *, goes_on: bool = False) -> str:
    """Return how long no payments are taken while steps are carried out.

    Args:
        topology: The present state.
        steps: The remaining steps.
        goes_on: Whether steps that are already done have closed the writer.
    """
    opening = next((each for each in steps if isinstance(each, OpenWriter | Undo | BreakGlass)), None)
    if opening is None:
        return "what is left refuses no payments: it changes nothing any more"
    name = topology.site.regions[opening.of].name
    if isinstance(opening, BreakGlass):
        return f"payments are taken again within seconds of the broken glass, as soon as {name}'s functions see it"
    before = steps[: steps.index(opening)]
    settling = SETTLE_SECONDS if any(isinstance(each, Settle) for each in before) else 0.0
    following = next((each for each in before if isinstance(each, AwaitReplicated)), None)
    seconds = settling + (0.0 if following is None else _LOOK_UP_SECONDS)
    if not seconds:
        return f"payments are taken again as soon as {name} is open, within seconds"
    limit = "" if following is None else f", at most {settling + following.within:g} s"
    late = "" if topology.dns is None else "; who follows DNS alone may be led to the other region for a minute more"
    more = " more" if goes_on else ""
    return f"nobody can pay for about {seconds:.0f} s{more}{limit}, until {name} is open (503, Retry-After){late}"
