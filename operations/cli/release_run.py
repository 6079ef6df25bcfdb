"""What the commands of `dr release` share: what they read, show, drive and end with."""

import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from contract.events import EventType
from contract.releases import DEFAULT_KEPT_VERSIONS
from handlers.releases.item import Release
from handlers.runtime import timestamp
from operations import signals
from operations.cli.exit_status import DONE, FAILED, INTERRUPTED, REFUSED
from operations.cli.options import OutputFormat
from operations.cli.release_options import BakeWishes
from operations.cli.session import Session
from operations.clock import at_least
from operations.errors import OperationError, UsageError, one_line
from operations.release.driver import ReleaseAccount, ReleaseDriver, ReleaseOutcome
from operations.release.reading import READ_SECONDS, ReleaseReader
from operations.release.release_controls import ReleaseControls
from operations.release.release_display import ReleaseDisplay
from operations.release.release_document import (
    account_document,
    release_document,
    release_plan_document,
    release_refusal_document,
    stored_document,
)
from operations.release.release_plan import ReleasePlan, ReleaseRefusal, ReleaseWishes
from operations.release.release_record import RecordedRelease, ReleaseRecord
from operations.release.routes import RouteProbe
from operations.release.situation import ReleaseSituation
from operations.release.stored_payments import StoredByRelease, stored_by
from operations.release.versions_kept import remove_old_versions
from operations.release.watching import BakeWatch
from operations.timestamps import parse_duration
from operations.topology.edge import EdgeReader
from operations.topology.readings import Unknown

_LEAST_BAKE_SECONDS = 5.0
"""Real ones: figures take a look or two."""


