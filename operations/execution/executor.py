"""Two executors of plans: one that acts and writes a journal, and one that only tells what it would do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from operations.clock import Clock
from operations.execution.journal import Begun, Done, Evidence, Failed, Journal
from operations.execution.performing import StepError
from operations.plans.plan import Plan
from operations.plans.steps import Step


@dataclass(frozen=True)
class Result:
    """What became of a step; a step that was only told took no time and left no evidence."""

    step: Step
    seconds: float
    evidence: Evidence


class Audience(Protocol):
    """Who sees a plan being carried out."""

    def begins(self, number: int, step: Step) -> None:
        """A step begins; the first one's number is 1."""

    def ends(self, number: int, result: Result) -> None:
        """A step is done."""


class Executor(Protocol):
    """Carries out a plan from a step on."""

    def run(self, plan: Plan, *, first: int = 0) -> Iterator[Result]:
        """Carry out the plan, and give each step's result as soon as it is done.

        Raises:
            StepError: A step did not come to its end; what was done stays done.
        """


class LiveExecutor:
    """Acts; what happens is in the journal before the next thing does."""

    def __init__(
        self, perform: Callable[[Step], Evidence], *, journal: Journal, clock: Clock, audience: Audience
    ) -> None:
        self._perform = perform
        self._journal = journal
        self._clock = clock
        self._audience = audience

    def run(self, plan: Plan, *, first: int = 0) -> Iterator[Result]:
        """Carry out the plan.

        Raises:
            StepError: A step did not come to its end; what was done stays done.
        """
        for index, step in enumerate(plan.steps[first:], start=first):
            yield self._run(index, step)

    def _run(self, index: int, step: Step) -> Result:
        self._journal.append(Begun(at=self._clock.time(), step=index))
        self._audience.begins(index + 1, step)
        began = self._clock.monotonic()
        try:
            evidence = self._perform(step)
        except StepError as error:
            self._journal.append(Failed(at=self._clock.time(), step=index, error=str(error)))
            raise
        seconds = round(self._clock.monotonic() - began, 3)
        self._journal.append(Done(at=self._clock.time(), step=index, seconds=seconds, evidence=evidence))
        result = Result(step, seconds, evidence)
        self._audience.ends(index + 1, result)
        return result


class DryRun:
    """Gives every step as done without doing anything: the plan that was shown is all there is to tell."""

    def run(self, plan: Plan, *, first: int = 0) -> Iterator[Result]:
        """Give the steps, which took no time and left no evidence."""
        for step in plan.steps[first:]:
            yield Result(step, 0.0, {})
