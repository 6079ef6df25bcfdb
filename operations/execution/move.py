"""A move of traffic: what is to be carried out, begun or taken up again, and what came of it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

from operations.clock import Clock
from operations.errors import UsageError
from operations.execution.executor import Executor, Result
from operations.execution.journal import Forgotten, Journal, JournalError, Journals, Planned
from operations.execution.performing import StepError
from operations.execution.progress import Progress, is_untouched, obstacles_to_resuming, progress
from operations.moments import for_names
from operations.plans.plan import Obstacle, Plan, Purpose, Refusal
from operations.plans.roll_back import plan_roll_back
from operations.topology.model import Topology


class Course(StrEnum):
    """Which way to go with a plan."""

    BEGIN = "begin"
    RESUME = "resume"
    ROLL_BACK = "roll-back"


class Outcome(StrEnum):
    """How a move ended."""

    DONE = "done"
    PLANNED = "planned"  # a dry run
    REFUSED = "refused"
    FAILED = "failed"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True)
class Interrupted:
    """A plan that did not come to its end."""

    journal: Journal
    progress: Progress


@dataclass(frozen=True)
class Decision:
    """The plan to carry out, and from which step on; a new one is in no journal yet."""

    plan: Plan | Refusal
    first: int = 0
    new: bool = True


@dataclass
class Account:
    """What a plan's execution came to."""

    outcome: Outcome
    results: list[Result] = field(default_factory=list)
    error: str = ""


def find_interrupted(journals: Journals, purpose: Purpose, course: Course) -> Interrupted | None:
    """Return the plan that must be taken up again, or None when a new one may begin.

    Raises:
        UsageError: An interrupted plan stands in the way of a new one, or there is none to take up again.
        JournalError: The latest journal cannot be read, so it is not known whether one is interrupted.
    """
    if course is Course.BEGIN and purpose is Purpose.FAILOVER:
        return None  # nothing may stand in its way, not even a journal that cannot be read
    interrupted = _latest_unfinished(journals)
    if course is Course.BEGIN:
        if interrupted is not None:
            first = interrupted.progress.first.purpose
            raise UsageError(
                f"an interrupted {first} stands in the way, `dr {first}` takes --resume, --roll-back or --forget: "
                f"{interrupted.journal.path}"
            )
        return None
    if interrupted is None or interrupted.progress.first.purpose is not purpose:
        raise UsageError(f"--{course} needs an interrupted {purpose}, but {journals.directory} holds none")
    return interrupted


def decide(
    course: Course, interrupted: Interrupted | None, topology: Topology, make: Callable[[Topology], Plan | Refusal]
) -> Decision:
    """Decide what to carry out: a new plan, the rest of an interrupted one, or the way back from it.

    An interrupted plan that has set no fence yet is made anew: its preconditions must hold now, not when it was made.
    """
    if interrupted is None:
        return Decision(make(topology))
    so_far = interrupted.progress
    obstacles = obstacles_to_resuming(so_far, topology)
    if obstacles:
        return Decision(Refusal(so_far.plan.purpose, so_far.plan.environment, obstacles))
    back = course is Course.ROLL_BACK or so_far.rolls_back  # the way back is resumed, not turned round again
    if back is so_far.rolls_back and not is_untouched(so_far, topology):
        return Decision(so_far.plan, so_far.next, new=False)
    return Decision(plan_roll_back(topology, so_far.first.before) if back else make(topology))


def reconsider(shown: Plan, now: Plan | Refusal) -> Refusal | None:
    """Return why a plan that was shown some time ago must not be carried out, given what would be decided now."""
    if isinstance(now, Refusal):
        return now
    if shown.goes_like(now):
        return None
    obstacle = Obstacle(
        "the plan must be the one that was shown", "by now it would be another one", "begin again to see it"
    )
    return Refusal(shown.purpose, shown.environment, (obstacle,))


@contextmanager
def recording(
    journals: Journals, plan: Plan, interrupted: Interrupted | None, *, new: bool, by: str, why: str, clock: Clock
) -> Iterator[Journal]:
    """Hold the journal that the plan is in, for as long as the block runs; a new plan is written down first.

    Raises:
        JournalError: Another process has taken the interrupted plan up; its journal is left as it is.
    """
    at = clock.time()
    name = f"{for_names(at, exact=True)}Z-{plan.purpose}"
    journal = journals.create(name) if interrupted is None else interrupted.journal
    with journal.held():
        if interrupted is not None and progress(journal.records()) != interrupted.progress:
            raise JournalError(f"another process went on with {journal.path} meanwhile: see `dr status`")
        if new:
            journal.append(Planned(at=at, plan=plan, by=by, reason=why, time_scale=clock.scale))
        yield journal


def forget(journals: Journals, *, by: str, clock: Clock) -> list[Journal]:
    """Give up whatever is unfinished, where it is; return its journals.

    Raises:
        JournalError: Another process carries one out, which is left as it is.
    """
    forgotten = []
    while (interrupted := _latest_unfinished(journals)) is not None:
        with interrupted.journal.held():
            interrupted.journal.append(Forgotten(at=clock.time(), by=by))
        forgotten.append(interrupted.journal)
    return forgotten


def carry_out(executor: Executor, plan: Plan, *, first: int, done: Outcome) -> Account:
    """Carry out a plan from a step on; a failure or Ctrl-C ends it, and what was done is told all the same."""
    account = Account(done)
    try:
        for result in executor.run(plan, first=first):
            account.results.append(result)
    except StepError as error:
        account.outcome, account.error = Outcome.FAILED, str(error)
    except KeyboardInterrupt:
        account.outcome, account.error = Outcome.INTERRUPTED, "interrupted"
    return account


def _latest_unfinished(journals: Journals) -> Interrupted | None:
    """Return it; a journal that cannot be read stands in the way only until a later plan has gone past it."""
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
            if not so_far.finished:
                return Interrupted(journal, so_far)
    return None
