"""One run of `dr release` at a terminal, by the shipped plan, driver, judge and canary payments."""

from dataclasses import dataclass, field
from enum import StrEnum
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

from contract.releases import BEAT_SECONDS
from handlers.releases.changes import StaleReleaseError
from handlers.releases.changes import resume as take_up
from handlers.releases.item import Release, ReleaseState
from handlers.runtime import timestamp
from operations.cli import release_resume
from operations.cli.release_start import begin
from operations.errors import OperationError
from operations.release.driver import ReleaseAccount, ReleaseDriver, ReleaseOutcome, goes_on_at
from operations.release.judging import BakeEvidence, BakeJudgement
from operations.release.preflight import plan_release
from operations.release.reading import ReleaseReader
from operations.release.release_controls import ReleaseControls
from operations.release.release_plan import ReleasePlan, ReleaseRefusal, ReleaseStep, ReleaseWishes
from operations.release.situation import ReleaseSituation
from operations.release.stored_payments import StoredByRelease, stored_by
from operations.release.undoing import undo
from operations.release.versions_kept import remove_old_versions
from operations.release.watching import BakeWatch
from operations.timestamps import epoch_seconds
from operations.topology.readings import Unknown
from simulation.terminals.site import SITE
from simulation.terminals.terminal import Terminal

REFUSED = "refused"


class ReleaseVerb(StrEnum):
    """What an operator types after `dr release`."""

    START = "start"
    ABORT = "abort"
    RESUME = "resume"


@dataclass(frozen=True)
class ReleaseResult:
    """How a command ended."""

    outcome: str
    reason: str = ""
    release: str = ""
    """The release's id; empty if there is none."""
    stored: StoredByRelease = field(default_factory=lambda: StoredByRelease(()))
    """What it lists after an undoing."""


class _Audience:
    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal

    def begins(self, number: int, step: ReleaseStep) -> None:
        """Ignore it: the item says it."""

    def looked(self, judgement: BakeJudgement, evidence: BakeEvidence) -> None:
        """Ignore it."""

    def ends(self, number: int, step: ReleaseStep, found: str) -> None:
        """Ignore it."""

    def puts_back(self, why: str) -> None:
        """Remember it."""
        self._terminal.world.history.note(f"{self._terminal.process} puts back: {why}")


class ReleaseCommand:
    """One command at one terminal."""

    def __init__(self, terminal: Terminal, wishes: ReleaseWishes, by: str) -> None:
        edge: Any = terminal.edge
        surroundings: Any = None
        self._terminal = terminal
        self._wishes = wishes
        self._by = by
        self._reader = ReleaseReader(SITE, terminal.aws, terminal.clock, surroundings, edge=edge, asker=terminal.asker)
        self._controls = ReleaseControls(SITE, terminal.aws)
        session = SimpleNamespace(site=SITE)
        display = SimpleNamespace(say=lambda *_, **__: None)
        self._run: Any = SimpleNamespace(
            controls=self._controls, reader=self._reader, session=session, display=display, now=self._now
        )

    def start(self, *, asks: float) -> ReleaseResult:
        """Plan, wait for whoever reads the plan, claim, drive."""
        situation = self._reader.read()
        plan = plan_release(situation, self._wishes)
        if asks and isinstance(plan, ReleasePlan):
            self._terminal.clock.sleep(asks)
            again = plan_release(self._reader.read(), self._wishes)
            if isinstance(again, ReleasePlan) and (again.moves, again.epoch) != (plan.moves, plan.epoch):
                return ReleaseResult(REFUSED, "by now it would be another one")
            plan = again if isinstance(again, ReleaseRefusal) else plan
        if isinstance(plan, ReleaseRefusal):
            return _refused(plan)
        last = getattr(situation.release, "value", None)
        begun = begin(self._run, plan, last, by=self._by, why="release")
        return _refused(begun) if isinstance(begun, ReleaseRefusal) else self._drive(plan, begun)

    def abort(self) -> ReleaseResult:
        """Undo what is under way."""
        situation = self._reader.read()
        release = _release_of(situation)
        if release is None or not release.is_under_way:
            return ReleaseResult(REFUSED, "nothing is under way")
        undoing = undo(
            self._controls.hurried,
            release,
            by=self._by,
            why="aborted",
            pause=self._controls.pause,
            own_region=situation.payers_region,
        )
        outcome = ReleaseOutcome.UNDONE if undoing.is_undone else ReleaseOutcome.LEFT
        return ReleaseResult(outcome, "aborted", release.id, self._stored(release))

    def resume(self) -> ReleaseResult:
        """Go on with a release whose driver is gone."""
        release = _release_of(self._reader.read())
        if release is None or release.state is not ReleaseState.RUNNING:
            return ReleaseResult(REFUSED, "nothing runs")
        plan = release_resume.plan_of(self._run, release, self._wishes)
        seen = release_resume.await_driver_gone(self._run, release)
        if isinstance(seen, str):
            return ReleaseResult(REFUSED, seen)
        first = goes_on_at(plan.steps, release_resume.moved_shares(self._run, release))
        try:
            mine = take_up(self._controls.moving.client, SITE.control_table_name, seen, uuid4().hex)
        except StaleReleaseError as error:
            return ReleaseResult(REFUSED, str(error))
        return self._drive(plan, mine, first=first, began=epoch_seconds(release.at))

    def _drive(
        self, plan: ReleasePlan, release: Release, *, first: int = 0, began: float | None = None
    ) -> ReleaseResult:
        terminal = self._terminal
        edge: Any = terminal.edge
        driver = ReleaseDriver(
            controls=self._controls,
            watch=BakeWatch(
                self._controls,
                release,
                terminal.clock,
                began=terminal.clock.time() if began is None else began,
                ringing=self._reader.ringing,
                known_alarms=plan.ringing,
                asker=terminal.asker,
            ),
            edge=edge,
            clock=terminal.clock,
            audience=_Audience(terminal),
            release=release,
            idle=plan.idle,
            by=self._by,
            beat_seconds=BEAT_SECONDS,
        )
        account: ReleaseAccount = driver.drive(plan.steps, first=first)
        if account.outcome is ReleaseOutcome.DONE:
            list(remove_old_versions(self._controls, self._reader, release, kept=SITE.kept_versions or 1))
            return ReleaseResult(account.outcome, account.reason, release.id)
        return ReleaseResult(account.outcome, account.reason, release.id, self._stored(release))

    def _stored(self, release: Release) -> StoredByRelease:
        return stored_by(self._controls, release, clock=self._terminal.clock, asker=self._terminal.asker)

    def _now(self) -> str:
        return timestamp(self._terminal.clock.time())


def _release_of(situation: ReleaseSituation) -> Release | None:
    if isinstance(situation.release, Unknown):
        raise OperationError("it is not known whether a release is under way")
    return situation.release.value


def _refused(refusal: ReleaseRefusal) -> ReleaseResult:
    return ReleaseResult(REFUSED, "; ".join(map(str, refusal.obstacles)))
