"""Publishing a bad version in both regions, and putting back what was there."""

import hashlib
import io
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from contract.environment import Function
from contract.roles import Role
from operations.drills.planted_versions import PLANTED_FAULTS
from operations.drills.publishing import CHANGED, PublishingError, VersionPublisher
from tests.unit.operations.drills.test_planted_versions import NAME, shipped
from tests.unit.operations.drills.world import REGIONS, FakeAws, site

FAULT = PLANTED_FAULTS[NAME]


def refused(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "Any")


class Functions:
    """Lambda in one region: functions of one version, whose code lies in files."""

    def __init__(self, directory: Path, code: bytes) -> None:
        self._directory = directory
        self.codes = dict.fromkeys(self._names(), code)
        self.versions: dict[str, dict[str, bytes]] = {name: {"7": code} for name in self.codes}
        self.live: dict[str, tuple[str, dict[str, float]]] = dict.fromkeys(self.codes, ("7", {}))
        self.refuses: set[str] = set()

    @staticmethod
    def _names() -> list[str]:
        return [f"{function}-{region}-dev" for function in CHANGED for region in REGIONS.values()]

    def get_alias(self, *, FunctionName: str, **_: object) -> dict[str, Any]:  # noqa: N803 — as boto3 has it
        version, weights = self.live[FunctionName]
        return {"FunctionVersion": version, "RoutingConfig": {"AdditionalVersionWeights": weights}, "RevisionId": "r"}

    def get_function(self, *, FunctionName: str) -> dict[str, Any]:  # noqa: N803
        code = self.codes[FunctionName]
        path = self._directory / FunctionName
        path.write_bytes(code)
        return {"Configuration": {"CodeSha256": digest(code)}, "Code": {"Location": f"https://{path}"}}

    def get_function_configuration(self, *, FunctionName: str, Qualifier: str) -> dict[str, Any]:  # noqa: N803
        return {"CodeSha256": digest(self.versions[FunctionName][Qualifier])}

    def update_function_code(self, *, FunctionName: str, ZipFile: bytes) -> None:  # noqa: N803
        if FunctionName in self.refuses:
            raise refused("AccessDeniedException")
        self.codes[FunctionName] = ZipFile

    def publish_version(self, *, FunctionName: str, **_: object) -> dict[str, Any]:  # noqa: N803
        self.versions[FunctionName]["8"] = self.codes[FunctionName]
        return {"Version": "8"}

    def update_alias(self, *, FunctionName: str, FunctionVersion: str, **_: object) -> None:  # noqa: N803
        self.live[FunctionName] = (FunctionVersion, {})

    def delete_function(self, *, FunctionName: str, Qualifier: str) -> None:  # noqa: N803
        if Qualifier not in self.versions[FunctionName]:
            raise refused("ResourceNotFoundException")
        del self.versions[FunctionName][Qualifier]

    def get_waiter(self, _: str) -> "Functions":
        return self

    def wait(self, **_: object) -> None:
        """Have nothing to wait for."""


class Gateway:
    """API Gateway in one region: deployments by id, with what each is described as."""

    def __init__(self) -> None:
        self.deployments = {"d1": "Terraform", "d2": "dr release earlier"}

    def get_paginator(self, _: str) -> "Gateway":
        return self

    def paginate(self, **_: object) -> list[dict[str, Any]]:
        return [{"items": [{"id": id_, "description": told} for id_, told in self.deployments.items()]}]

    def delete_deployment(self, *, deploymentId: str, **_: object) -> None:  # noqa: N803
        del self.deployments[deploymentId]


def digest(code: bytes) -> str:
    return hashlib.sha256(code).hexdigest()


class Lambdas:
    """Both regions."""

    def __init__(self, directory: Path) -> None:
        self.functions = {role: Functions(directory, shipped()) for role in Role}
        self.gateways = {role: Gateway() for role in Role}
        clients = {("lambda", REGIONS[role]): self.functions[role] for role in Role}
        aws: Any = FakeAws({**clients, **{("apigateway", REGIONS[role]): self.gateways[role] for role in Role}})
        self.publisher = VersionPublisher(site(), aws)

    def name(self, role: Role, function: Function = Function.PAYMENT_API) -> str:
        return f"{function}-{REGIONS[role]}-dev"

    def is_as_found(self) -> bool:
        return all(
            set(each.versions[name]) == {"7"} and each.live[name] == ("7", {}) and each.codes[name] == shipped()
            for each in self.functions.values()
            for name in each.codes
        )


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lambdas:
    monkeypatch.setattr(
        "urllib.request.urlopen", lambda url, **_: io.BytesIO(Path(url.removeprefix("https://")).read_bytes())
    )
    return Lambdas(tmp_path)


def test_both_regions_get_the_same_bad_version_and_nobody_meets_it(at: Lambdas) -> None:
    assert at.publisher.publish(NAME, FAULT) == dict.fromkeys(Role, ("7", "8"))
    bad = {at.functions[role].versions[at.name(role, each)]["8"] for role in Role for each in CHANGED}
    assert bad == {FAULT.planted(NAME, shipped())}
    assert at.publisher.alias(Role.PRIMARY).version == "7"


def test_all_is_put_back(at: Lambdas) -> None:
    at.publisher.publish(NAME, FAULT)
    at.functions[Role.STANDBY].live[at.name(Role.STANDBY)] = ("8", {})  # the release went through
    at.gateways[Role.PRIMARY].deployments["d3"] = "dr release of the drill"
    at.publisher.take_away()
    assert at.is_as_found()
    assert set(at.gateways[Role.PRIMARY].deployments) == {"d1", "d2"}
    assert not at.publisher.has_changed


def test_what_failed_half_is_put_back_too(at: Lambdas) -> None:
    at.functions[Role.STANDBY].refuses.add(at.name(Role.STANDBY))
    with pytest.raises(ClientError):
        at.publisher.publish(NAME, FAULT)
    at.functions[Role.STANDBY].refuses.clear()
    at.publisher.take_away()
    assert at.is_as_found()


def test_what_is_left_is_named_and_tried_again(at: Lambdas) -> None:
    at.publisher.publish(NAME, FAULT)
    at.functions[Role.STANDBY].refuses.add(at.name(Role.STANDBY))
    with pytest.raises(PublishingError, match=rf"^{at.name(Role.STANDBY)}: [^;]*AccessDenied[^;]*$"):
        at.publisher.take_away()
    assert at.publisher.has_changed
    at.functions[Role.STANDBY].refuses.clear()
    at.publisher.take_away()
    assert at.is_as_found()


def test_code_that_was_not_released_is_not_released_by_a_drill(at: Lambdas) -> None:
    at.functions[Role.PRIMARY].codes[at.name(Role.PRIMARY)] = b"somebody else's"
    with pytest.raises(PublishingError, match="must run its newest code alone"):
        at.publisher.publish(NAME, FAULT)
    assert not at.publisher.has_changed


def test_regions_with_different_code_are_refused(at: Lambdas) -> None:
    standby = at.functions[Role.STANDBY]
    for function in CHANGED:
        name = at.name(Role.STANDBY, function)
        standby.codes[name] = standby.versions[name]["7"] = b"older"
    with pytest.raises(PublishingError, match="both regions must run the same code"):
        at.publisher.publish(NAME, FAULT)
