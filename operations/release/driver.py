"""Drives a release: step by step, and back at whatever goes wrong.

Whatever ends a step but its success (a judgement, a refusal by AWS, a moved writer, Ctrl-C, SIGTERM, SIGHUP) leads to
the same way back; a driver that can do nothing any more is undone by the tickers.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from contract.releases import CHANGED_ANSWERS, DRIVER_GONE_SECONDS
from contract.roles import Role
from handlers.releases.changes import StaleReleaseError, done
from handlers.releases.item import Release
from handlers.releases.moving import move_alias, move_stage
from handlers.releases.targets import LiveAlias
from operations import signals
from operations.clock import OperationsClock, at_least
from operations.errors import one_line
from operations.release.beats import Beats, ReleaseLostError
from operations.release.canary_requests import cases
from operations.release.judging import BakeEvidence, BakeJudgement, BakeVerdict, judge_bake
from operations.release.release_controls import ReleaseControls
from operations.release.release_plan import PROLONGED, ReleaseStep, ReleaseStepKind
from operations.release.routes import RouteAnswers, are_known, route_difference
from operations.release.undoing import Undoing, undo
from operations.release.watching import LOOK_SECONDS, BakeWatch
from operations.topology.asking import UNREADABLE, reason
from operations.topology.edge import Edge

ANSWERS_SECONDS = 10.0
"""How long a moved region may take until it answers as it should, in real seconds: its functions start cold."""


class ReleaseProblemError(Exception):
    """Something speaks against the release; the text says what, in one line."""


class ReleaseOutcome(StrEnum):
    """How a release ended."""

    DONE = "done"  # both regions run the new versions
    UNDONE = "undone"  # both regions run what they ran before
    LEFT = "left"  # something is not put back; the tickers go on


@dataclass(frozen=True)
class ReleaseAccount:
    """What became of a release."""

    outcome: ReleaseOutcome
    reason: str = ""
    interrupted: bool = False
    undoing: Undoing | None = None


class ReleaseAudience(Protocol):
    """Who is told how a release goes on."""

    def begins(self, number: int, step: ReleaseStep) -> None:
        """Hear that a step begins; the first one's number is 1."""

    def looked(self, judgement: BakeJudgement, evidence: BakeEvidence) -> None:
        """Hear what was seen while a region is watched."""

    def ends(self, number: int, step: ReleaseStep, found: str) -> None:
        """Hear that a step is done, and what it came to."""

    def puts_back(self, why: str) -> None:
        """Hear that both regions are put back, and why; also what that waits for."""


