"""The plan of a failback: a switchover to the primary, once both regions are known to hold the same payments."""

from dataclasses import dataclass

from contract.outputs import QueueKind
from contract.roles import Role
from operations.plans import preconditions as require
from operations.plans.plan import Obstacle, Plan, Purpose, Refusal
from operations.plans.switchover import plan_switchover
from operations.topology.loss_estimate import LossEstimate
from operations.topology.model import Topology
from operations.topology.readings import Known, Reading

COMPARISON_SECONDS = 120.0
"""How long what was compared counts (emulated seconds), from when comparing ended: after it, all is compared again."""


@dataclass(frozen=True)
class Differing(Known[bool]):
    """The regions do not hold the same payments."""

    differences: str
    """What differs, in words."""


def plan_failback(
    topology: Topology,
    *,
    reconciled: Reading[bool],
    loss: LossEstimate | None,
    force: bool = False,
    pays: bool = False,
) -> Plan | Refusal:
    """Decide how to fail back, or why not to.

    Args:
        topology: The present state.
        reconciled: Whether both regions hold the same payments.
        loss: The payments not yet in the primary.
        force: Whether to open a primary that is not known to be fit.
        pays: Whether the plan makes the first payment itself.
    """
    beside = (*require.empty(topology, Role.STANDBY, *QueueKind), *_reconciled(reconciled))
    return plan_switchover(
        topology, to=Role.PRIMARY, loss=loss, force=force, pays=pays, purpose=Purpose.FAILBACK, beside=beside
    )


def _reconciled(reconciled: Reading[bool]) -> list[Obstacle]:
    if reconciled == Known(value=True):
        return []
    found = "they differ" if isinstance(reconciled, Known) else f"unknown ({reconciled.reason})"
    if isinstance(reconciled, Differing):
        found = reconciled.differences
    remedy = "`dr reconcile` shows each and repairs; `dr accept` leaves out what you have judged"
    return [Obstacle("both replicas must hold the same payments", found, remedy)]
