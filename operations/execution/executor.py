"""Two executors of plans: one acts and writes a journal, the other only shows the steps."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, get_args

from handlers.writer.item import ClosingKind, Writer
from operations.clock import OperationsClock
from operations.execution.errors import OvertakenError, StepError, StoppedError
from operations.execution.journal import (
    Begun,
    Done,
    Evidence,
    Failed,
    Intended,
    Journal,
    JournalError,
    Overtaken,
    Planned,
    Record,
)
from operations.execution.performing import Performer
from operations.plans.plan import Plan, Purpose
from operations.plans.roll_back import undoing
from operations.plans.steps import Change, Step
from operations.topology.words import who_did_what


@dataclass(frozen=True)
class StepResult:
    """The result of a step; in a dry run it has no duration and no evidence."""

    step: Step
    seconds: float
    evidence: Evidence


class Audience(Protocol):
    """Observes the execution of a plan."""

    def begins(self, number: int, step: Step) -> None:
        """A step begins; numbers start at 1."""

    def ends(self, number: int, result: StepResult) -> None:
        """A step is done."""


class Executor(Protocol):
    """Carries out a plan from a step on."""

    def run(self, plan: Plan, *, first: int = 0) -> Iterator[StepResult]:
        """Carry out the plan, and yield each step's result as soon as it is done.

        Raises:
            StepError: A step failed; what was done stays, except a planned closing.
        """


class LiveExecutor:
    """Carries out a plan; each event is written to the journal before the next one happens.

    If the journal cannot be written, the plan ends as after a failed step: a planned closing is undone without a
    record, since payers wait and the source's ticker may not run.
    """

    def __init__(
        self, performer: Performer, *, journal: Journal, clock: OperationsClock, audience: Audience, by: str, why: str
    ) -> None:
        self._performer = performer
        self._journal = journal
        self._clock = clock
        self._audience = audience
        self._by, self._why = by, why
        self._step = 0
        self._is_recorded = True
        self._has_ended = False
        """Whether what happens now puts right what the plan left: that is done with a journal or without."""
        performer.changes.note = self._intend

    @property
    def is_recorded(self) -> bool:
        """Return whether the journal is complete; if not, the plan cannot be resumed from it."""
        return self._is_recorded

    def run(self, plan: Plan, *, first: int = 0) -> Iterator[StepResult]:
        """Carry out the plan; undo a planned closing if its opening is not reached.

        Raises:
            OvertakenError: Somebody else changed the writer.
            StoppedError: Ctrl-C; a planned closing was undone.
            StepError: A step failed, or could not be recorded.
        """
        index = first
        try:
            for index, step in enumerate(plan.steps[first:], start=first):
                yield self._run(index, step)
        except OvertakenError as error:
            self._has_ended = True
            self._record(Overtaken(at=self._clock.time(), step=index, error=str(error)))
            raise
        except (StepError, JournalError, KeyboardInterrupt) as error:
            self._has_ended = True
            reason = str(error) or "interrupted"
            self._record(Failed(at=self._clock.time(), step=index, error=reason))
            undone = self._undo(plan)
            if isinstance(error, KeyboardInterrupt):
                raise StoppedError(f"by Ctrl-C or a signal; {undone or 'what was done stays'}") from error
            raise StepError(f"{reason}; {undone}" if undone else reason) from error

    def _undo(self, plan: Plan) -> str:
        """Undo the planned closing that the plan left, if any; return the result."""
        changes = self._performer.changes
        if plan.purpose not in {Purpose.SWITCHOVER, Purpose.FAILBACK}:
            return ""
        try:
            changes.resolve()
            closed = changes.latest
            if closed is None or closed.kind is not ClosingKind.PLANNED:
                return ""
            back = undoing(plan, closed)
            self._record(
                Planned(at=self._clock.time(), plan=back, by=self._by, reason=self._why, time_scale=self._clock.scale)
            )
            for index, step in enumerate(back.steps):
                self._run(index, step)
        except OvertakenError as error:
            self._record(Overtaken(at=self._clock.time(), step=0, error=str(error)))
            return str(error)
        except StepError as error:
            self._record(Failed(at=self._clock.time(), step=0, error=str(error)))
            way = "--roll-back" if self._is_recorded else "`dr start`"
            return f"and it could not be undone ({error}): the source's ticker does that, or {way}"
        return "undone" if changes.latest is None else f"undone: {who_did_what(changes.latest)}"

    def _record(self, record: Record) -> None:
        """Write a record before the plan goes on; after a failed write, write no more: the last line may be torn.

        Raises:
            JournalError: The record cannot be written and the plan has not ended.
        """
        if not self._is_recorded:
            return
        try:
            self._journal.append(record)
        except JournalError:
            self._is_recorded = False
            if not self._has_ended:
                raise

    def _intend(self, writer: Writer) -> None:
        self._record(Intended(at=self._clock.time(), step=self._step, writer=writer))

    def _run(self, index: int, step: Step) -> StepResult:
        self._step = index
        self._record(Begun(at=self._clock.time(), step=index))
        self._audience.begins(index + 1, step)
        began = self._clock.monotonic()
        evidence = self._performer.perform(step)
        seconds = round(self._clock.monotonic() - began, 3)
        writer = self._performer.changes.latest if isinstance(step, get_args(Change)) else None
        self._record(Done(at=self._clock.time(), step=index, seconds=seconds, evidence=evidence, writer=writer))
        result = StepResult(step, seconds, evidence)
        self._audience.ends(index + 1, result)
        return result


class DryRun:
    """Returns every step without carrying it out."""

    def run(self, plan: Plan, *, first: int = 0) -> Iterator[StepResult]:
        """Return the steps, without duration or evidence."""
        for step in plan.steps[first:]:
            yield StepResult(step, 0.0, {})
