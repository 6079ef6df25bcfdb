"""What a release reads and changes in AWS, beside the aliases and stages, which `handlers.releases` moves."""

import time
from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from contract.environment import Function
from contract.releases import CHANGED_ANSWERS
from contract.roles import Role
from handlers.faults import error_code
from handlers.releases.item import Release
from handlers.releases.site import ReleaseSite
from handlers.releases.targets import RegionTargets, ReleaseClients
from handlers.writer.item import read_writer
from operations.aws import READ_TIMEOUT_SECONDS, Aws
from operations.release.call_pace import CallPace
from operations.release.canary import CanaryClient
from operations.release.canary_requests import CanaryCase
from operations.release.comparison import CanaryComparison, compare_versions
from operations.release.control_table import EitherReplica
from operations.release.version_logs import LoggedVersion, VersionLog
from operations.site import Site

DESCRIPTION = "dr release "
"""What the description of a deployment begins with that a release has made: others are Terraform's."""

FILTER_SECONDS = 0.25
"""Between two `FilterLogEvents` in a region: AWS takes five a second from an account, and somebody else reads logs too.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
"""


def release_site(site: Site, aws: Aws, *, first: Role = Role.STANDBY, moving_aws: Aws | None = None) -> ReleaseSite:
    """Return what `handlers.releases` moves, by this caller's rights; `moving_aws` has other limits for the moves."""
    moving = aws if moving_aws is None else moving_aws
    regions = {each.name: each for each in site.regions.values()}
    return ReleaseSite(
        client=EitherReplica(aws, site.regions[first].name, site.regions[first.peer].name),
        control_table=site.control_table_name,
        targets={
            name: RegionTargets({str(key): value for key, value in each.function_names.items()}, each.rest_api_id)
            for name, each in regions.items()
        },
        clients=ReleaseClients(
            functions=lambda region: moving.client("lambda", region),
            gateways=lambda region: moving.client("apigateway", region),
        ),
    )


class ReleaseControls:
    """Reads and changes what one release needs."""

    def __init__(self, site: Site, aws: Aws) -> None:
        self.site, self._aws = site, aws
        self.moving = release_site(site, aws)
        self.hurried = release_site(site, aws, moving_aws=aws.hurried(read_timeout=READ_TIMEOUT_SECONDS))
        """The same for the way back, which tries again anyway: a region that hangs takes one attempt."""
        self._paces = {role: CallPace(FILTER_SECONDS, self) for role in Role}

    def make_deployment(self, role: Role, release_id: str) -> str:
        """Take a copy of the API as it is defined now; no stage points at it yet. Return its id."""
        answer = self._client("apigateway", role).create_deployment(
            restApiId=self.site.regions[role].rest_api_id, description=f"{DESCRIPTION}{release_id}"
        )
        return str(answer["id"])

    def drop_deployment(self, role: Role, deployment: str) -> None:
        """Delete a deployment that no stage points at; one that is gone already stays so."""
        try:
            self._client("apigateway", role).delete_deployment(
                restApiId=self.site.regions[role].rest_api_id, deploymentId=deployment
            )
        except ClientError as error:
            if error_code(error) != "NotFoundException":
                raise

    def made_deployments(self, role: Role) -> list[str]:
        """Read the deployments that releases have made."""
        pages = (
            self._client("apigateway", role)
            .get_paginator("get_deployments")
            .paginate(restApiId=self.site.regions[role].rest_api_id)
        )
        items = [each for page in pages for each in page["items"]]
        return [each["id"] for each in items if str(each.get("description", "")).startswith(DESCRIPTION)]

    def epoch(self) -> int | None:
        """Read the writer's epoch while it is open; None while nobody takes payments."""
        writer = read_writer(self.moving.client, self.site.control_table_name)
        return writer.epoch if writer is not None and writer.is_open else None

    def compare(self, role: Role, release: Release, cases: Sequence[CanaryCase]) -> CanaryComparison:
        """Compare canary payments by the version before and the new one; an answer that differs once does not count.

        An error of the new version does, whatever the case: it may come at random.

        Raises:
            ClientError, BotoCoreError: The canary was not reached.
        """
        name, function = self.site.regions[role].name, str(Function.PAYMENT_CANARY)
        old, new = (placement[name].functions[function] for placement in (release.before, release.after))
        if old == new:
            return CanaryComparison(0, ())
        canary = CanaryClient(self.site, self._aws, role)
        first = compare_versions(canary, old, new, cases, declared=CHANGED_ANSWERS)
        if not first.differences:
            return first
        # A table that was throttled, or slow, for a moment: what a version does wrong, it does again.
        second = compare_versions(canary, old, new, cases, declared=CHANGED_ANSWERS)
        named = {each.case for each in first.differences}
        failed = any(each.fails for each in first.differences)
        again = (each for each in second.differences if each.case in named or (failed and each.fails))
        crashed = (each for each in first.differences if each.crashes)
        return CanaryComparison(second.cases, tuple(dict.fromkeys([*crashed, *again])))

    def log(self, role: Role, function: Function, version: str, since: float) -> VersionLog:
        """Return the log of a version from a moment on."""
        region = self.site.regions[role]
        of = LoggedVersion(region.name, function, region.function_names[function], version)
        return VersionLog(lambda: self._client("logs", role), of, since, await_turn=self._paces[role].wait)

    def delete_version(self, role: Role, function: Function, version: str) -> None:
        """Delete a version of a function; AWS refuses one that an alias points at."""
        self._client("lambda", role).delete_function(
            FunctionName=self.site.regions[role].function_names[function], Qualifier=version
        )

    def monotonic(self) -> float:
        """Return real seconds since some start."""
        return time.monotonic()

    def pause(self, seconds: float) -> None:
        """Wait for real seconds."""
        time.sleep(seconds)

    def _client(self, service: str, role: Role) -> Any:  # noqa: ANN401 — boto3 makes its classes at run time
        return self._aws.client(service, self.site.regions[role].name)
