"""Moves aliases and stages, so that a driver that is late cannot undo what an undoing has put back.

Whoever undoes writes every alias after the item says `undoing`, also one that stands right already: its description
changes, so its revision does, and a driver that had read the revision before is refused. A stage has no revision: who
moves one looks at the item again afterwards, and puts it back if the release was undone meanwhile.
IAM, in both regions: lambda:GetAlias and lambda:UpdateAlias on each function, apigateway:PATCH on the stage;
dynamodb:GetItem on `release` of the control table.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from contract.releases import LIVE_ALIAS, STAGE_NAME
from handlers.clients import TableClient
from handlers.faults import error_code, is_transient
from handlers.releases.changes import StaleReleaseError
from handlers.releases.item import Release, ReleaseState, read_release
from handlers.releases.targets import FunctionsClient, ReleaseClients, ReleaseTargets, read_alias

REVISION_ATTEMPTS = 4
"""How often an alias is moved that somebody else moves at the same time."""


@dataclass(frozen=True)
class ReleaseSite:
    """Where a release happens: the control table by a client of a region that answers, the targets, their clients."""

    client: TableClient
    control_table: str
    targets: ReleaseTargets
    clients: ReleaseClients

    def read(self) -> Release | None:
        """Read the release item."""
        return read_release(self.client, self.control_table)


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


def move_alias(site: ReleaseSite, release: Release, region: str, function: str, *, share: float = 1.0) -> None:
    """Send a share of a function's invocations (1 is all) from the version before to the version after.

    Raises:
        StaleReleaseError: The release is no longer this driver's, or is being undone; then it was put back.
        ClientError, BotoCoreError: Something does not answer; whether the alias was moved is unknown.
    """
    before, after = release.before[region].functions[function], release.after[region].functions[function]
    version, weights = (after, {}) if share >= 1 or before == after else (before, {after: share})
    client, name = site.clients.functions(region), site.targets[region].functions[function]
    moving = f"{_described(release)} gives {share:.2%} to version {after}"
    _write_alias(client, name, version, weights, lambda: require_driver(site, release), description=moving)
    try:
        _require_driver_still(site, release)
    except StaleReleaseError as error:
        if _is_undone(error.now, release):  # who ended it did not see this move
            undone = _undone(release)
            with suppress(StaleReleaseError):  # another release has begun
                _write_alias(client, name, before, {}, lambda: _require_undone(site, release), description=undone)
        raise


def move_stage(site: ReleaseSite, release: Release, region: str) -> None:
    """Point the stage of a region's API at the deployment after.

    Raises:
        StaleReleaseError: The release is no longer this driver's, or is being undone; then it was put back.
        ClientError, BotoCoreError: Something does not answer; whether the stage was moved is unknown.
    """
    require_driver(site, release)
    _write_stage(site, region, release.after[region].api)
    try:
        _require_driver_still(site, release)
    except StaleReleaseError as error:
        if _is_undone(error.now, release):  # who ended it did not see this move
            _write_stage(site, region, release.before[region].api)
        raise


def settle_stage(site: ReleaseSite, release: Release, region: str) -> None:
    """Point a stage at the deployment before once more: a move whose answer was lost may land after the undoing.

    Nothing is written unless the item still says that this release is undone, or is being undone.

    Raises:
        MalformedReleaseError, ClientError, BotoCoreError: Something does not answer.
    """
    now = site.read()
    if now is not None and now.is_same(release) and now.state in {ReleaseState.UNDOING, ReleaseState.UNDONE}:
        _write_stage(site, region, release.before[region].api)


def require_driver(site: ReleaseSite, release: Release) -> None:
    """Return only if the release still runs, by this driver.

    Raises:
        StaleReleaseError: It does not.
    """
    now = site.read()
    if now is None or not now.is_driven_by(release):
        raise StaleReleaseError(now)


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
        _write_alias(
            site.clients.functions(region),
            names[function],
            version,
            {},
            lambda: _require_undoing(site, release),
            description=_undone(release),
            has_time=has_time,
        )

    def stage() -> None:
        _require_undoing(site, release)
        _write_stage(site, region, before.api)

    moves = {function: partial(alias, function, version) for function, version in before.functions.items()}
    return {**moves, "api": stage}


def _require_undoing(site: ReleaseSite, release: Release) -> None:
    try:
        now = site.read()
    except (BotoCoreError, ClientError) as error:
        raise ReleaseUnknownError("the release item cannot be read") from error
    if now is None or not now.is_same(release) or now.state is not ReleaseState.UNDOING:
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


def _described(release: Release) -> str:
    return f"release {release.id}"


def _undone(release: Release) -> str:
    return f"{_described(release)} is undone"


def _write_alias(
    client: FunctionsClient,
    name: str,
    version: str,
    weights: Mapping[str, float],
    check: Callable[[], None],
    *,
    description: str,
    has_time: Callable[[], bool] = lambda: True,
) -> None:
    """Move an alias if it still is as it was before `check` allowed it.

    AWS does not say that an update which changes nothing changes the revision, so the description always changes.
    """
    for attempt in range(1, REVISION_ATTEMPTS + 1):
        revision = read_alias(client, name).revision
        check()
        try:
            client.update_alias(
                FunctionName=name,
                Name=LIVE_ALIAS,
                FunctionVersion=version,
                RoutingConfig={"AdditionalVersionWeights": dict(weights)},  # what is left out would stay
                Description=description,
                RevisionId=revision,
            )
        except ClientError as error:
            if error_code(error) != "PreconditionFailedException" or attempt == REVISION_ATTEMPTS or not has_time():
                raise
        else:
            return


def _write_stage(site: ReleaseSite, region: str, deployment: str) -> None:
    site.clients.gateways(region).update_stage(
        restApiId=site.targets[region].api,
        stageName=STAGE_NAME,
        patchOperations=[{"op": "replace", "path": "/deploymentId", "value": deployment}],
    )
