"""What a release moves: each region's aliases and the stage of its API, and what they point at now.

IAM, in both regions: lambda:GetAlias on each function, apigateway:GET on the stage.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from contract.releases import LIVE_ALIAS, STAGE_NAME
from handlers.releases.item import Placement, RegionVersions


class FunctionsClient(Protocol):
    """What a release uses of a Lambda client."""

    def get_alias(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 -- as botocore, which publishes no types
        """Read an alias and its revision."""

    def update_alias(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """Move an alias."""


class GatewayClient(Protocol):
    """What a release uses of an API Gateway client."""

    def get_stage(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """Read a stage."""

    def update_stage(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """Move a stage."""


class ReleaseTargetsError(Exception):
    """The variable or outputs do not say what a release moves; the text names the field."""


class SharedAliasError(Exception):
    """An alias shares its invocations between two versions, so no single version runs there."""


@dataclass(frozen=True)
class RegionTargets:
    """One region's functions by `Function`, under their names, and the id of its API."""

    functions: Mapping[str, str]
    api: str


ReleaseTargets = Mapping[str, RegionTargets]
"""What a release moves, by region."""


@dataclass(frozen=True)
class ReleaseClients:
    """Clients by region; each is made when it is first asked for."""

    functions: Callable[[str], FunctionsClient]
    gateways: Callable[[str], GatewayClient]


@dataclass(frozen=True)
class LiveAlias:
    """What the alias of a function points at; `revision` changes with every change of it."""

    version: str
    weights: Mapping[str, float]
    """Shares of other versions, by version; empty outside a release."""
    revision: str


def parse_targets(text: str) -> ReleaseTargets:
    """Read `{region: {"functions": {function: name}, "api": id}}`, as `RELEASE_TARGETS` holds it.

    Raises:
        ReleaseTargetsError: It is anything else.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise ReleaseTargetsError("release targets must be JSON") from None
    if not isinstance(found, dict) or not found:
        raise ReleaseTargetsError("release targets must be an object with a member for each region")
    return {region: _region_targets(region, members) for region, members in found.items()}


def targets_text(targets: ReleaseTargets) -> str:
    """Return what `parse_targets` reads."""
    return json.dumps(
        {region: {"functions": dict(each.functions), "api": each.api} for region, each in targets.items()},
        sort_keys=True,
    )


def read_alias(client: FunctionsClient, function_name: str) -> LiveAlias:
    """Read what the alias of a function points at, and its revision."""
    answer = client.get_alias(FunctionName=function_name, Name=LIVE_ALIAS)
    weights = (answer.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
    return LiveAlias(answer["FunctionVersion"], dict(weights), answer["RevisionId"])


def read_deployment(client: GatewayClient, api: str) -> str:
    """Read which deployment the stage of an API points at."""
    return str(client.get_stage(restApiId=api, stageName=STAGE_NAME)["deploymentId"])


def read_region(clients: ReleaseClients, region: str, targets: RegionTargets) -> RegionVersions:
    """Read what a region runs.

    Raises:
        SharedAliasError: An alias has weights.
        ClientError, BotoCoreError: The region does not answer, or something is not there.
    """
    client, functions = clients.functions(region), {}
    for function, name in targets.functions.items():
        alias = read_alias(client, name)
        if alias.weights:
            shared = ", ".join(f"{share:.0%} to version {version}" for version, share in alias.weights.items())
            raise SharedAliasError(f"alias {LIVE_ALIAS} of {name} in {region} points at {alias.version} with {shared}")
        functions[function] = alias.version
    return RegionVersions(functions, read_deployment(clients.gateways(region), targets.api))


def read_placement(clients: ReleaseClients, targets: ReleaseTargets) -> Placement:
    """Read what each region runs; errors as of `read_region`."""
    return {region: read_region(clients, region, each) for region, each in targets.items()}


def _region_targets(region: str, members: object) -> RegionTargets:
    if not isinstance(members, dict) or set(members) != {"functions", "api"}:
        raise ReleaseTargetsError(f"release targets of {region} must be an object with exactly functions and api")
    functions, api = members["functions"], members["api"]
    if not isinstance(functions, dict) or not all(isinstance(name, str) and name for name in functions.values()):
        raise ReleaseTargetsError(f"release targets of {region}: functions must be an object of function names")
    if not isinstance(api, str) or not api:
        raise ReleaseTargetsError(f"release targets of {region}: api must be the id of a REST API")
    return RegionTargets(functions, api)
