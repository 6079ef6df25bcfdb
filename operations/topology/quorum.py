"""Determines which regions can read and change the writer item, and why the others cannot."""

from contract.roles import Role
from operations.topology.asking import is_denied
from operations.topology.model import Topology
from operations.topology.readings import Known, Unknown

_NO_TABLE = "ResourceNotFoundException"


def is_not_deployed(topology: Topology) -> bool:
    """Return whether neither region has the control table."""
    controls = [state.control for state in topology.regions.values()]
    return all(isinstance(each, Unknown) and each.reason.startswith(_NO_TABLE) for each in controls)


def not_deployed(topology: Topology) -> str:
    """Return what is missing if nothing is deployed."""
    names = " nor ".join(state.site.name for state in topology.regions.values())
    return f"{topology.site.control_table_name} is in neither {names}"


def quorum_of(topology: Topology, role: Role) -> str:
    """Return what is known about one region's replica of the control table."""
    state = topology.regions[role]
    if isinstance(state.control, Known):
        return f"{state.site.name} has a quorum"
    if is_denied(state.control):
        return f"whether {state.site.name} has a quorum is unknown: {state.control.reason}"
    if isinstance(state.remembered, Known):
        peer, witness = topology.site.regions[role.peer].name, topology.site.witness_region
        return f"{state.site.name} answers, but reaches neither {peer} nor {witness} ({state.control.reason})"
    return f"{state.site.name} is not reached from here ({state.control.reason})"


def without_quorum(topology: Topology) -> str:
    """Return which regions cannot reach which, if none that answers has a quorum."""
    return "; ".join(quorum_of(topology, role) for role in Role)


def what_glass_means(topology: Topology) -> str:
    """Return the consequences of break glass, for an operator without a quorum."""
    if any(isinstance(each.control, Unknown) and is_denied(each.control) for each in topology.regions.values()):
        return "you must be allowed to read the control table first: `--role site`, or sign in again"
    isolated = [
        state.site.name
        for state in topology.regions.values()
        if isinstance(state.control, Unknown) and isinstance(state.remembered, Known)
    ]
    region = isolated[0] if len(isolated) == 1 else "REGION"
    return (
        f"`dr break-glass --region {region}` lets one region store without a quorum: if the other one is alive and "
        "still the owner, both store payments until the quorum is back, and `dr reconcile` is mandatory then"
    )
