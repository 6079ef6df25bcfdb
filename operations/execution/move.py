"""A move of traffic: the decision to begin, resume or roll back a plan, and its result."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from handlers.writer.item import Writer
from operations.clock import OperationsClock
from operations.errors import UsageError
from operations.execution.changing import ChangeSequence, SeenEpoch
from operations.execution.controls import Controls
from operations.execution.errors import OvertakenError, StepError, StoppedError
from operations.execution.evidence_words import is_unseen
from operations.execution.executor import Executor, StepResult
from operations.execution.journal import Journal, JournalError, Journals, Planned
from operations.execution.measuring import ClosedPeriod
from operations.execution.progress import Progress, obstacles_to_resuming, progress
from operations.execution.waiting import Waiting
from operations.plans.expectation import expected_refusal
from operations.plans.plan import Obstacle, Plan, Purpose, Refusal
from operations.plans.roll_back import plan_roll_back
from operations.plans.steps import Step
from operations.timestamps import for_names
from operations.topology.model import Topology
from operations.topology.readings import Known
from operations.topology.words import who_did_what


class Course(StrEnum):
    """Whether to begin, resume or roll back a plan."""

    BEGIN = "begin"
    RESUME = "resume"
    ROLL_BACK = "roll-back"


class MoveOutcome(StrEnum):
    """How a move ended."""

    DONE = "done"
    UNVERIFIED = "unverified"  # done, but its effect was not observed
    ALREADY = "already-done"  # there was nothing to do
    PLANNED = "planned"  # a dry run
    REFUSED = "refused"
    FAILED = "failed"  # its closing was undone, or the message says why not
    OVERTAKEN = "overtaken"  # by somebody else's change of the writer
    INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class Interrupted:
    """A plan that was not finished."""

    journal: Journal
    progress: Progress


@dataclass(frozen=True)
class Decision:
    """The plan to carry out, and from which step on; a new plan is not in a journal yet."""

    plan: Plan | Refusal
    first: int = 0
    new: bool = True


@dataclass
class Account:
    """The result of a plan's execution."""

    outcome: MoveOutcome
    results: list[StepResult] = field(default_factory=list)
    error: str = ""
    can_resume: bool = False
    """Whether steps are left, and nothing that was done has been undone or overtaken."""
    closed: ClosedPeriod | None = None
    """For how long the writer was closed and nobody could pay; None where that never ended or never was."""

    @property
    def unseen(self) -> tuple[Step, ...]:
        """Return the steps whose effect was not observed: no payment arrived, or a queue could not be read."""
        return tuple(each.step for each in self.results if is_unseen(each))


def find_interrupted(journals: Journals, purpose: Purpose, course: Course) -> Interrupted | None:
    """Return the plan to resume or roll back, or None for a new plan.

    An interrupted plan does not block others: it ends with the first change of another plan.

    Raises:
        UsageError: There is no interrupted plan.
        JournalError: The latest journal cannot be read, so it is unknown whether its plan was interrupted.
    """
    if course is Course.BEGIN:
        return None
    interrupted = _latest_unfinished(journals, purpose)
    if interrupted is None:
        raise UsageError(f"--{course} needs an interrupted {purpose}, but {journals.directory} holds none")
    if (journal := interrupted.journal).is_held:
        raise UsageError(f"--{course} needs an interrupted {purpose}, but it is still running: {journal.path}")
    return interrupted


def decide(
    course: Course, interrupted: Interrupted | None, topology: Topology, make: Callable[[Topology], Plan | Refusal]
) -> Decision:
    """Decide what to carry out: a new plan, the rest of an interrupted one, or its roll back.

    An interrupted plan that has changed nothing yet is planned again, because its preconditions must hold now.
    """
    if interrupted is None:
        return Decision(make(topology))
    so_far = interrupted.progress
    obstacles = obstacles_to_resuming(so_far, topology)
    if obstacles:
        return Decision(Refusal(so_far.plan.purpose, so_far.plan.environment, obstacles))
    back = course is Course.ROLL_BACK or so_far.rolls_back  # a roll back is resumed, not rolled back
    now = topology.writer.value if isinstance(topology.writer, Known) else None
    if back is so_far.rolls_back and not so_far.is_untouched(now):
        return Decision(_rest(so_far, topology, now), so_far.next, new=False)
    return Decision(plan_roll_back(topology, so_far.first) if back else make(topology))


