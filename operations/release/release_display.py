"""What people see of a release: the plan, the refusal, each step and look, and how it ended."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.text import Text

from operations.labelled_text import print_labelled
from operations.release.driver import LEFT_TO_TICKERS, ReleaseAccount, ReleaseOutcome
from operations.release.judging import BakeEvidence, BakeJudgement, BakeVerdict
from operations.release.release_plan import PROLONGED, ReleasePlan, ReleaseRefusal, ReleaseStep, VersionMove
from operations.release.stored_payments import StoredByRelease
from operations.site import Site
from operations.timestamps import for_people
from operations.typed_commands import Typed, as_written
from operations.verdict.words import duration

SHOWN_IDS = 20

_STYLES = {BakeVerdict.PASS: "green", BakeVerdict.WAIT: "yellow", BakeVerdict.UNDO: "bold red"}


class ReleaseDisplay:
    """Writes to a console; on a terminal, a line follows what is seen of the region that is watched."""

    def __init__(self, console: Console, site: Site, *, typed: Typed = as_written) -> None:
        self._console, self._site, self._typed = console, site, typed
        self.steps, self._line = 0, Text("")

    def plan(self, plan: ReleasePlan) -> None:
        """Show what would be done, and what payers would notice of it."""
        self.steps = len(plan.steps)
        self.say("Release: ", f"{plan.environment}, {self._site.regions[plan.idle].name} first")
        for line in moves_told(plan.moves, self._site):
            self.say("  ", line)
        for number, step in enumerate(plan.steps, start=1):
            self.say(f"  {number:2} ", step.says(self._site))
        for each in plan.changed_answers:
            self.say("Changed answer: ", f"{each.case}: {each.why}", style="yellow")
        if not plan.changed_answers:
            self.say("Note: ", "no answer changes; canary payments show it before anybody pays")
        for warning in plan.warnings:
            self.say("Warning: ", warning, style="yellow")
        about = (
            f"it takes about {duration(plan.seconds)}, up to {duration(PROLONGED * plan.seconds)} where little is paid"
        )
        self.say("Note: ", f"{about}; Ctrl-C puts both regions back, and so does `dr release abort`")

    def refusal(self, refusal: ReleaseRefusal) -> None:
        """Show why there is no plan."""
        self.say("", f"Refused: release of {refusal.environment}", style="bold red")
        for each in refusal.obstacles:
            self.say("  ", str(each))

    @contextmanager
    def running(self, steps: int) -> Iterator[None]:
        """Show a line for what is watched as long as the block runs, where a person watches."""
        self.steps = steps
        with Live(console=self._console, transient=True, get_renderable=lambda: self._line):
            yield

    def begins(self, number: int, step: ReleaseStep) -> None:
        """Show that a step begins; the first one's number is 1."""
        self._line = Text(f"{number}/{self.steps} {step.says(self._site)} …")

    def looked(self, judgement: BakeJudgement, evidence: BakeEvidence) -> None:
        """Show what was seen."""
        del evidence
        self._line = Text(f"{judgement.verdict}: {judgement.reason}", style=_STYLES[judgement.verdict])

    def ends(self, number: int, step: ReleaseStep, found: str) -> None:
        """Show that a step is done."""
        self._line = Text("")
        self.say(f"  {number}/{self.steps} ", f"{step.says(self._site)}: {found}", style="green")

    def puts_back(self, why: str) -> None:
        """Show that both regions are put back."""
        self._line = Text("")
        self.say("Putting both regions back: ", why, style="bold red")

    def outcome(self, account: ReleaseAccount, stored: StoredByRelease | None, notes: Sequence[str] = ()) -> None:
        """Show how the release ended, and what it leaves to do."""
        match account.outcome:
            case ReleaseOutcome.DONE:
                self.say("", "Done: both regions run the new versions.", style="green")
            case ReleaseOutcome.UNDONE:
                self.say("undone: ", f"{account.reason}; both regions run the versions before", style="bold red")
            case ReleaseOutcome.LEFT:
                self.say("NOT put back: ", account.reason, style="bold red")
                self._left(account)
        if stored is not None:
            self.stored(stored)
        for note in notes:
            self.say("Note: ", note, style="yellow")

    def stored(self, stored: StoredByRelease) -> None:
        """Show which payments the new versions stored."""
        ids = stored.transaction_ids
        if ids:
            more = f" and {len(ids) - SHOWN_IDS} more, see --output json" if len(ids) > SHOWN_IDS else ""
            doubt = f" ({len(stored.in_doubt)} of them in doubt)" if stored.in_doubt else ""
            until = f", by their logs until {for_people(stored.read_until)}" if stored.read_until is not None else ""
            named = f"{', '.join(ids[:SHOWN_IDS])}{more}"
            listed = f"{len(ids)} payments were stored by the new versions{doubt}{until}: {named}"
            self.say("Look at: ", listed, style="yellow")
        elif not stored.unknown:
            until = f" until {for_people(stored.read_until)}" if stored.read_until is not None else ""
            self.say("", f"The new versions stored no payment{until}.")
        for why in stored.unknown:
            self.say("Unknown: ", f"payments that the new versions stored: {why}", style="bold magenta")

    def say(self, label: str, text: str, *, style: str = "") -> None:
        """Write a text behind a label; its commands of `dr` act on this deployment."""
        print_labelled(self._console, label, self._typed(text), style=style)

    def _left(self, account: ReleaseAccount) -> None:
        undoing = account.undoing
        if undoing is None or undoing.release is None:
            self.say("  ", f"{undoing.error if undoing else 'the item was not reached'}; {LEFT_TO_TICKERS}")
            return
        for region, why in undoing.left.items():
            self.say("  ", f"{region}: {why}")
            if region in undoing.release.before:
                versions = undoing.release.before[region]
                listed = ", ".join(f"{function} {version}" for function, version in versions.functions.items())
                self.say("  ", f"to be put back there: {listed}; API deployment {versions.api}")
        self.say(
            "  ", "the tickers of both regions go on trying; `dr release status` shows it, `dr release abort` tries too"
        )


def moves_told(moves: Sequence[VersionMove], site: Site) -> list[str]:
    """Return each function's versions in a line, regions that do the same together."""
    by_words: dict[tuple[str, str, str], list[str]] = {}
    for move in moves:
        if move.before != move.after:
            by_words.setdefault((move.function, move.before, move.after), []).append(site.regions[move.role].name)
    lines = [
        f"{function}: version {before} → {after} in {' and '.join(names)}"
        for (function, before, after), names in by_words.items()
    ]
    return lines or ["no function changes its version; the APIs' definitions are released"]