@dataclass
class ReleaseDriver:
    """Drives one release, which it has claimed or resumed."""

    controls: ReleaseControls
    watch: BakeWatch
    edge: Edge
    clock: OperationsClock
    audience: ReleaseAudience
    release: Release
    idle: Role
    by: str
    beat_seconds: float | None = None
    routes: Callable[[Role], RouteAnswers] | None = None
    """Asks what the routes of a region's API answer; None where there is no API to ask."""
    _beats: Beats = field(init=False)
    _unsettled: list[str] = field(init=False, default_factory=list)
    """The region whose stage is being moved."""

    def drive(self, steps: Sequence[ReleaseStep], *, first: int = 0) -> ReleaseAccount:
        """Take the steps from one on, and return how it ended."""
        interrupted = False
        try:
            more = {} if self.beat_seconds is None else {"seconds": self.beat_seconds}
            with Beats(self.controls.moving, self.release, **more) as self._beats:
                for number, step in list(enumerate(steps, start=1))[first:]:
                    self.audience.begins(number, step)
                    self._beats.step(f"{number}/{len(steps)} {step.says(self.controls.site)}")
                    found = self._perform(step)
                    self._beats.check()
                    self.audience.ends(number, step, found)
            done(self.controls.moving.client, self.controls.moving.control_table, self._beats.release, by=self.by)
        except KeyboardInterrupt:
            why, interrupted = "interrupted, by Ctrl-C or a signal", True
        except (ReleaseProblemError, ReleaseLostError, StaleReleaseError) as error:
            why = one_line(error)
        except UNREADABLE as error:
            why = reason(error)
        except Exception as error:  # noqa: BLE001 — whatever it is: traffic must not stay where it is
            why = f"{type(error).__name__}: {one_line(error)}"
        else:
            return ReleaseAccount(ReleaseOutcome.DONE)
        return self._undo(why, interrupted=interrupted)

    def _undo(self, why: str, *, interrupted: bool) -> ReleaseAccount:
        with signals.ignored():
            undoing = undo(
                self.controls.hurried,
                self.release,
                by=self.by,
                why=why,
                pause=self.controls.pause,
                told=self.audience.puts_back,
                own_region=self.controls.site.regions[self.idle.peer].name,
                unsettled=self._unsettled,
            )
        if undoing.is_done:  # the last answer was lost, or somebody was faster: nothing is to be put back
            return ReleaseAccount(ReleaseOutcome.DONE, why, interrupted)
        outcome = ReleaseOutcome.UNDONE if undoing.is_undone else ReleaseOutcome.LEFT
        ended_why = undoing.release.ended_why if undoing.release is not None else ""
        return ReleaseAccount(outcome, ended_why or why, interrupted, undoing)

    def _perform(self, step: ReleaseStep) -> str:
        match step.kind:
            case ReleaseStepKind.COMPARE:
                return self._compare(step.role)
            case ReleaseStepKind.MOVE:
                return self._move(step)
            case ReleaseStepKind.BAKE:
                return self._bake(step)

    def _compare(self, role: Role) -> str:
        """Compare both versions; the release must not begin to move on a difference that is not declared."""
        compared = self.controls.compare(role, self.release, cases())
        if compared.differences:
            raise ReleaseProblemError(f"canary payments: {compared.problem}")
        return f"{compared.cases} requests answered and stored alike" if compared.cases else "the canary has no other"

    def _move(self, step: ReleaseStep) -> str:
        region = self.controls.site.regions[step.role].name
        self._require_epoch()
        before, after = self.release.before[region], self.release.after[region]
        changed = [
            function for function in after.functions if before.functions.get(function) != after.functions[function]
        ]
        is_whole = step.share >= 1
        routes = self.routes(step.role) if self.routes is not None and is_whole else {}
        for function in changed:
            self._beats.check()
            move_alias(self.controls.moving, self.release, region, function, share=step.share)
        if is_whole:
            if before.api != after.api:
                self._unsettled = [region]
                move_stage(self.controls.moving, self.release, region)
                self._unsettled = []
            self._require_answers(step.role, routes)
        unknown = (
            f"; its payment routes are not known: {self.by} may not use them"
            if routes and not are_known(routes)
            else ""
        )
        return f"{len(changed)} functions{unknown}"

    def _bake(self, step: ReleaseStep) -> str:
        """Watch a region; what is not known in time is watched for up to three times as long, a new ticker longer.

        Raises:
            ReleaseProblemError: The figures speak against the version, or say too little.
        """
        self.watch.begin(step.role, serves=step.role is not self.idle, share=step.share)
        began = self.clock.monotonic()
        longest = at_least(PROLONGED * step.seconds, real=self.watch.patience_seconds, scale=self.clock.scale)
        while True:
            self.clock.sleep(min(LOOK_SECONDS * self.clock.scale, step.seconds))
            self._beats.check()
            self._require_epoch()
            evidence = self.watch.look()
            judgement = judge_bake(evidence)
            self.audience.looked(judgement, evidence)
            passed = self.clock.monotonic() - began
            if judgement.verdict is BakeVerdict.UNDO:
                raise ReleaseProblemError(f"{self.controls.site.regions[step.role].name}, {judgement.reason}")
            if judgement.verdict is BakeVerdict.PASS and passed >= step.seconds:
                return judgement.reason
            if passed >= longest:
                raise ReleaseProblemError(f"{self.controls.site.regions[step.role].name}, {judgement.reason}: no pass")

    def _require_epoch(self) -> None:
        """Require that the writer is where it was when the release began; a silent table is the beats' matter."""
        try:
            epoch = self.controls.epoch()
        except (BotoCoreError, ClientError):
            return
        if epoch != self.release.epoch:
            now = "nobody takes payments" if epoch is None else f"its epoch is {epoch}"
            raise ReleaseProblemError(f"the writer was moved meanwhile: {now}, and was {self.release.epoch}")

    def _require_answers(self, role: Role, routes: RouteAnswers) -> None:
        """Require that a region that was moved wholly answers as its role says, and its routes as they did before."""
        name, began = self.controls.site.regions[role].name, self.clock.monotonic()
        while True:
            self._beats.check()
            try:
                if not self.edge.health(role):
                    found = "/health says that it is unhealthy"
                elif self.edge.owns(role) is (role is self.idle):
                    found = "/writer says the opposite of what the control table says"
                elif not (found := self._route_difference(role, routes)):
                    return
            except UNREADABLE as error:
                found = reason(error)
            if self.clock.monotonic() - began >= ANSWERS_SECONDS * self.clock.scale:
                raise ReleaseProblemError(f"{name} does not answer as it did: {found}")
            self.controls.pause(1.0)

    def _route_difference(self, role: Role, before: RouteAnswers) -> str:
        return route_difference(before, self.routes(role), CHANGED_ANSWERS) if self.routes and before else ""


def goes_on_at(steps: Sequence[ReleaseStep], shares: dict[Role, float]) -> int:
    """Return the step with which a release goes on whose regions stand so: the last move that was made, again.

    Args:
        steps: Of the plan.
        shares: How far each region was moved, see `moved_share`.
    """
    made = [
        index
        for index, step in enumerate(steps)
        if step.kind is ReleaseStepKind.MOVE and step.share <= shares[step.role] and shares[step.role] > 0
    ]
    return max(made, default=0)


def moved_share(before: Mapping[str, str], after: Mapping[str, str], live: Mapping[str, LiveAlias]) -> float:
    """Return how far a region has been moved: the least share that a new version gets of those that change.

    Args:
        before: The region's versions before, by function.
        after: Those that it is to run.
        live: Its aliases.
    """
    shares = [
        1.0 if live[function].version == new else live[function].weights.get(new, 0.0)
        for function, new in after.items()
        if before.get(function) != new
    ]
    return min(shares, default=0.0)


LEFT_TO_TICKERS = f"the tickers put both regions back, {DRIVER_GONE_SECONDS} s after the last beat at the latest"