def _rest(so_far: Progress, topology: Topology, now: Writer | None) -> Plan:
    """Return an interrupted plan with the expected time without payments from now on."""
    plan, left = so_far.plan, so_far.plan.steps[so_far.next :]
    if plan.purpose in {Purpose.STOP, Purpose.AUTOMATIC}:
        return plan
    closed = now is not None and not now.is_open
    return plan.model_copy(update={"expected": expected_refusal(topology, left, goes_on=closed)})


def reconsider(shown: Plan, now: Plan | Refusal, topology: Topology) -> Refusal | None:
    """Return why a plan shown earlier must not be carried out, given the current decision; None if it may be."""
    if isinstance(now, Refusal):
        return now
    if shown.goes_like(now):
        return None
    writer = topology.writer.value if isinstance(topology.writer, Known) else None
    found = "by now it would be another one" if writer is None or writer == shown.before else who_did_what(writer)
    obstacle = Obstacle("the plan must be the one that was shown", found, "begin again to see what it is now")
    return Refusal(shown.purpose, shown.environment, (obstacle,))


def sequence(
    controls: Controls,
    waiting: Waiting,
    decision: Decision,
    interrupted: Interrupted | None,
    *,
    seen: SeenEpoch | None = None,
) -> ChangeSequence:
    """Return the decided plan's changes, based on the epoch that it read, or left when it was interrupted.

    Args:
        controls: Read and change the site.
        waiting: Repeats what cannot be read or changed at once.
        decision: The plan, and its first step.
        interrupted: The plan that is resumed, if any.
        seen: When this process first read the current writer.

    Raises:
        TypeError: The decision is a refusal.
    """
    if isinstance(decision.plan, Refusal):
        raise TypeError("a refusal changes nothing")
    if decision.new or interrupted is None:
        return ChangeSequence(controls, waiting, decision.plan.before, seen=seen)
    so_far = interrupted.progress
    return ChangeSequence(controls, waiting, so_far.latest, intended=so_far.intended, seen=seen)


@contextmanager
def recording(
    journals: Journals,
    plan: Plan,
    interrupted: Interrupted | None,
    *,
    new: bool,
    by: str,
    why: str,
    clock: OperationsClock,
    nobody_since: float | Literal["unknown"] | None = None,
    machine_ahead: float | None = None,
) -> Iterator[Journal]:
    """Lock the plan's journal within the block; a new plan is recorded first.

    Args:
        journals: Creates a new plan's journal.
        plan: The plan.
        interrupted: The plan that is resumed, if any.
        new: Whether the plan is not in a journal yet.
        by: The operator.
        why: The reason.
        clock: Stamps the records.
        nobody_since: Since when no payments have been taken, see `Planned`.
        machine_ahead: How far this machine's clock is ahead of the site's, see `Planned`.

    Raises:
        JournalError: Another process is carrying out the interrupted plan; its journal is left unchanged.
    """
    at = clock.time()
    name = f"{for_names(at, exact=True)}Z-{plan.purpose}"
    journal = journals.create(name) if interrupted is None else interrupted.journal
    with journal.held():
        if interrupted is not None and progress(journal.records()) != interrupted.progress:
            raise JournalError(f"another process went on with {journal.path} meanwhile: see `dr status`")
        if new:
            planned = Planned(
                at=at,
                plan=plan,
                by=by,
                reason=why,
                time_scale=clock.scale,
                nobody_since=nobody_since,
                machine_ahead=machine_ahead,
            )
            journal.append(planned)
        yield journal


def carry_out(executor: Executor, plan: Plan, *, first: int, done: MoveOutcome) -> Account:
    """Carry out a plan from a step on; after a failure or Ctrl-C the account holds what was done."""
    account = Account(done)
    try:
        for result in executor.run(plan, first=first):
            account.results.append(result)
    except OvertakenError as error:
        account.outcome, account.error = MoveOutcome.OVERTAKEN, str(error)
    except StoppedError as error:
        account.outcome, account.error = MoveOutcome.INTERRUPTED, str(error)
    except StepError as error:
        account.outcome, account.error = MoveOutcome.FAILED, str(error)
    except KeyboardInterrupt:
        account.outcome, account.error = MoveOutcome.INTERRUPTED, "by Ctrl-C or a signal"
    return account


def _latest_unfinished(journals: Journals, purpose: Purpose) -> Interrupted | None:
    """Return the latest unfinished plan for a purpose; an unreadable journal is an error only if it is the latest."""
    latest = True
    for journal in journals.latest_first():
        try:
            so_far = progress(journal.records())
        except JournalError:
            if latest:
                raise
            continue
        if so_far is not None:
            latest = False
            if not so_far.finished and so_far.first.purpose is purpose:
                return Interrupted(journal, so_far)
    return None
