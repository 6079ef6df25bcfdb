"""The last steps of every move: observe that clients arrive in the opened region."""

from contract.roles import Role
from operations.plans.steps import AwaitDns, AwaitForwarded, AwaitPayment, AwaitWriter, Step
from operations.topology.model import Topology

QUIET_SECONDS = 120.0
"""How long to look for a first payment before a quiet region is accepted."""

FORWARDED_SECONDS = 120.0
"""How long the source's worker has to forward what waits in its queue: longer than a message stays invisible."""


def see_traffic(topology: Topology, serving: Role, *, pays: bool) -> tuple[Step, ...]:
    """Return the steps that observe clients in a region; without a domain there is no DNS step."""
    owns = AwaitWriter(of=serving)
    payment = AwaitPayment(serving=serving, within=QUIET_SECONDS, pays=pays)
    return (owns, payment) if topology.dns is None else (owns, AwaitDns(answering=serving), payment)


def see_queue_empty(source: Role) -> tuple[Step, ...]:
    """Return the step that ends a planned move: the retry queue of the source is empty."""
    return (AwaitForwarded(of=source, within=FORWARDED_SECONDS),)
