"""Which versions are kept: the newest, and whatever an alias or a release uses; the others are removed.

IAM: lambda:ListVersionsByFunction, lambda:GetAlias and lambda:DeleteFunction on the functions' versions.
"""

from collections.abc import Iterable, Iterator

from botocore.exceptions import BotoCoreError, ClientError

from contract.environment import Function
from contract.roles import Role
from handlers.releases.changes import StaleReleaseError
from handlers.releases.item import MalformedReleaseError, Release, ReleaseState
from handlers.releases.targets import read_alias
from operations.release.reading import ReleaseReader
from operations.release.release_controls import ReleaseControls
from operations.topology.asking import reason


def superfluous(versions: Iterable[str], *, kept: int, used: Iterable[str]) -> list[str]:
    """Return the versions that are older than the newest ones that are kept, and that nothing uses."""
    newest_first = sorted(versions, key=int, reverse=True)
    return [each for each in newest_first[kept:] if each not in set(used)]


def remove_old_versions(
    controls: ReleaseControls, reader: ReleaseReader, release: Release, *, kept: int
) -> Iterator[str]:
    """Remove what nothing uses, after a release; yield in a line each thing that could not be."""
    try:
        for role, region in controls.site.regions.items():
            for function, name in region.function_names.items():
                try:
                    alias = read_alias(controls.moving.clients.functions(region.name), name)
                    used = {alias.version, *alias.weights, *_used_by(release, region.name, function)}
                    for version in superfluous(reader.versions(role, function), kept=kept, used=used):
                        _require_last(controls, release)
                        controls.delete_version(role, function, version)
                except (BotoCoreError, ClientError) as error:
                    yield f"old versions of {name} are left: {reason(error)}"
            yield from _remove_deployments(controls, role, release)
    except (StaleReleaseError, MalformedReleaseError) as error:
        yield f"old versions are left: {reason(error)}"


def _require_last(controls: ReleaseControls, release: Release) -> None:
    """Return only if no other release has begun: after a standstill, what looks old may be what that one goes back to.

    Raises:
        StaleReleaseError: One has.
    """
    now = controls.moving.read()
    if now is None or not now.is_same(release) or now.state is not ReleaseState.DONE:
        raise StaleReleaseError(now)


def _used_by(release: Release, region: str, function: Function) -> Iterator[str]:
    for placement in (release.before, release.after):
        if version := placement[region].functions.get(function):
            yield version


def _remove_deployments(controls: ReleaseControls, role: Role, release: Release) -> Iterator[str]:
    """Remove the API deployments of earlier releases; Terraform's own stays, or its next plan would make one anew."""
    region = controls.site.regions[role].name
    used = {release.before[region].api, release.after[region].api}
    try:
        for deployment in controls.made_deployments(role):
            if deployment not in used:
                _require_last(controls, release)
                controls.drop_deployment(role, deployment)
    except (BotoCoreError, ClientError) as error:
        yield f"old API deployments in {region} are left: {reason(error)}"
