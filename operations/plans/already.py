"""Handles a move whose destination already owns the open writer: nothing is left to do, or only to see a payment."""

from contract.roles import Role
from handlers.writer.item import Writer
from operations.plans.after_opening import see_traffic
from operations.plans.plan import Obstacle, Plan, Purpose, Refusal
from operations.topology.model import Topology
from operations.topology.readings import Known, Unknown
from operations.topology.words import who_did_what


def already_open(
    topology: Topology, writer: Writer, destination: Role, *, purpose: Purpose, pays: bool
) -> Plan | Refusal | None:
    """Return what is left to do if the writer is open in a region; None if it is not.

    A region that owns the writer but is not known to be healthy does not count as done: an outage would look like
    success. With `pays`, a payment decides.
    """
    name = topology.site.regions[destination].name
    if not writer.allows(name):
        return None
    health = topology.regions[destination].health
    if health == Known(value=False) or (isinstance(health, Unknown) and not pays):
        return Refusal(purpose, topology.site.suffix, (_unwell(topology, writer, destination),))
    if not pays:
        obstacle = Obstacle(f"{name} must not serve already", who_did_what(writer), "there is nothing to do")
        return Refusal(purpose, topology.site.suffix, (obstacle,), already=writer)
    return Plan(
        purpose=purpose,
        environment=topology.site.suffix,
        steps=see_traffic(topology, destination, pays=True),
        notes=(f"the writer stays as it is: {who_did_what(writer)}",),
        before=writer,
    )


def _unwell(topology: Topology, writer: Writer, destination: Role) -> Obstacle:
    name, peer = (topology.site.regions[each].name for each in (destination, destination.peer))
    health = topology.regions[destination].health
    leave = f"`dr failover --to {peer}` leaves it"
    if isinstance(health, Unknown):
        found, remedy = f"its health is unknown ({health.reason})", f"--pay shows whether it takes payments; {leave}"
    else:
        found, remedy = "it is unhealthy", leave
    return Obstacle(f"{name} must be healthy", f"{found}, and is open already: {who_did_what(writer)}", remedy)
