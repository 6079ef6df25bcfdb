"""Versions, aliases, deployments and logs: what `dr release` moves and reads."""

import json
from typing import Any

import pytest

from contract.releases import LIVE_ALIAS, STAGE_NAME
from simulation.kernel.loop import current_process
from simulation.primitives.api_deployments import ApiDeployments
from simulation.primitives.function_logs import LambdaLogs
from simulation.primitives.functions import FunctionConfiguration, FunctionPool, ProcessClocks
from simulation.primitives.versions import AliasChange, LambdaApi, VersionedFunction
from tests.unit.simulation.stage import ONE, OTHER, Call, Stage, code

NAME = "function-of-one"
EVENT: dict[str, bool] = {}
FAILING = {"fails": True}
ALIAS = {"FunctionName": NAME, "Name": LIVE_ALIAS}


class Region:
    """One function with two versions, each of which answers with its number."""

    def __init__(self) -> None:
        self.stage = Stage()
        profile = FunctionConfiguration("function", 20, concurrency=100)
        kernel = self.stage.kernel
        self.pool = FunctionPool(kernel, ONE, profile, lambda _: self._answer, ProcessClocks(0))
        function = VersionedFunction(NAME, self.pool, ["1", "2"])
        self.api = LambdaApi(ONE, {NAME: function}, kernel.random("lambda"))
        self.client = self.stage.client(self.api)
        self.moves: list[AliasChange] = []
        self.api.observers.append(self.moves.append)

    @staticmethod
    def _answer(event: Any, _: Any) -> str:
        if event == FAILING:
            raise RuntimeError
        return current_process().version

    def ask(self, operation: str, **request: Any) -> Call:
        return self.stage.call(lambda: getattr(self.client, operation)(**request), seconds=10)

    def move(self, version: str, weights: dict[str, float], **more: str) -> Call:
        routing = {"AdditionalVersionWeights": weights}
        return self.ask("update_alias", **ALIAS, FunctionVersion=version, RoutingConfig=routing, **more)

    def invoked(self, times: int = 1) -> list[str]:
        answers: list[str] = []
        for _ in range(times):
            self.pool.invoke(EVENT, lambda result, _: answers.append(result))
        self.stage.pass_(10)
        return answers


class TestAlias:
    """What an alias points at decides which version runs."""

    def test_first_version_runs(self) -> None:
        assert Region().invoked() == ["1"]

    def test_moved_alias_runs_the_other_version(self) -> None:
        given = Region()
        assert given.invoked() == ["1"]
        given.move("2", {})
        assert given.invoked() == ["2"]
        given.move("1", {})
        assert given.invoked() == ["1"]
        assert len(given.pool.environments) == 2

    def test_share_of_the_invocations(self) -> None:
        given = Region()
        given.move("1", {"2": 0.25})
        shares = given.invoked(80)
        assert 5 < shares.count("2") < 40
        assert given.moves == [AliasChange(ONE, NAME, "1", "2", 0.25, given.moves[0].process)]

    def test_stale_revision_is_refused(self) -> None:
        given = Region()
        revision = given.ask("get_alias", **ALIAS).value["RevisionId"]
        given.move("1", {}, RevisionId=revision)
        assert code(given.move("2", {}, RevisionId=revision)) == "PreconditionFailedException"
        assert given.pool.version == "1"

    def test_version_that_does_not_exist_is_refused(self) -> None:
        given = Region()
        assert code(given.move("3", {})) == "ResourceNotFoundException"

    def test_weights_that_are_not_named_stay(self) -> None:
        given = Region()
        given.move("1", {"2": 0.1})
        alias = given.ask("update_alias", **ALIAS, FunctionVersion="1").value
        assert alias["RoutingConfig"] == {"AdditionalVersionWeights": {"2": 0.1}}

    def test_lost_region_is_not_reached(self) -> None:
        given = Region()
        given.stage.lose(ONE)
        assert given.ask("get_alias", **ALIAS).error is not None


class TestVersions:
    """Versions are listed, invoked by number, and removed unless they are used."""

    def test_versions_are_listed(self) -> None:
        listed = Region().ask("list_versions_by_function", FunctionName=NAME).value["Versions"]
        assert [each["Version"] for each in listed] == ["$LATEST", "1", "2"]
        assert listed[1]["CodeSha256"] != listed[2]["CodeSha256"]

    def test_version_is_invoked_by_its_number(self) -> None:
        answer = Region().ask("invoke", FunctionName=NAME, Qualifier="2", Payload=b"{}").value
        assert json.loads(answer["Payload"].read()) == "2"

    def test_failed_invocation_says_so(self) -> None:
        answer = Region().ask("invoke", FunctionName=NAME, Qualifier="2", Payload=b'{"fails": true}').value
        assert answer["FunctionError"] == "Unhandled"

    def test_used_version_is_not_removed(self) -> None:
        given = Region()
        given.move("1", {"2": 0.1})
        assert code(given.ask("delete_function", FunctionName=NAME, Qualifier="2")) == "ResourceConflictException"
        given.move("1", {})
        given.ask("delete_function", FunctionName=NAME, Qualifier="2")
        assert code(given.move("2", {})) == "ResourceNotFoundException"


class TestDeployments:
    """The API's stage points at a deployment."""

    @pytest.fixture
    def given(self) -> tuple[Stage, ApiDeployments, Any]:
        stage = Stage()
        api = ApiDeployments(ONE, "api", stage.kernel.random("api"))
        return stage, api, stage.client(api, place=OTHER)

    def test_stage_moves_to_a_new_deployment_and_back(self, given: tuple[Stage, ApiDeployments, Any]) -> None:
        stage, api, client = given
        new = stage.call(lambda: client.create_deployment(restApiId="api", description="x")).value["id"]
        assert api.live != new
        self._move(stage, client, new)
        assert stage.call(lambda: client.get_stage(restApiId="api", stageName=STAGE_NAME)).value["deploymentId"] == new
        assert code(stage.call(lambda: client.delete_deployment(restApiId="api", deploymentId=new)))

    def test_unknown_deployment_is_refused(self, given: tuple[Stage, ApiDeployments, Any]) -> None:
        stage, api, client = given
        assert code(self._move(stage, client, "d9")) == "BadRequestException"
        assert api.live == "d1"

    @staticmethod
    def _move(stage: Stage, client: Any, deployment: str) -> Call:
        patch = {"op": "replace", "path": "/deploymentId", "value": deployment}
        return stage.call(lambda: client.update_stage(restApiId="api", stageName=STAGE_NAME, patchOperations=[patch]))


def test_log_names_the_version_and_the_end_of_each_invocation() -> None:
    given = Region()
    kernel = given.stage.kernel
    logs = LambdaLogs(kernel, ONE, {NAME: "function"}, 0.0, kernel.random("logs"))
    given.pool.log = logs
    client = given.stage.client(logs)
    given.pool.invoke(EVENT, lambda *_: None, version="2")
    given.pool.invoke(FAILING, lambda *_: None, version="2")
    given.invoked()
    given.stage.pass_(10)
    request = {"logGroupName": f"/aws/lambda/{NAME}", "logStreamNamePrefix": "1970/01/01/[2]", "startTime": 0}
    events = given.stage.call(lambda: client.filter_log_events(**request)).value["events"]
    messages = [each["message"] for each in events]
    assert sum(each.startswith("START") for each in messages) == 2
    assert sum("Status: error" in each for each in messages) == 1
    assert all("[2]" in each["logStreamName"] for each in events)
