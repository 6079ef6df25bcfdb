"""What people see of a plan: the plan itself, the refusal, and each step while it is carried out."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.status import Status

from operations.execution.executor import Result
from operations.execution.move import Account, Outcome
from operations.plans.plan import Plan, Purpose, Refusal
from operations.plans.steps import Step
from operations.site import Site
from operations.topology.loss_estimate import LossEstimate

REFUSAL = "Refused:"
"""What the line before the reasons of a refusal begins with."""


class Display:
    """Writes to a console; while a step runs, its line says what it is waiting for."""

    def __init__(self, console: Console, site: Site) -> None:
        self._console = console
        self._site = site
        self._status: Status | None = None
        self._running = ""
        self._steps = 0

    def loss(self, loss: LossEstimate) -> None:
        """Show what would be lost or delayed."""
        self._say(f"Loss: {loss.text}", style="yellow" if loss.is_possible else None)

    def plan(self, plan: Plan, *, first: int = 0) -> None:
        """Show what would be done, from a step on."""
        self._steps = len(plan.steps)
        self._say(f"Plan: {plan.purpose} of {plan.environment}")
        for number, step in enumerate(plan.steps, start=1):
            done = " (done)" if number <= first else ""
            self._say(f"  {number:2} {step.says(self._site)}{done}")
        for warning in plan.warnings:
            self._say(f"Warning: {warning}", style="yellow")
        for note in plan.notes:
            self._say(f"Note: {note}")

    def refusal(self, refusal: Refusal) -> None:
        """Show which preconditions fail, and how to mend each."""
        self._say(f"{REFUSAL} {refusal.purpose} of {refusal.environment}", style="bold red")
        for obstacle in refusal.obstacles:
            self._say(f"  {obstacle}")

    @contextmanager
    def running(self) -> Iterator[None]:
        """Show a line for the running step as long as the block runs."""
        with self._console.status("") as self._status:
            yield
        self._status = None

    def begins(self, number: int, step: Step) -> None:
        """Show that a step begins; the first one's number is 1."""
        self._running = f"{number}/{self._steps} {step.says(self._site)}"
        self.waits("")

    def waits(self, reason: str) -> None:
        """Show what the running step waits for."""
        if self._status is not None:
            self._status.update(escape(f"{self._running}{': ' if reason else ''}{reason}"))

    def ends(self, number: int, result: Result) -> None:
        """Show that a step is done, and what it leaves for the record."""
        evidence = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in result.evidence.items())
        self._say(f"  {number}/{self._steps} {result.step.says(self._site)} ({result.seconds:.1f} s)", style="green")
        self._say(f"      {evidence}", style="dim")
        if result.evidence.get("seen") is False:
            self._say("      Nobody pays, or payments do not arrive: --pay makes one.", style="yellow")
        waiting = result.evidence.get("payments") if "waiting_in_retry_queue" in result.evidence else None
        if waiting:
            self._say(f"      Accepted payments still wait in the retry queue: {waiting}", style="yellow")

    def outcome(self, account: Account, *, purpose: Purpose, journal: str | None) -> None:
        """Show how a move ended, and how to go on where it did not come to its end."""
        if account.outcome is Outcome.PLANNED:
            self._say("Dry run: nothing was changed.")
        if account.error:
            self._say(f"{account.outcome}: {account.error}", style="bold red")
        if account.can_resume:
            self._say(f"`dr {purpose} --resume` goes on.")
        if journal is not None:
            self._say(f"Journal: {journal}")

    def _say(self, text: str, *, style: str | None = None) -> None:
        self._console.print(text, style=style, markup=False, soft_wrap=True)
