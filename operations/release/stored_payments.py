"""The payments that a release's new versions stored, by their own logs: what somebody has to look at after an undo."""

from contextlib import suppress
from dataclasses import dataclass

from contract.environment import Function, Metric
from contract.roles import Role
from handlers.releases.item import Release
from operations.clock import OperationsClock
from operations.release.figures import VersionFigures
from operations.release.release_controls import ReleaseControls
from operations.release.version_logs import VersionLog
from operations.timestamps import epoch_seconds, for_people
from operations.topology.asking import THREADS, Asker, PendingRead
from operations.topology.readings import Known, Unknown
from operations.topology.site_clock import SiteClock

_STORING = (Function.PAYMENT_API, Function.RETRY_WORKER)
_CLOCKS_DIFFER = 60.0

_LOGS_ARRIVE_SECONDS = 30.0
"""How long after both regions were put back their logs may still lack something, in real seconds."""

_PAUSE_SECONDS = 1.0
"""Between two looks at a log that one look does not read to its end."""

_TOLERANCE = 1.0

_READ_SECONDS = 60.0
"""What is not read by then is told as unknown."""

_PATIENCE_SECONDS = 90.0
"""The same and one look, which may be in the middle then."""


@dataclass(frozen=True)
class StoredByRelease:
    """The ids of the payments, and what is not known of them."""

    transaction_ids: tuple[str, ...]
    """Of all that were stored or may have been."""
    unknown: tuple[str, ...] = ()
    """In a line each why there may be more."""
    in_doubt: tuple[str, ...] = ()
    """Those of them that a version began with and said no outcome of."""
    read_until: float | None = None
    """Until when all logs are read, in seconds since the epoch by this machine's clock; None if that is not known."""


@dataclass(frozen=True)
class _LogRead:
    figures: VersionFigures
    until: float


def stored_by(
    controls: ReleaseControls, release: Release, *, clock: OperationsClock, asker: Asker = THREADS
) -> StoredByRelease:
    """Read which payments the new versions of a release say to have stored, in both regions; unknown is told.

    It is called when both regions were put back, and waits until their logs have arrived; Ctrl-C ends the waiting.
    """
    since = epoch_seconds(release.at)
    if since is None:
        return StoredByRelease((), ("the release does not say when it began",))
    arriving = _LOGS_ARRIVE_SECONDS / clock.scale
    wanted = clock.time() + arriving
    with suppress(KeyboardInterrupt):  # what is read by now is better than nothing
        controls.pause(arriving)
    site_clock = SiteClock(clock)
    asked: dict[tuple[str, Function], PendingRead[_LogRead]] = {}
    for role, region in controls.site.regions.items():
        before, after = (each[region.name].functions for each in (release.before, release.after))
        for function in _STORING:
            if before[function] != after[function]:
                log = _log(controls, role, function, after[function], since, site_clock)
                asked[region.name, function] = _ask(controls, log, clock.time(), asker)
    return _found(asked, wanted, asker)


def _found(asked: dict[tuple[str, Function], PendingRead[_LogRead]], wanted: float, asker: Asker) -> StoredByRelease:
    patience = asker.monotonic() + _PATIENCE_SECONDS
    ids: list[str] = []
    in_doubt: list[str] = []
    unknown: list[str] = []
    untils: list[float | None] = []
    for (name, function), pending in asked.items():
        match pending.reading(patience):
            case Unknown(why):
                unknown.append(f"the log of {function} in {name}: {why}")
                untils.append(None)
            case Known(read):
                ids += read.figures.stored
                in_doubt += read.figures.in_doubt
                untils.append(read.until)
                if read.until < wanted - _TOLERANCE:
                    unknown.append(f"the log of {function} in {name} is read until {for_people(read.until)}")
                counted = read.figures.outcomes[Metric.PAYMENT_STORED] if function is Function.PAYMENT_API else 0
                if counted > len(read.figures.stored):
                    unknown.append(f"{function} in {name} counts {counted} and names {len(read.figures.stored)}")
    doubtful = tuple(each for each in dict.fromkeys(in_doubt) if each not in set(ids))
    known = [each for each in untils if each is not None]
    until = min(known) if known and len(known) == len(untils) else None
    return StoredByRelease((*dict.fromkeys(ids), *doubtful), tuple(unknown), doubtful, until)


def _log(
    controls: ReleaseControls, role: Role, function: Function, version: str, since: float, site_clock: SiteClock
) -> VersionLog:
    log = controls.log(role, function, version, since - _CLOCKS_DIFFER)
    log.site_clock = site_clock
    return log


def _ask(controls: ReleaseControls, log: VersionLog, until: float, asker: Asker) -> PendingRead[_LogRead]:
    """Read a log to its end, or until it takes too long."""
    ends = asker.monotonic() + _READ_SECONDS

    def read() -> _LogRead:
        figures = log.look(until)
        while log.read_until < until - _TOLERANCE and asker.monotonic() < ends:
            controls.pause(_PAUSE_SECONDS)
            figures = log.look(until)
        return _LogRead(figures, log.read_until)

    return PendingRead(read, asker)
