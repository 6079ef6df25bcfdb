"""Shows a plan to people: the plan or the refusal, each step while it runs, and the outcome."""

import shlex
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console, RenderableType
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from operations.execution.evidence_words import evidence_words, is_unseen
from operations.execution.executor import StepResult
from operations.execution.measuring import ClosedPeriod
from operations.execution.move import Account, MoveOutcome
from operations.labelled_text import print_labelled
from operations.plans.expectation import expected_seconds
from operations.plans.plan import Obstacle, Plan, Purpose, Refusal
from operations.plans.steps import AwaitPayment, SetAutomatic, Step
from operations.site import Site
from operations.timestamps import for_people
from operations.topology.loss_estimate import LossEstimate
from operations.topology.words import who_did_what
from operations.typed_commands import Typed, as_written
from operations.verdict.model import TrafficAlert, TrafficVerdict
from operations.verdict.show import TONES, show_verdict

REFUSAL = "Refused:"
"""What the line before the reasons of a refusal begins with."""

_NOBODY_KNOWN = "nobody is known to take payments"


class MoveDisplay:
    """Writes to a console; while a step runs, one line shows its duration and who takes payments.

    Args:
        console: The console for people; if it is not a terminal, lines are not wrapped.
        site: The deployed site.
        scale: The emulator's time scale; 1 on AWS.
        typed: Adds the options that select the deployment to commands in texts.
    """

    def __init__(self, console: Console, site: Site, *, scale: float = 1.0, typed: Typed = as_written) -> None:
        self._console = console
        self._site = site
        self._scale = scale
        self._typed = typed
        self._running: _RunningStep | None = None
        self._steps = 0
        self._taking = _NOBODY_KNOWN

    def verdict(self, verdict: TrafficVerdict) -> None:
        """Show who takes payments; the running step's line repeats it until a step changes it."""
        self._taking = _taking(verdict)
        self._console.print(show_verdict(verdict))

    def news(self, verdict: TrafficVerdict, *, before: TrafficVerdict, since: str) -> None:
        """Show in one line what has changed since the verdict that was shown at `since`."""
        self._taking = _taking(verdict)
        risks = [each for each in verdict.risks if each not in before.risks]
        serves, served = ((each.takes_payments, each.since, each.automatic) for each in (verdict, before))
        news = risks[0] if risks and serves == served else verdict.says
        self._say(f"{since}: ", news, style=TONES[verdict.alert])

    def loss(self, loss: LossEstimate, *, since: str = "") -> None:
        """Show what would be lost or delayed; `since` is when the previous estimate was shown, if any."""
        label = f"{since}: " if since else "Loss: "
        self._say(label, loss.text, style="yellow" if loss.is_possible else "")

    def plan(self, plan: Plan, *, first: int = 0) -> None:
        """Show the plan, from a step on."""
        self._steps = len(plan.steps)
        self._say("Plan: ", f"{plan.purpose} of {plan.environment}")
        for number, step in enumerate(plan.steps, start=1):
            done = " (done)" if number <= first else ""
            self._say(f"  {number:2} ", f"{step.says(self._site)}{done}")
        self.warnings(plan.warnings)
        for note in filter(None, (plan.expected, *plan.notes)):
            self._say("Note: ", note)

    def warnings(self, warnings: Sequence[str]) -> None:
        """Show the warnings before a plan begins."""
        for warning in warnings:
            self._say("Warning: ", warning, style="yellow")

    def refusal(self, refusal: Refusal, causes: Sequence[Obstacle]) -> None:
        """Show why there is no plan, each cause once with its remedy; or who already did what was asked for."""
        if refusal.already is not None:
            self._say("", f"Already done: {who_did_what(refusal.already)}", style="green")
            return
        self._say("", f"{REFUSAL} {refusal.purpose} of {refusal.environment}", style="bold red")
        for cause in causes:
            self._say("  ", str(cause))

    @contextmanager
    def running(self) -> Iterator[None]:
        """Show a line for the running step within the block, on a terminal."""
        with Live(console=self._console, transient=True, get_renderable=self._renderable):
            yield
        self._running = None

    def begins(self, number: int, step: Step) -> None:
        """Show that a step begins; numbers start at 1."""
        title = f"{number}/{self._steps} {step.says(self._site)}"
        self._running = _RunningStep(self._typed(title), expected_seconds(step), self._taking)

    def waits(self, reason: str) -> None:
        """Show the reason why the running step waits."""
        if self._running is not None:
            self._running.reason = reason

    def ends(self, number: int, result: StepResult) -> None:
        """Show that a step is done, and its evidence."""
        words = evidence_words(result)
        still_waits = result.evidence.get("waiting_in_retry_queue", 0) != 0
        style = "yellow" if is_unseen(result) or still_waits else "green"
        if "state" in result.evidence and not isinstance(result.step, SetAutomatic):
            is_open = result.evidence["state"] == "open"
            self._taking = f"{result.evidence['region']} takes payments" if is_open else "nobody takes payments"
        took = f" ({result.seconds / self._scale:.1f} s)"
        self._say(
            f"  {number}/{self._steps} ",
            f"{result.step.says(self._site)}{took}{': ' if words else ''}{words}",
            style=style,
        )

    def outcome(
        self, account: Account, *, purpose: Purpose, journal: str | None, evidence_from: float | None = None
    ) -> None:
        """Show how a move ended, how long no payments were taken, and how to go on if it did not finish.

        Args:
            account: The results of its steps.
            purpose: The kind of move.
            journal: The file; None if nothing was begun.
            evidence_from: When metrics will be complete, in seconds since the epoch; None if nothing moved.
        """
        if account.outcome is MoveOutcome.PLANNED:
            self._say("", "Dry run: nothing was changed.")
        if account.outcome is MoveOutcome.DONE:
            self._say("", f"Done: {purpose}.", style="green")
        if account.closed is not None:
            self._say("", _closed(account.closed))
        if account.error:
            self._say(f"{account.outcome}: ", account.error, style="bold red")
        elif account.outcome is MoveOutcome.UNVERIFIED:
            unseen = "; ".join(step.says(self._site) for step in account.unseen)
            text = f"the writer is changed, but this was not seen: {unseen}{self._way_to_see(account, purpose)}"
            self._say(f"{account.outcome}: ", text, style="yellow")
        if account.can_resume:
            self._say("", f"`dr {purpose} --resume` goes on.")
        if journal is not None:
            self._console.print(Text(f"Journal: {journal}"), soft_wrap=True)
        if evidence_from is not None:
            command = f"`dr evidence {shlex.quote(journal or '')}`"
            text = f"Evidence: from {for_people(evidence_from)} on, {command} measures what payers saw."
            self._console.print(Text(self._typed(text)), soft_wrap=True)

    def _way_to_see(self, account: Account, purpose: Purpose) -> str:
        """Return how to see the first payment after all: repeating the command pays in the opened region."""
        serving = next((step.serving for step in account.unseen if isinstance(step, AwaitPayment)), None)
        if serving is None:
            return ""
        command = {
            Purpose.SWITCHOVER: f"`dr switchover --to {self._site.regions[serving].name} --pay`",
            Purpose.FAILOVER: f"`dr failover --to {self._site.regions[serving].name} --pay`",
            Purpose.FAILBACK: "`dr failback --pay`",
            Purpose.START: "`dr start --pay`",
        }.get(purpose)
        return "; pay as payers do" + (f", or by {command}, which changes nothing any more" if command else "")

    def _renderable(self) -> RenderableType:
        return self._running or Text("")

    def _say(self, label: str, text: str, *, style: str = "") -> None:
        """Write a text behind a label, with the deployment's options added to its `dr` commands."""
        print_labelled(self._console, label, self._typed(text), style=style)


