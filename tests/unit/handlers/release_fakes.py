"""What a release moves, in memory: both regions' aliases and stages, and who may reach them."""

from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ConnectTimeoutError

from contract.environment import Function
from handlers.releases.item import Placement, RegionVersions, Release, ReleaseState
from handlers.releases.targets import RegionTargets, ReleaseClients
from tests.unit.handlers.fakes import PEER, REGION, SECRET, FakeClient, aws_error

MOVED = (Function.PAYMENT_API, Function.RETRY_WORKER, Function.TICKER)
TARGETS = {
    region: RegionTargets({function: f"{function}-{region}-test" for function in MOVED}, f"api-{region}")
    for region in (REGION, PEER)
}


def placement(version: str) -> Placement:
    """Return both regions at one version."""
    return {
        region: RegionVersions(dict.fromkeys(targets.functions, version), f"deployment-{version}")
        for region, targets in TARGETS.items()
    }


def running(**changed: Any) -> Release:
    """Return a release from version 1 to version 2 that runs."""
    fields: dict[str, Any] = {
        "id": "release-1",
        "driver": "driver-1",
        "state": ReleaseState.RUNNING,
        "beat": 3,
        "epoch": 7,
        "before": placement("1"),
        "after": placement("2"),
        "by": "ann",
        "reason": "new limits",
        "at": "2026-01-01T00:00:00.000Z",
        "step": "baking 1 %",
    }
    return Release(**{**fields, **changed})


class FakeFunctions(FakeClient):
    """One region's Lambda, as far as aliases go."""

    service = "lambda"

    def __init__(self, region: str) -> None:
        super().__init__()
        self.aliases: dict[str, dict[str, Any]] = {
            name: {"FunctionVersion": "1", "revision": 1} for name in TARGETS[region].functions.values()
        }

    def get_alias(self, **request: Any) -> dict[str, Any]:
        self._receive("get_alias", "GetAlias", request)
        alias = self._alias(request)
        return {
            "FunctionVersion": alias["FunctionVersion"],
            "RoutingConfig": {"AdditionalVersionWeights": alias.get("weights", {})},
            "RevisionId": f"r{alias['revision']}",
        }

    def update_alias(self, **request: Any) -> dict[str, Any]:
        self._receive("update_alias", "UpdateAlias", request)
        alias = self._alias(request)
        if request["RevisionId"] != f"r{alias['revision']}":
            raise aws_error("PreconditionFailedException", "UpdateAlias", 412)
        alias["FunctionVersion"] = request["FunctionVersion"]
        alias["weights"] = request["RoutingConfig"]["AdditionalVersionWeights"]
        alias["revision"] += 1
        return {}

    def _alias(self, request: dict[str, Any]) -> dict[str, Any]:
        assert request["Name"] == "live"
        return self.aliases[request["FunctionName"]]


class FakeGateway(FakeClient):
    """One region's API Gateway, as far as the stage goes."""

    service = "apigateway"

    def __init__(self) -> None:
        super().__init__()
        self.deployment = "deployment-1"

    def get_stage(self, **request: Any) -> dict[str, Any]:
        self._receive("get_stage", "GetStage", request)
        assert request["stageName"] == "live"
        return {"deploymentId": self.deployment}

    def update_stage(self, **request: Any) -> dict[str, Any]:
        self._receive("update_stage", "UpdateStage", request)
        [patch] = request["patchOperations"]
        assert (request["stageName"], patch["op"], patch["path"]) == ("live", "replace", "/deploymentId")
        self.deployment = patch["value"]
        return {}


@dataclass
class Platforms:
    """Both regions' control planes."""

    functions: dict[str, FakeFunctions] = field(default_factory=lambda: {r: FakeFunctions(r) for r in TARGETS})
    gateways: dict[str, FakeGateway] = field(default_factory=lambda: {r: FakeGateway() for r in TARGETS})

    def clients(self) -> ReleaseClients:
        return ReleaseClients(self.functions.__getitem__, self.gateways.__getitem__)

    def lose(self, region: str) -> None:
        """Nothing answers in a region."""
        for client, methods in (
            (self.functions[region], ("get_alias", "update_alias")),
            (self.gateways[region], ("get_stage", "update_stage")),
        ):
            for method in methods:
                client.fail(method, ConnectTimeoutError(endpoint_url=f"https://{SECRET}.example"), times=10_000)

    def find(self, region: str) -> None:
        """It answers again."""
        self.functions[region].failures.clear()
        self.gateways[region].failures.clear()

    def place(self, placed: Placement) -> None:
        """Have each region run what is said, past all rules."""
        for region, versions in placed.items():
            for function, version in versions.functions.items():
                self.functions[region].aliases[TARGETS[region].functions[function]]["FunctionVersion"] = version
            self.gateways[region].deployment = versions.api

    def share(self, region: str, function: Function, share: float) -> None:
        """Have version 2 of a function get a share of its invocations."""
        self.functions[region].aliases[TARGETS[region].functions[function]]["weights"] = {"2": share}

    def weights(self) -> set[str]:
        """Return the versions that get a share of any alias's invocations."""
        return {
            version
            for client in self.functions.values()
            for alias in client.aliases.values()
            for version in alias.get("weights", {})
        }

    @property
    def placed(self) -> Placement:
        """What each region runs."""
        return {
            region: RegionVersions(
                {
                    function: self.functions[region].aliases[name]["FunctionVersion"]
                    for function, name in targets.functions.items()
                },
                self.gateways[region].deployment,
            )
            for region, targets in TARGETS.items()
        }
