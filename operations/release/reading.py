"""Reads what a release needs to know, both regions at once; what does not answer in time is unknown."""

from typing import Any

from botocore.exceptions import ClientError

from contract.environment import Function, Variable
from contract.releases import DataFormats
from contract.roles import Role
from handlers.faults import error_code
from handlers.releases.item import read_release
from handlers.releases.targets import read_alias, read_deployment
from handlers.writer.item import read_writer
from operations.aws import Aws
from operations.clock import OperationsClock
from operations.endpoints import EndpointSettings
from operations.release.release_controls import DESCRIPTION
from operations.release.situation import FunctionVersions, PublishedVersion, RegionReleaseState, ReleaseSituation
from operations.site import Site
from operations.topology.asking import THREADS, Asker, PendingRead, ask_each, readings
from operations.topology.edge import Edge, EdgeReader
from operations.topology.model import AlarmState
from operations.topology.readings import Known, Reading, Unknown
from operations.topology.regional import RegionReader

_API_GATEWAY = "apigateway.amazonaws.com"
"""The principal of an API in a function's policy."""

READ_SECONDS = 10.0
"""Listing the versions of all functions takes more calls than a screen."""


class ReleaseReader:
    """Reads one site for releases.

    Args:
        site: Its names.
        aws: Whose rights count.
        clock: This machine's.
        surroundings: Where the endpoints are.
        edge: What asks the endpoints; tests bring their own.
        asker: What asks at once.
    """

    def __init__(
        self,
        site: Site,
        aws: Aws,
        clock: OperationsClock,
        surroundings: EndpointSettings,
        *,
        edge: Edge | None = None,
        asker: Asker = THREADS,
    ) -> None:
        self._site, self._aws, self._clock, self._asker = site, aws, clock, asker
        self._edge = edge or EdgeReader(site, aws, surroundings, seconds=READ_SECONDS / 2)

    def read(self) -> ReleaseSituation:
        """Read everything; never raises for what cannot be read."""
        table, names = self._site.control_table_name, {role: each.name for role, each in self._site.regions.items()}
        writers = ask_each(lambda role: read_writer(self._tables(names[role]), table), Role, self._asker)
        releases = ask_each(lambda role: read_release(self._tables(names[role]), table), Role, self._asker)
        regions = ask_each(self._region, Role, self._asker)
        health = ask_each(self._edge.health, Role, self._asker)
        alarms = {role: self._ask_alarms(role) for role in Role}
        until = self._asker.monotonic() + READ_SECONDS
        return ReleaseSituation(
            site=self._site,
            writer=newest(readings(writers, until), lambda writer: -1 if writer is None else writer.epoch),
            release=first_known(readings(releases, until)),
            regions=readings(regions, until),
            health=readings(health, until),
            alarms=readings(alarms, until),
        )

    def ringing(self) -> Reading[tuple[str, ...]]:
        """Read which of the deployment's alarms ring, in both regions."""
        asked = {role: self._ask_alarms(role) for role in Role}
        found = readings(asked, self._asker.monotonic() + READ_SECONDS)
        return all_of(self._site, found)

    def versions(self, role: Role, function: Function) -> dict[str, PublishedVersion]:
        """Read the versions of a function that there are."""
        name = self._site.regions[role].function_names[function]
        pages = self._client("lambda", role).get_paginator("list_versions_by_function").paginate(FunctionName=name)
        listed = [each for page in pages for each in page["Versions"]]
        return {each["Version"]: _version(each) for each in listed if each["Version"].isdigit()}

    def _region(self, role: Role) -> RegionReleaseState:
        region = self._site.regions[role]
        functions = {}
        for function, name in region.function_names.items():
            alias = read_alias(self._client("lambda", role), name)
            functions[function] = FunctionVersions(alias.version, alias.weights, self.versions(role, function))
        deployment = read_deployment(self._client("apigateway", role), region.rest_api_id)
        return RegionReleaseState(functions, deployment, self._leads_to_alias(role, deployment))

    def _leads_to_alias(self, role: Role, deployment: str) -> bool:
        """Return whether a deployment of the API invokes the alias.

        Only a stack from before releases lets its API invoke the function itself, and the first deployment that a
        release makes there leads to the alias (docs/deploying.md).
        """
        region = self._site.regions[role]
        try:
            answer = self._client("lambda", role).get_policy(FunctionName=region.function_names[Function.PAYMENT_API])
        except ClientError as error:
            if error_code(error) != "ResourceNotFoundException":
                raise
            return True
        if _API_GATEWAY not in answer["Policy"]:
            return True
        made = self._client("apigateway", role).get_deployment(restApiId=region.rest_api_id, deploymentId=deployment)
        return str(made.get("description", "")).startswith(DESCRIPTION)

    def _ask_alarms(self, role: Role) -> PendingRead[tuple[str, ...]]:
        reader = RegionReader(self._site, role, self._aws, self._clock)
        return PendingRead(
            lambda: tuple(each.name for each in reader.alarms() if each.state is AlarmState.ALARM), self._asker
        )

    def _tables(self, region: str) -> Any:  # noqa: ANN401 — boto3 makes its classes at run time
        return self._aws.client("dynamodb", region)

    def _client(self, service: str, role: Role) -> Any:  # noqa: ANN401
        return self._aws.client(service, self._site.regions[role].name)


def _version(configuration: Any) -> PublishedVersion:  # noqa: ANN401 — as Lambda answers
    text = (configuration.get("Environment") or {}).get("Variables", {}).get(Variable.DATA_FORMATS, "")
    try:
        formats = DataFormats.parse(text)
    except ValueError:
        formats = None
    return PublishedVersion(configuration["Version"], configuration.get("CodeSha256", ""), formats)


def newest(found: Any, rank: Any) -> Any:  # noqa: ANN401 — readings of one kind
    """Return the highest of what was read by several strong reads; unknown where no region answered."""
    known = [each.value for each in found.values() if isinstance(each, Known)]
    return Known(max(known, key=rank)) if known else _nowhere(found)


def first_known(found: Any) -> Any:  # noqa: ANN401
    """Return what any strong read told; unknown where no region answered."""
    return next((each for each in found.values() if isinstance(each, Known)), None) or _nowhere(found)


def all_of(site: Site, found: dict[Role, Reading[tuple[str, ...]]]) -> Reading[tuple[str, ...]]:
    """Return what both regions told; unknown unless both did."""
    for role, each in found.items():
        if isinstance(each, Unknown):
            return Unknown(f"{site.regions[role].name}: {each.reason}")
    return Known(tuple(name for each in found.values() if isinstance(each, Known) for name in each.value))


def _nowhere(found: Any) -> Unknown:  # noqa: ANN401
    return Unknown("; ".join(dict.fromkeys(each.reason for each in found.values())))
