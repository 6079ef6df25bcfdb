"""Puts both regions back to what was there before a release, whoever does so at the same time.

Every alias is written after the item says `undoing`, also one that stands right already: its description changes, so
its revision does, and a driver that had read the revision before is refused.
IAM: as `handlers.releases.target_writes`, and dynamodb:GetItem on `release` of the control table.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from handlers.faults import is_transient
from handlers.releases.changes import StaleReleaseError
from handlers.releases.item import Release, ReleaseState
from handlers.releases.site import ReleaseSite
from handlers.releases.target_writes import described_undone, write_alias, write_stage


class ReleaseUnknownError(Exception):
    """The release item cannot be read, so nothing may be moved."""


class UnknownTargetError(Exception):
    """A release moved something that is not among the targets known here."""


@dataclass
class PuttingBack:
    """What of one release was put back already, and the regions in which something failed, with the last reason."""

    done: set[tuple[str, str]] = field(default_factory=set)
    failures: dict[str, Exception] = field(default_factory=dict)
    regions: set[str] = field(default_factory=set)
    """The regions that were put back wholly, once: what somebody moves there by hand afterwards stays."""


def put_back(
    site: ReleaseSite,
    release: Release,
    *,
    progress: PuttingBack | None = None,
    own_region: str = "",
    has_time: Callable[[], bool] = lambda: True,
) -> PuttingBack | None:
    """Put aliases and stages of both regions back to what was there before.

    Args:
        site: Where.
        release: The release; its item must say that it is being undone.
        progress: What an earlier call has put back; this one goes on.
        own_region: The region that comes first, unless it failed last time.
        has_time: Asked before each move; what is left when it says no is for another call.

    Returns:
        What was put back and what failed, or None if there was no time for all of it.

    Raises:
        StaleReleaseError: The item says something else; nothing more was moved.
        ReleaseUnknownError: The control table does not answer; nothing more was moved.
    """
    progress = PuttingBack() if progress is None else progress
    failed = set(progress.failures)
    # What failed last time may take all the time again.
    order = sorted(site.targets, key=lambda region: (region in failed, region != own_region, region))
    for region in order:
        if region not in progress.regions and not _put_region_back(site, release, region, progress, has_time):
            return None
    return progress


def _put_region_back(
    site: ReleaseSite, release: Release, region: str, progress: PuttingBack, has_time: Callable[[], bool]
) -> bool:
    """Put back what is left in a region; return whether there was time to try all of it."""
    begins = True
    for target, move in _moves_back(site, release, region, has_time).items():
        if (region, target) in progress.done:
            continue
        if not has_time():
            return False
        if begins:
            begins = False
            progress.failures.pop(region, None)
        try:
            move()
        except (BotoCoreError, ClientError) as error:
            progress.failures[region] = error
            if not isinstance(error, ClientError) or is_transient(error):
                break  # most likely the region is out of reach: look later
        except UnknownTargetError as error:
            progress.failures[region] = error
        else:
            progress.done.add((region, target))
    if region not in progress.failures:
        progress.regions.add(region)
    return True


def _moves_back(
    site: ReleaseSite, release: Release, region: str, has_time: Callable[[], bool] = lambda: True
) -> Mapping[str, Callable[[], None]]:
    """Return what puts each target of a region back."""
    before, after, names = release.before[region], release.after[region], site.targets[region].functions

    def alias(function: str, version: str) -> None:
        if function not in names:
            if after.functions.get(function) == version:
                return  # a function that this release brought, and did not move
            raise UnknownTargetError(f"{function} in {region}")
        write_alias(
            site.clients.functions(region),
            names[function],
            version,
            {},
            lambda: _require_undoing(site, release),
            description=described_undone(release),
            has_time=has_time,
        )

    def stage() -> None:
        _require_undoing(site, release)
        write_stage(site, region, before.api)

    moves = {function: partial(alias, function, version) for function, version in before.functions.items()}
    return {**moves, "api": stage}


def _require_undoing(site: ReleaseSite, release: Release) -> None:
    try:
        now = site.read()
    except (BotoCoreError, ClientError) as error:
        raise ReleaseUnknownError("the release item cannot be read") from error
    if now is None or not now.is_same(release) or now.state is not ReleaseState.UNDOING:
        raise StaleReleaseError(now)
