"""The plan of a failback: the primary serves again, after a switchover, a failover or an automatic takeover."""

from operations.plans import preconditions as require
from operations.plans.handover import fences_before, hand_over, parked_note
from operations.plans.plan import Obstacle, Plan, Purpose, Refusal
from operations.plans.warnings import held_in_queues, warnings
from operations.site import QueueKind, Role
from operations.topology.model import Topology
from operations.topology.readings import Known, Reading


def plan_failback(topology: Topology, *, reconciled: Reading[bool], pays: bool = False) -> Plan | Refusal:
    """Decide how to fail back, or why not to; `reconciled` tells whether both replicas hold the same payments."""
    primary, standby = Role.PRIMARY, Role.STANDBY
    before = fences_before(topology)
    obstacles = (
        *require.fence(topology, primary, fenced=True, remedy="there is nothing to return from"),
        *require.fence(topology, standby, fenced=False, remedy="finish or roll back what fenced it"),
        *require.healthy(topology, primary),
        *require.healthy(topology, standby),
        *require.answering(topology, standby, "wait until the takeover check agrees"),
        *require.replicating(topology, standby, primary),
        *require.replicating(topology, primary, standby),
        *require.empty(topology, standby, *QueueKind),
        *_reconciled(reconciled),
    )
    if obstacles or before is None:
        return Refusal(Purpose.FAILBACK, topology.site.suffix, obstacles)
    return Plan(
        purpose=Purpose.FAILBACK,
        environment=topology.site.suffix,
        steps=hand_over(topology, source=standby, destination=primary, closed=True, pays=pays),
        # The primary's own queues cannot be worked off before it is open.
        warnings=(*warnings(topology, Role), *held_in_queues(topology, primary)),
        notes=(
            "while replication drains, neither region takes payments: clients are told to try again (503, Retry-After)",
            parked_note(topology, standby),
        ),
        before=before,
    )


def _reconciled(reconciled: Reading[bool]) -> list[Obstacle]:
    if reconciled == Known(value=True):
        return []
    found = "they differ" if isinstance(reconciled, Known) else f"unknown ({reconciled.reason})"
    remedy = "`dr reconcile` shows and repairs, --accepted leaves out what was judged"
    return [Obstacle("both replicas must hold the same payments", found, remedy)]
