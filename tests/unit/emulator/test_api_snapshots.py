"""What a stage serves: the API as its deployment holds it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.core.responses import request_scope
from ministack.services import apigateway_v1

from emulator.apigateway.api_snapshots import _STORES, ApiSnapshots

_CHANGED = ("_create_deployment", "_delete_deployment", "_create_stage", "_update_stage", "_handle_execute_in_scope")


class Api:
    """One REST API."""

    def __init__(self) -> None:
        self.id = json.loads(apigateway_v1._create_rest_api({"name": "api"})[2])["id"]
        self.root = next(iter(apigateway_v1._resources[self.id]))

    def route(self, part: str, authorization: str = "NONE") -> None:
        made = json.loads(apigateway_v1._create_resource(self.id, self.root, {"pathPart": part})[2])
        apigateway_v1._put_method(self.id, made["id"], "GET", {"authorizationType": authorization})

    def deploy(self, stage: str | None = None) -> str:
        data = {"stageName": stage} if stage else {}
        return str(json.loads(apigateway_v1._create_deployment(self.id, data)[2])["id"])

    def move(self, deployment: str) -> int:
        operation = {"op": "replace", "path": "/deploymentId", "value": deployment}
        answer: tuple[int, Any, Any] = apigateway_v1._update_stage(self.id, "live", {"patchOperations": [operation]})
        return answer[0]

    def serves(self, part: str) -> str | None:
        found: str | None = apigateway_v1.method_authorization_type(self.id, "live", "GET", f"/{part}")
        return found


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    for name in (*_STORES, *_CHANGED, "method_authorization_type"):
        monkeypatch.setattr(apigateway_v1, name, getattr(apigateway_v1, name))
    ApiSnapshots().install()
    with request_scope("000000000000", "us-east-2"):
        yield Api()
    apigateway_v1.reset()


def test_change_is_served_by_a_stage_once_it_is_moved(api: Api) -> None:
    api.route("one", "AWS_IAM")
    before = api.deploy("live")
    api.route("two")
    after = api.deploy()
    assert (api.serves("one"), api.serves("two")) == ("AWS_IAM", None)
    api.move(after)
    assert api.serves("two") == "NONE"
    api.move(before)
    assert api.serves("two") is None


def test_what_is_described_is_what_there_is(api: Api) -> None:
    api.deploy("live")
    api.route("one")
    items = json.loads(apigateway_v1._get_resources(api.id, {})[2])["item"]
    assert {each["path"] for each in items} == {"/", "/one"}


def test_deployment_is_deleted_when_no_stage_serves_it(api: Api) -> None:
    first, second = api.deploy("live"), api.deploy()
    refused = apigateway_v1._delete_deployment(api.id, first)
    assert (refused[0], json.loads(refused[2])["message"]) == (
        400,
        "Active stages pointing to this deployment must be moved or deleted",
    )
    api.move(second)
    assert apigateway_v1._delete_deployment(api.id, first)[0] == 202
    assert api.move(first) == 404
    assert api.move(second) == 200
