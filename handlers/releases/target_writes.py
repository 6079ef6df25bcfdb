"""Writes aliases and stages: an alias only if nobody has changed it meanwhile; a stage has no revision.

IAM, in both regions: lambda:GetAlias and lambda:UpdateAlias on each function, apigateway:PATCH on the stage.
"""

from collections.abc import Callable, Mapping

from botocore.exceptions import ClientError

from contract.releases import LIVE_ALIAS, STAGE_NAME
from handlers.faults import error_code
from handlers.releases.item import Release
from handlers.releases.site import ReleaseSite
from handlers.releases.targets import FunctionsClient, read_alias

REVISION_ATTEMPTS = 4
"""How often an alias is moved that somebody else moves at the same time."""


def described(release: Release) -> str:
    """Return by which name a release signs what it writes."""
    return f"release {release.id}"


def described_undone(release: Release) -> str:
    """Return what an alias says of a release that has left it."""
    return f"{described(release)} is undone"


def write_alias(
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


def write_stage(site: ReleaseSite, region: str, deployment: str) -> None:
    """Point the stage of a region's API at a deployment."""
    site.clients.gateways(region).update_stage(
        restApiId=site.targets[region].api,
        stageName=STAGE_NAME,
        patchOperations=[{"op": "replace", "path": "/deploymentId", "value": deployment}],
    )
