"""Publishes a bad version in both regions and takes it away again, by the rights of whoever deploys.

IAM, on the functions that get the version, in both regions: lambda:GetFunction, lambda:GetAlias, lambda:UpdateAlias,
lambda:UpdateFunctionCode, lambda:PublishVersion, lambda:DeleteFunction; on the APIs: apigateway:GET and DELETE of
deployments. No role of the stack has them: on AWS, a deployer's credentials do.
"""

import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from contract.environment import Function
from contract.releases import LIVE_ALIAS
from contract.roles import Role
from handlers.faults import error_code
from handlers.releases.targets import LiveAlias, read_alias
from operations.aws import Aws
from operations.drills.planted_versions import PlantedFault
from operations.errors import OperationError
from operations.release.release_controls import ReleaseControls
from operations.site import Site

WATCHED = Function.PAYMENT_API
CHANGED = (Function.PAYMENT_API, Function.PAYMENT_CANARY)
"""The functions that get the version: what payers meet, and what is compared before they do."""

_SECONDS = 60.0
"""For a call that carries the code."""


class PublishingError(OperationError):
    """A version could not be published, or taken away."""


@dataclass(frozen=True)
class _Original:
    """A function as it was found: the version that its alias pointed at, and the code that a deployment brought."""

    live: str
    code: bytes


class VersionPublisher:
    """Publishes versions of the payment function.

    Args:
        site: The functions' names.
        aws: Clients with a deployer's rights.
    """

    def __init__(self, site: Site, aws: Aws) -> None:
        self._site, self._aws = site, aws.hurried(read_timeout=_SECONDS)
        self._controls = ReleaseControls(site, aws)
        self._found: dict[tuple[Role, Function], _Original] = {}
        self._published: dict[tuple[Role, Function], str] = {}
        self._deployments: dict[Role, frozenset[str]] = {}

    @property
    def has_changed(self) -> bool:
        """Whether there is something to be taken away."""
        return bool(self._found)

    def alias(self, role: Role) -> LiveAlias:
        """Read what the payment function's alias points at in a region; raises what boto3 does."""
        return read_alias(self._functions(role), self._name(role, WATCHED))

    def publish(self, name: str, fault: PlantedFault) -> Mapping[Role, tuple[str, str]]:
        """Publish the version, which nobody meets yet; return the payment function's live version and the new one.

        Raises:
            OperationError: Something speaks against it; what was published is taken away by `take_away`.
            BotoCoreError, ClientError: Lambda does not answer, or refuses.
        """
        originals = {(role, function): self._original(role, function) for role in Role for function in CHANGED}
        if len({each.code for each in originals.values()}) > 1:
            raise PublishingError("both regions must run the same code: `./run deploy`, and release it")
        code = fault.planted(name, next(iter(originals.values())).code)
        self._deployments = {role: frozenset(self._controls.made_deployments(role)) for role in Role}
        self._found = originals
        for role, function in originals:
            self._published[role, function] = self._ship(role, function, code)
        return {role: (originals[role, WATCHED].live, self._published[role, WATCHED]) for role in Role}

    def take_away(self) -> None:
        """Point the aliases at what they pointed at, put the code back and delete the versions.

        Raises:
            PublishingError: Something is left; the text names all of it.
        """
        left = []
        for (role, function), original in list(self._found.items()):
            try:
                self._put_back(role, function, original)
            except (BotoCoreError, ClientError) as error:
                left.append(f"{self._name(role, function)}: {error}")
            else:
                del self._found[role, function]
        left += [f"{self._site.regions[role].name}'s API: {each}" for role in Role for each in self._clear(role)]
        if left:
            raise PublishingError("; ".join(left))

    def _original(self, role: Role, function: Function) -> _Original:
        """Read a function; its newest code must be what runs, or a release would bring somebody else's change."""
        client, name = self._functions(role), self._name(role, function)
        alias = read_alias(client, name)
        newest = client.get_function(FunctionName=name)
        live = client.get_function_configuration(FunctionName=name, Qualifier=alias.version)
        if alias.weights or live["CodeSha256"] != newest["Configuration"]["CodeSha256"]:
            raise PublishingError(f"{name} must run its newest code alone: release it first, or abort the release")
        return _Original(alias.version, _downloaded(newest["Code"]["Location"]))

    def _ship(self, role: Role, function: Function, code: bytes) -> str:
        client, name = self._functions(role), self._name(role, function)
        self._update(client, name, code)
        return str(client.publish_version(FunctionName=name, Description="planted by dr drill")["Version"])

    def _put_back(self, role: Role, function: Function, original: _Original) -> None:
        client, name = self._functions(role), self._name(role, function)
        alias = read_alias(client, name)
        if (alias.version, alias.weights) != (original.live, {}):
            client.update_alias(
                FunctionName=name,
                Name=LIVE_ALIAS,
                FunctionVersion=original.live,
                RoutingConfig={"AdditionalVersionWeights": {}},
            )
        self._update(client, name, original.code)
        if version := self._published.get((role, function)):
            try:
                client.delete_function(FunctionName=name, Qualifier=version)
            except ClientError as error:
                if error_code(error) != "ResourceNotFoundException":
                    raise
            del self._published[role, function]

    def _update(self, client: Any, name: str, code: bytes) -> None:  # noqa: ANN401 — boto3 makes its classes at run time
        client.update_function_code(FunctionName=name, ZipFile=code)
        client.get_waiter("function_updated_v2").wait(FunctionName=name)

    def _clear(self, role: Role) -> list[str]:
        """Delete the copies of the API that the release has made; return what kept some of them."""
        try:
            for made in set(self._controls.made_deployments(role)) - self._deployments.get(role, frozenset()):
                self._controls.drop_deployment(role, made)
        except (BotoCoreError, ClientError) as error:
            return [str(error)]
        return []

    def _functions(self, role: Role) -> Any:  # noqa: ANN401 — boto3 makes its classes at run time
        return self._aws.client("lambda", self._site.regions[role].name)

    def _name(self, role: Role, function: Function) -> str:
        return self._site.regions[role].function_names[function]


def _downloaded(url: str) -> bytes:
    """Read a function's code from where Lambda says it lies for some minutes."""
    if not url.startswith(("https:", "http:")):
        raise PublishingError("Lambda must say where the code is")
    try:
        with urllib.request.urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310 — the scheme is checked
            code: bytes = answer.read()
    except OSError as error:
        raise PublishingError(f"the functions' code cannot be read: {error}") from None
    return code