@dataclass
class ReleaseRun:
    """One run of a command."""

    session: Session
    reader: ReleaseReader = field(init=False)
    controls: ReleaseControls = field(init=False)
    display: ReleaseDisplay = field(init=False)
    document: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        session = self.session
        self.reader = ReleaseReader(session.site, session.aws, session.clock, session.surroundings)
        self.controls = ReleaseControls(session.site, session.aws)
        self.display = ReleaseDisplay(session.console, session.site, typed=session.typed)
        self.document = {
            "environment": session.site.suffix,
            "surroundings": session.label,
            "timeScale": session.clock.scale,
        }

    def note_plan(self, plan: ReleasePlan) -> None:
        """Show a plan, and have it in the document."""
        self.document["plan"] = release_plan_document(plan, self.session.site, self.session.typed)
        self.display.plan(plan)

    def refuse(self, refusal: ReleaseRefusal) -> int:
        """Show a refusal, and return the exit status."""
        self.document["refusal"] = release_refusal_document(refusal, self.session.typed)
        self.display.refusal(refusal)
        return self.end(REFUSED, outcome="refused")

    def drive(
        self, plan: ReleasePlan, release: Release, record: ReleaseRecord, *, first: int = 0, began: float | None = None
    ) -> int:
        """Drive a claimed release to its end, and return the exit status; `began` is when its figures begin."""
        session, site = self.session, self.session.site
        self.document["record"] = str(record.path)
        with suppress(OSError):  # a release that is claimed has to be driven: the first step says what is wrong
            record.write("begun", release=release_document(release), plan=self.document.get("plan"))
        driver = ReleaseDriver(
            controls=self.controls,
            watch=BakeWatch(
                self.controls,
                release,
                session.clock,
                began=session.clock.time() if began is None else began,
                ringing=self.reader.ringing,
                known_alarms=plan.ringing,
            ),
            edge=EdgeReader(site, session.aws, session.surroundings, seconds=READ_SECONDS / 2),
            clock=session.clock,
            audience=RecordedRelease(self.display, record),
            release=release,
            idle=plan.idle,
            by=session.by,
            routes=RouteProbe(site, session.surroundings, session.payer).answers,
        )
        signals.taken_for_ctrl_c()
        session.events.publish(EventType.RELEASE_BEGUN, reason=release.reason, release=release.id)
        account = self._driven(driver, plan, first)
        self.tell_end(account, release)
        stored, notes = self._afterwards(account, release)
        try:
            record.write("ended", **account_document(account), stored=stored_document(stored) if stored else None)
        except OSError as error:
            notes.append(f"the record lacks the end: {one_line(error)}")
        return self.ended(account, stored, notes)

    def tell_end(self, account: ReleaseAccount, release: Release) -> None:
        """Publish how a release ended."""
        self.session.events.publish(
            EventType.RELEASE_ENDED, reason=account.reason, release=release.id, outcome=account.outcome
        )

    def _driven(self, driver: ReleaseDriver, plan: ReleasePlan, first: int) -> ReleaseAccount:
        """Drive, and show it as long as there is somewhere to show it."""
        account = None
        try:
            with self.display.running(len(plan.steps)):
                account = driver.drive(plan.steps, first=first)
        except OSError:
            if account is None:
                return driver.drive(plan.steps, first=first)
        return account

    def _afterwards(self, account: ReleaseAccount, release: Release) -> tuple[StoredByRelease | None, list[str]]:
        """Read what was stored, or remove old versions; whoever interrupts that still learns how the release ended."""
        try:
            if account.outcome is ReleaseOutcome.DONE:
                return None, self._kept(release)
            return self.stored(release), []
        except KeyboardInterrupt:
            what = "old versions are left" if account.outcome is ReleaseOutcome.DONE else "payments were not looked for"
            return None, [f"interrupted: {what}"]

    def stored(self, release: Release) -> StoredByRelease:
        """Read which payments the new versions stored."""
        return stored_by(self.controls, release, clock=self.session.clock)

    def ended(self, account: ReleaseAccount, stored: StoredByRelease | None, notes: list[str]) -> int:
        """Show how a release ended, and return the exit status."""
        self.display.outcome(account, stored, notes)
        if "record" in self.document:
            self.display.say("", f"Record: {self.document['record']}")
        self.document["notes"] = notes
        if stored is not None:
            self.document["storedPayments"] = stored_document(stored)
        self.session.events.wait()
        status = DONE if account.outcome is ReleaseOutcome.DONE else FAILED
        return self.end(INTERRUPTED if account.interrupted else status, **account_document(account))

    def end(self, status: int, **what: Any) -> int:  # noqa: ANN401 — as JSON
        """Print the document where JSON is wanted, and return the exit status."""
        if self.session.output is OutputFormat.JSON:
            print(json.dumps({**self.document, **what}, indent=2, default=str))
        return status

    def look(self) -> ReleaseSituation:
        """Read everything, and show who takes payments."""
        situation = self.reader.read()
        self.session.console.print(situation.says, markup=False, soft_wrap=True)
        return situation

    def item(self, situation: ReleaseSituation) -> Release | None:
        """Return the release item that was read.

        Raises:
            OperationError: No region tells.
        """
        if isinstance(situation.release, Unknown):
            raise OperationError(f"it is not known whether a release is under way: {situation.release.reason}")
        release = situation.release.value
        self.document["release"] = release_document(release)
        return release

    def now(self) -> str:
        """Return the time as items hold it."""
        return timestamp(self.session.clock.time())

    def _kept(self, release: Release) -> list[str]:
        kept = self.session.site.kept_versions or DEFAULT_KEPT_VERSIONS
        return list(remove_old_versions(self.controls, self.reader, release, kept=kept))


def wishes_of(session: Session, wishes: BakeWishes, **more: Any) -> ReleaseWishes:  # noqa: ANN401 — fields of the wishes
    """Return what the options ask for.

    Raises:
        UsageError: One of them cannot be used.
    """
    bake = parse_duration(wishes.bake, option="--bake")
    if bake <= 0:
        raise UsageError(f"--bake must be longer than 0, got {wishes.bake}")
    seconds = at_least(bake, real=_LEAST_BAKE_SECONDS, scale=session.clock.scale)
    return ReleaseWishes(shares=parse_shares(wishes.shares), bake_seconds=seconds, **{"versions": {}, **more})


def parse_shares(text: str) -> tuple[float, ...]:
    """Return the shares that percents such as `1,10` stand for.

    Raises:
        UsageError: They are no growing percents below 100.
    """
    try:
        percents = [float(each) for each in text.split(",") if each.strip()]
    except ValueError:
        percents = [0.0]
    if not all(0 < each < 100 for each in percents) or percents != sorted(set(percents)):  # noqa: PLR2004 — percent
        raise UsageError(f"--shares must be growing percents between 0 and 100, such as 1,10, got {text}")
    return tuple(each / 100 for each in percents)
