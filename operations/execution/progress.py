"""How far a plan has come, and whether it may go on: decided from its journal and the topology alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from operations.execution.journal import Begun, Done, Forgotten, Planned, Record
from operations.plans.plan import Obstacle, Plan, Purpose
from operations.plans.steps import ClearFence, SetFence
from operations.site import Role
from operations.topology.model import Topology
from operations.topology.readings import Known


@dataclass(frozen=True)
class Progress:
    """What a journal tells."""

    first: Plan
    """The plan that was asked for."""
    plan: Plan
    """The one that is carried out now: the first, or the roll back of it."""
    done: tuple[Done, ...]
    """Its steps that are done, each once, in order."""
    begun: int | None
    """The step that was begun last, done or not."""
    forgotten: bool = False
    """Whether an operator gave it up where it was."""

    @property
    def next(self) -> int:
        """The first step that is not done."""
        return len(self.done)

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.forgotten or self.next == len(self.plan.steps)

    @property
    def rolls_back(self) -> bool:
        """Whether the plan is already a roll back."""
        return self.plan.purpose is Purpose.ROLL_BACK


def progress(records: Sequence[Record]) -> Progress | None:
    """Return how far the latest plan has come; None when no plan was written down, so that nothing was done."""
    planned = [(index, record.plan) for index, record in enumerate(records) if isinstance(record, Planned)]
    if not planned:
        return None
    index, plan = planned[-1]
    begun = [record.step for record in records[index:] if isinstance(record, Begun)]
    return Progress(
        first=planned[0][1],
        plan=plan,
        done=tuple(record for record in records[index:] if isinstance(record, Done)),
        begun=begun[-1] if begun else None,
        forgotten=any(isinstance(record, Forgotten) for record in records),
    )


def is_untouched(so_far: Progress, topology: Topology) -> bool:
    """Return whether the fence that a plan begins with is not set yet: what it was planned upon may be over by now."""
    first = so_far.plan.steps[0]
    if so_far.done or not isinstance(first, SetFence):
        return False
    fence = topology.fence(first.of, seen_by=Role.STANDBY)
    return isinstance(fence, Known) and not fence.value.fenced


def obstacles_to_resuming(so_far: Progress, topology: Topology) -> tuple[Obstacle, ...]:
    """Return why a plan must not go on: its fences were changed by somebody else, as their epochs tell."""
    return tuple(obstacle for role in Role for obstacle in _changed_by_others(so_far, topology, role))


def _changed_by_others(so_far: Progress, topology: Topology, role: Role) -> list[Obstacle]:
    name = topology.site.regions[role].name
    reading = topology.fence(role, seen_by=Role.STANDBY)
    precondition = f"nobody else may have changed {name}'s fence since"
    if not isinstance(reading, Known):
        remedy = "try again once the standby's replica answers"
        return [Obstacle(precondition, f"unknown ({reading.reason})", remedy)]
    fence = reading.value
    if fence.epoch in _expected_epochs(so_far, role):
        return []
    found = f"its epoch is {fence.epoch}, by {fence.by or 'somebody'} at {fence.at or 'some time'}"
    return [Obstacle(precondition, found, "see `dr status`; --forget ends this plan where it is")]


def _expected_epochs(so_far: Progress, role: Role) -> set[int]:
    """Return the epochs that the plan itself can have left; a change that was begun may have been made or not."""
    changes = [
        index
        for index, step in enumerate(so_far.plan.steps)
        if isinstance(step, SetFence | ClearFence) and step.of is role
    ]
    known = [int(so_far.done[index].evidence["epoch"]) for index in changes if index < so_far.next]
    epoch = known[-1] if known else so_far.plan.before[role].epoch
    pending = so_far.begun == so_far.next and so_far.next in changes
    return {epoch, epoch + 1} if pending else {epoch}
