"""How a ticker undoes a release that nobody drives any more, or that a move of the writer has overtaken.

It comes after all that concerns the writer, a little in each tick. What fails is tried again at the next look.
"""

from contract.deadlines import KNOWLEDGE_VALID_SECONDS, RELEASE_UNDO_SECONDS, TICK_SECONDS
from contract.environment import Metric
from contract.releases import DRIVER_GONE_SECONDS, RELEASE_LOOK_SECONDS
from handlers.releases.changes import StaleReleaseError, undo_release, undone
from handlers.releases.item import Release, ReleaseState
from handlers.releases.putting_back import PuttingBack, put_back
from handlers.releases.site import ReleaseSite
from handlers.runtime import Clock, Moment
from handlers.telemetry import Telemetry
from handlers.tickers.acting import author_name
from handlers.tickers.memory import TickerMemory
from handlers.writer.item import Writer


def is_overtaken(release: Release, writer: Writer | None) -> bool:
    """Return whether the writer has changed since the release began."""
    # Epochs only grow: if the release shows a higher one, what is known here of the writer is older.
    return writer is not None and writer.epoch > release.epoch


def reason_to_undo(release: Release, memory: TickerMemory, writer: Writer | None) -> str | None:
    """Return why a release that runs must be undone, or None; `memory` has seen it."""
    if writer is not None and is_overtaken(release, writer):
        return f"the writer has moved from epoch {release.epoch} to {writer.epoch}"
    if memory.release == release.id and memory.release_age >= DRIVER_GONE_SECONDS:
        return f"its driver has shown no sign of life for {DRIVER_GONE_SECONDS} s"
    return None


class TickerReleaseWatch:
    """One run's watch over the release under way."""

    def __init__(self, site: ReleaseSite, region: str, clock: Clock, telemetry: Telemetry) -> None:
        self._site = site
        self._region = region
        self._clock = clock
        self._telemetry = telemetry
        self._looked: float | None = None
        self._read: Moment | None = None
        self._has_more = False
        self._release: Release | None = None
        self._announced = ""
        self._progress: tuple[str, PuttingBack] = ("", PuttingBack())

    @property
    def put_back(self) -> str:
        """Return the release that this run undoes, and the regions that are put back wholly; empty if there is none."""
        release, progress = self._progress
        return " ".join([release, *sorted(progress.regions)]) if progress.regions else ""

    @property
    def is_undoing(self) -> bool:
        """Return whether a release is being put back, as far as is known."""
        return self._release is not None and self._release.state is ReleaseState.UNDOING

    def is_due(self) -> bool:
        """Return whether it is time to look, or there was no time for all that had to be put back."""
        seconds = TICK_SECONDS if self._has_more else RELEASE_LOOK_SECONDS
        return self._looked is None or self._clock.monotonic() - self._looked >= seconds - TICK_SECONDS / 2

    def look(self) -> Release | None:
        """Read the release item; what is not read stays as it was known."""
        self._looked, self._has_more = self._clock.monotonic(), False
        began = self._clock.now()
        self._release = self._site.read()
        self._read = began
        return self._release

    def act(self, memory: TickerMemory, writer: Writer | None) -> None:
        """Undo the release that was read if it must be, and put back what can be put back now."""
        release = self._release
        # A process that stood still meanwhile acts on what was true then.
        if (
            release is None
            or self._read is None
            or not self._read.is_within(KNOWLEDGE_VALID_SECONDS, self._clock.now())
        ):
            return
        if release.state is ReleaseState.RUNNING:
            reason = reason_to_undo(release, memory, writer)
            if reason is not None:
                self._undo(release, reason, if_beat_stands=not is_overtaken(release, writer))
        if self._release is not None and self.is_undoing:
            self._announce(self._release)
            try:
                self._put_back(self._release, memory)
            finally:
                self._looked = self._clock.monotonic()  # what takes long leaves time for what comes before

    def _undo(self, release: Release, reason: str, *, if_beat_stands: bool) -> None:
        client, table, by = self._site.client, self._site.control_table, author_name(self._region)
        try:
            self._release = undo_release(client, table, release, by=by, why=reason, if_beat_stands=if_beat_stands)
        except StaleReleaseError as error:
            self._release = error.now
            self._telemetry.logger.info("the release is not to be undone", extra={"now": str(error)})

    def _announce(self, release: Release) -> None:
        """Log and count an undoing as it is seen: the answer to the change may have been lost."""
        if self._announced == release.id:
            return
        self._announced = release.id
        self._telemetry.count(Metric.RELEASE_UNDONE)
        self._log("undoing a release", release)

    def _put_back(self, release: Release, memory: TickerMemory) -> None:
        if self._progress[0] != release.id:
            known, *regions = memory.put_back.split() or [""]
            self._progress = (release.id, PuttingBack(regions=set(regions) if known == release.id else set()))
        ends = self._clock.monotonic() + RELEASE_UNDO_SECONDS
        self._has_more = True
        progress = put_back(
            self._site,
            release,
            progress=self._progress[1],
            own_region=self._region,
            has_time=lambda: self._clock.monotonic() < ends,
        )
        self._has_more = progress is None
        if progress is None:
            return
        for region, error in progress.failures.items():
            self._telemetry.warn("failed: putting a region back", error, target_region=region)
        if not progress.failures:
            self._release = undone(self._site.client, self._site.control_table, release)
            self._log("a release is undone", release)

    def _log(self, message: str, release: Release) -> None:
        self._telemetry.logger.critical(
            message,
            extra={
                "release": release.id,
                "by": release.by,
                "reason": release.reason,
                "undone_by": release.ended_by,
                "why": release.ended_why,
                "before": {region: each.document() for region, each in release.before.items()},
                "after": {region: each.document() for region, each in release.after.items()},
            },
        )
