"""Reads from the control table when a region's ticker last saw the other region's proof of fitness."""

from contract.roles import Role
from operations.topology.model import Topology
from operations.topology.readings import Unknown

PROVEN_SECONDS = 5.0
"""A region proves its fitness every two seconds; a proof that is older tells nothing of now."""


def proof_age(topology: Topology, role: Role) -> float | None:
    """Return how long ago the peer's ticker saw a region prove its fitness, in real seconds; None if unknown."""
    ticker = topology.regions[role.peer].ticker
    if isinstance(ticker, Unknown) or not ticker.value.is_heard or ticker.value.memory.peer_count < 0:
        return None
    return ticker.value.memory.peer_age + ticker.value.age