class _RunningStep:
    """The running step's line, redrawn several times a second."""

    def __init__(self, title: str, expected: float, taking: str) -> None:
        self._title, self._expected, self._taking = title, expected, taking
        self._began = time.monotonic()
        self._spinner = Spinner("dots")
        self.reason = ""

    def __rich__(self) -> RenderableType:
        """Return the current line."""
        elapsed = time.monotonic() - self._began
        reason = f": {self.reason}" if self.reason else ""
        times = f"{elapsed:.0f} s of about {self._expected:.0f} s"
        self._spinner.update(text=Text(f"{self._title} · {times} · {self._taking}{reason}"))
        return self._spinner


def _taking(verdict: TrafficVerdict) -> str:
    if verdict.takes_payments is not None:
        doubt = ", as far as is known" if verdict.alert is TrafficAlert.UNKNOWN else ""
        return f"{verdict.takes_payments} takes payments{doubt}"
    return "nobody takes payments" if verdict.alert is TrafficAlert.OUTAGE else _NOBODY_KNOWN


def _closed(closed: ClosedPeriod) -> str:
    if closed.by_glass:
        known = closed.refused_seconds
        out = "it is not known since when nobody could pay"
        if known is not None:
            out = f"nobody could pay for about {known:.0f} s"
        return f"Payments were taken {closed.seconds:.1f} s after the glass was broken; {out}."
    if closed.refused_seconds is None:
        return f"The writer was closed for {closed.seconds:.1f} s; it is not known since when nobody could pay."
    if closed.refused_seconds == closed.seconds:
        return f"Nobody could pay for {closed.seconds:.1f} s, from the closing to the opening."
    return (
        f"Nobody could pay for about {closed.refused_seconds:.0f} s, "
        f"{closed.seconds:.1f} s of them while the writer was closed."
    )
