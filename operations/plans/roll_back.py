"""The plan that undoes an interrupted planned closing: the source, which still owns the writer, opens again."""

from handlers.writer.item import ClosingKind, Writer
from operations.plans.expectation import expected_refusal
from operations.plans.plan import Obstacle, Plan, Purpose, Refusal
from operations.plans.steps import ClosePlanned, Undo
from operations.topology.model import Topology
from operations.topology.readings import Known
from operations.topology.words import who_did_what


def plan_roll_back(topology: Topology, interrupted: Plan) -> Plan | Refusal:
    """Decide how to undo an interrupted plan's closing, or why not to.

    The caller must make sure that the present writer is the plan's own.
    """
    reading = topology.writer
    now = reading.value if isinstance(reading, Known) else None
    if now is not None and now.kind is ClosingKind.PLANNED:
        plan = undoing(interrupted, now)
        return plan.model_copy(update={"expected": expected_refusal(topology, plan.steps)})
    if now is None:
        found = "unknown" if not isinstance(reading, Known) else "nobody has created it"
        remedy = "try again once a replica has a quorum"
    elif now == interrupted.before:
        found, remedy = "the interrupted plan had changed nothing", "begin again"
    else:
        found, remedy = who_did_what(now), "`dr switchover`, `dr failover` or `dr start` change that"
    obstacle = Obstacle("a planned closing must be there to be undone", found, remedy)
    return Refusal(Purpose.ROLL_BACK, topology.site.suffix, (obstacle,))


def undoing(interrupted: Plan, closed: Writer) -> Plan:
    """Return the plan that undoes another plan's planned closing."""
    source = next(step.source for step in interrupted.steps if isinstance(step, ClosePlanned))
    return Plan(
        purpose=Purpose.ROLL_BACK,
        environment=interrupted.environment,
        steps=(Undo(of=source),),
        notes=("nothing is lost: the owner stays, and no other region has stored anything",),
        before=closed,
    )
