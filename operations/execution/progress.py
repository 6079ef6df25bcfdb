"""Decides from a plan's journal and the topology how far the plan has come, and whether it may go on."""

from collections.abc import Sequence
from dataclasses import dataclass

from handlers.writer.item import Writer
from operations.execution.journal import Begun, Done, Intended, Overtaken, Planned, Record
from operations.plans.plan import Obstacle, Plan, Purpose
from operations.topology.model import Topology
from operations.topology.readings import Unknown
from operations.topology.words import who_did_what


@dataclass(frozen=True)
class Progress:
    """The progress of a journal's latest plan."""

    first: Plan
    """The plan that was asked for."""
    plan: Plan
    """The one that is carried out now: the first, or the roll back of it."""
    done: tuple[Done, ...]
    """Its steps that are done, each once, in order."""
    begun: int | None
    """The step that was begun last, done or not."""
    intended: Writer | None = None
    """The change that was sent last, if its answer was not seen."""
    overtaken: bool = False
    """Whether somebody else's change has ended it."""

    @property
    def next(self) -> int:
        """Return the index of the first step that is not done."""
        return len(self.done)

    @property
    def finished(self) -> bool:
        """Return whether all steps are done."""
        return self.overtaken or self.next == len(self.plan.steps)

    @property
    def rolls_back(self) -> bool:
        """Return whether the plan is itself a roll back."""
        return self.plan.purpose is Purpose.ROLL_BACK

    @property
    def latest(self) -> Writer | None:
        """Return the writer as the plan's last known change left it, or as the plan found it."""
        return next((each.writer for each in reversed(self.done) if each.writer is not None), self.plan.before)

    def is_untouched(self, now: Writer | None) -> bool:
        """Return whether the plan has changed nothing yet, so that its preconditions must be checked again."""
        return all(each.writer is None for each in self.done) and (self.intended is None or now == self.plan.before)


def progress(records: Sequence[Record]) -> Progress | None:
    """Return the progress of the latest plan; None when no plan was recorded, and so nothing was done."""
    planned = [(index, record.plan) for index, record in enumerate(records) if isinstance(record, Planned)]
    if not planned:
        return None
    index, plan = planned[-1]
    since = records[index:]
    begun = [record.step for record in since if isinstance(record, Begun)]
    done = tuple(record for record in since if isinstance(record, Done))
    pending = [record.writer for record in since if isinstance(record, Intended) and record.step >= len(done)]
    return Progress(
        first=planned[0][1],
        plan=plan,
        done=done,
        begun=begun[-1] if begun else None,
        intended=pending[-1] if pending else None,
        overtaken=any(isinstance(record, Overtaken) for record in since),
    )


def obstacles_to_resuming(so_far: Progress, topology: Topology) -> tuple[Obstacle, ...]:
    """Return why a plan must not go on: the epoch shows that somebody else changed the writer."""
    if so_far.first.before is None:  # break glass does not change the writer item
        return ()
    precondition = "nobody else may have changed the writer since"
    reading = topology.writer
    if isinstance(reading, Unknown):
        remedy = "try again once a replica has a quorum"
        return (Obstacle(precondition, f"unknown ({reading.reason})", remedy),)
    now = reading.value
    own = {(each.epoch, each.change_id) for each in (so_far.latest, so_far.intended) if each is not None}
    if now is not None and (now.epoch, now.change_id) in own:
        return ()
    found = "the writer item is gone" if now is None else who_did_what(now)
    return (Obstacle(precondition, found, "the interrupted plan is at its end: begin again"),)
