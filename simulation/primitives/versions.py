"""Lambda's versions and aliases: what an alias points at, and the part of its API that moves it, in one region."""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any, NamedTuple

from contract.environment import Variable
from contract.releases import DATA_FORMATS, LIVE_ALIAS
from simulation.kernel.process import Process
from simulation.primitives.errors import aws_error
from simulation.primitives.functions import FunctionPool
from simulation.primitives.service import Answer, Asked, Request, Service


class AliasChange(NamedTuple):
    """What an alias points at from one moment on; `share` of the invocations run `other`."""

    place: str
    function: str
    version: str
    other: str
    share: float
    process: Process | None


@dataclass
class VersionedFunction:
    """One function: the pool that runs it, the versions that exist, and its alias's revision."""

    name: str
    pool: FunctionPool
    versions: list[str]
    revision: int = 1

    def alias(self) -> Answer:
        """Return the alias as Lambda's API shows it."""
        pool = self.pool
        answer: Answer = {"Name": LIVE_ALIAS, "FunctionVersion": pool.version, "RevisionId": f"r{self.revision}"}
        if pool.other_version:
            answer["RoutingConfig"] = {"AdditionalVersionWeights": {pool.other_version: pool.other_share}}
        return answer


class LambdaApi(Service):
    """One region's control plane of Lambda, and direct invocations of a version."""

    name = "lambda"
    writes = frozenset({"update_alias", "delete_function"})
    throttled_code = "TooManyRequestsException"
    seconds = (0.02, 0.08)

    def __init__(self, place: str, functions: dict[str, VersionedFunction], random_: random.Random) -> None:
        super().__init__(place, random_)
        self.functions = functions
        self.observers: list[Callable[[AliasChange], object]] = []

    def is_undisturbed(self) -> bool:
        """Return whether a request may take effect at its answer: an invocation takes its time."""
        return False

    def work_on(self, exchange: Asked) -> None:
        """Do what is asked; an invocation is answered once the function has ended."""
        if exchange.operation != "invoke":
            super().work_on(exchange)
            return
        try:
            function = self._function(exchange.request, "invoke")
            version = self._existing(function, exchange.request.get("Qualifier", LIVE_ALIAS), "invoke")
        except Exception as error:  # noqa: BLE001 -- botocore's errors are what is answered
            exchange.refuse(error)
            return

        def done(result: Any, why: str | None) -> None:  # noqa: ANN401 -- whatever the function returns
            answer = {"StatusCode": 200} if why is None else {"StatusCode": 200, "FunctionError": "Unhandled"}
            document = result if why is None else {"errorType": why}
            exchange.answer({**answer, "Payload": BytesIO(json.dumps(document).encode())})

        function.pool.invoke(json.loads(exchange.request["Payload"]), done, version=version)

    def do_get_alias(self, request: Request) -> Answer:
        """Read what the alias points at."""
        function = self._function(request, "get_alias")
        if request["Name"] != LIVE_ALIAS:
            raise aws_error("ResourceNotFoundException", "get_alias")
        return function.alias()

    def do_update_alias(self, request: Request) -> Answer:
        """Point the alias at another version if its revision still is the one that is named."""
        function = self._function(request, "update_alias")
        if request.get("RevisionId", f"r{function.revision}") != f"r{function.revision}":
            raise aws_error("PreconditionFailedException", "update_alias")
        version = request.get("FunctionVersion", function.pool.version)
        weights: dict[str, float] | None = request.get("RoutingConfig", {}).get("AdditionalVersionWeights")
        for each in (version, *(weights or ())):
            self._existing(function, each, "update_alias")
        if weights is None:  # what is not named stays as it is
            other, share = function.pool.other_version, function.pool.other_share
        else:
            other, share = next(iter(weights.items()), ("", 0.0))
        if other == version:
            raise aws_error("InvalidParameterValueException", "update_alias")
        function.pool.route(version, other, share)
        function.revision += 1
        change = AliasChange(self.place, function.name, version, other, share, self.asking)
        for observer in self.observers:
            observer(change)
        return function.alias()

    def do_list_versions_by_function(self, request: Request) -> Answer:
        """List all versions in one page."""
        function = self._function(request, "list_versions_by_function")
        return {"Versions": [self._described(function, version) for version in ("$LATEST", *function.versions)]}

    def do_get_policy(self, request: Request) -> Answer:
        """Say that nobody may invoke the function itself: the API invokes the alias."""
        self._function(request, "get_policy")
        raise aws_error("ResourceNotFoundException", "get_policy")

    def do_get_function_configuration(self, request: Request) -> Answer:
        """Read the configuration of a version, or of the one that the alias points at."""
        function = self._function(request, "get_function_configuration")
        qualifier = request.get("Qualifier", function.versions[-1])
        return self._described(
            function, self._existing(function, qualifier, "get_function_configuration") or function.pool.version
        )

    def do_delete_function(self, request: Request) -> Answer:
        """Remove a version to which no alias points."""
        function = self._function(request, "delete_function")
        version = request["Qualifier"]
        if version in (function.pool.version, function.pool.other_version):
            raise aws_error("ResourceConflictException", "delete_function")
        if version in function.versions:
            function.versions.remove(version)
        return {}

    def _described(self, function: VersionedFunction, version: str) -> Answer:
        number = function.versions[-1] if version == "$LATEST" else version
        return {
            "FunctionName": function.name,
            "Version": version,
            "CodeSha256": f"sha-{number}",
            "Environment": {"Variables": {Variable.DATA_FORMATS: DATA_FORMATS.text()}},
            "MemorySize": 512,
            "Timeout": int(function.pool.profile.seconds),
            "LastModified": f"2026-01-01T00:00:{int(number):02d}.000+0000",
        }

    def _function(self, request: Request, operation: str) -> VersionedFunction:
        function = self.functions.get(request["FunctionName"])
        if function is None:
            raise aws_error("ResourceNotFoundException", operation)
        return function

    @staticmethod
    def _existing(function: VersionedFunction, qualifier: str, operation: str) -> str | None:
        """Return the version that a qualifier names; None stands for the alias, whose weights choose."""
        if qualifier == LIVE_ALIAS:
            return None
        if qualifier not in function.versions:
            raise aws_error("ResourceNotFoundException", operation)
        return qualifier
