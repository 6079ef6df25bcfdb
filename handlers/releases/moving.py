"""Moves aliases and stages towards the new versions, so that a driver that is late cannot undo an undoing.

An alias that was put back has another revision than the driver has read (`handlers.releases.putting_back`). A stage has
none: who moves one looks at the item again afterwards, and puts it back if the release was undone meanwhile.
IAM: as `handlers.releases.target_writes`, and dynamodb:GetItem on `release` of the control table.
"""

from contextlib import suppress

from handlers.releases.changes import StaleReleaseError
from handlers.releases.item import Release, ReleaseState
from handlers.releases.putting_back import ReleaseUnknownError, put_back
from handlers.releases.site import ReleaseSite
from handlers.releases.target_writes import described, described_undone, write_alias, write_stage


def move_alias(site: ReleaseSite, release: Release, region: str, function: str, *, share: float = 1.0) -> None:
    """Send a share of a function's invocations (1 is all) from the version before to the version after.

    Raises:
        StaleReleaseError: The release is no longer this driver's, or is being undone; then it was put back.
        ClientError, BotoCoreError: Something does not answer; whether the alias was moved is unknown.
    """
    before, after = release.before[region].functions[function], release.after[region].functions[function]
    version, weights = (after, {}) if share >= 1 or before == after else (before, {after: share})
    client, name = site.clients.functions(region), site.targets[region].functions[function]
    moving = f"{described(release)} gives {share:.2%} to version {after}"
    write_alias(client, name, version, weights, lambda: require_driver(site, release), description=moving)
    try:
        _require_driver_still(site, release)
    except StaleReleaseError as error:
        if _is_undone(error.now, release):  # who ended it did not see this move
            undone = described_undone(release)
            with suppress(StaleReleaseError):  # another release has begun
                write_alias(client, name, before, {}, lambda: _require_undone(site, release), description=undone)
        raise


def move_stage(site: ReleaseSite, release: Release, region: str) -> None:
    """Point the stage of a region's API at the deployment after.

    Raises:
        StaleReleaseError: The release is no longer this driver's, or is being undone; then it was put back.
        ClientError, BotoCoreError: Something does not answer; whether the stage was moved is unknown.
    """
    require_driver(site, release)
    write_stage(site, region, release.after[region].api)
    try:
        _require_driver_still(site, release)
    except StaleReleaseError as error:
        if _is_undone(error.now, release):  # who ended it did not see this move
            write_stage(site, region, release.before[region].api)
        raise


def settle_stage(site: ReleaseSite, release: Release, region: str) -> None:
    """Point a stage at the deployment before once more: a move whose answer was lost may land after the undoing.

    Nothing is written unless the item still says that this release is undone, or is being undone.

    Raises:
        MalformedReleaseError, ClientError, BotoCoreError: Something does not answer.
    """
    now = site.read()
    if now is not None and now.is_same(release) and now.state in {ReleaseState.UNDOING, ReleaseState.UNDONE}:
        write_stage(site, region, release.before[region].api)


def require_driver(site: ReleaseSite, release: Release) -> None:
    """Return only if the release still runs, by this driver.

    Raises:
        StaleReleaseError: It does not.
    """
    now = site.read()
    if now is None or not now.is_driven_by(release):
        raise StaleReleaseError(now)


def _require_driver_still(site: ReleaseSite, release: Release) -> None:
    """Return only if the release still is this driver's; put it back if it was to be undone meanwhile."""
    try:
        require_driver(site, release)
    except StaleReleaseError as error:
        if error.now is not None and error.now.is_same(release) and error.now.state is ReleaseState.UNDOING:
            with suppress(StaleReleaseError, ReleaseUnknownError):  # somebody else has ended it; or the tickers will
                put_back(site, release)
        raise


def _require_undone(site: ReleaseSite, release: Release) -> None:
    now = site.read()
    if not _is_undone(now, release):
        raise StaleReleaseError(now)


def _is_undone(now: Release | None, release: Release) -> bool:
    return now is not None and now.is_same(release) and now.state is ReleaseState.UNDONE
