# ruff: noqa: SLF001 — MiniStack offers no public seams
"""A REST API's stage serves what its deployment holds: the API as it was when the deployment was made.

MiniStack keeps gateway responses so, and serves all else as it is at the moment. What is deployed here is resources
with their methods and integrations, authorizers, request validators, models and the API's own settings, its resource
policy among them. https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-deploy-api.html
"""

import copy
import json
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any, Final

from ministack.core.responses import AccountRegionScopedDict, get_account_id, get_region, request_scope
from ministack.services import apigateway_v1

from emulator.patching import Answer, Theirs, wrap

_STORES: Final = ("_resources", "_authorizers_v1", "_request_validators", "_models", "_rest_apis")

Snapshot = Mapping[str, Any]
"""By the store's name, what it holds of one API."""


class DeployedStore(AccountRegionScopedDict):  # type: ignore[misc]  # MiniStack is published without types
    """One of MiniStack's stores, which shows the data plane what is deployed and all others what is there."""

    _data: Theirs

    def __init__(self, name: str, data: Theirs) -> None:
        super().__init__()
        self._name = name
        self._data = data

    def get(self, key: str, default: Theirs = None) -> Theirs:
        """Return what the store holds of an API."""
        served = _served.get()
        if served is not None and served[0] == key:
            return served[1].get(self._name, default)
        return super().get(key, default)

    def get_scoped(self, account: str, region: str, key: str, default: Theirs = None) -> Theirs:
        """Return what the store holds of an API of some account and region."""
        served = _served.get()
        if served is not None and served[0] == key:
            return served[1].get(self._name, default)
        return super().get_scoped(account, region, key, default)


_served: ContextVar[tuple[str, Snapshot] | None] = ContextVar("emulator_served_deployment", default=None)
"""The API and the deployment that answer the present request."""


def deployed(name: str) -> Callable[[Theirs], DeployedStore]:
    """Return what makes a store one that shows what is deployed: for `wrap`."""

    def around(store: Theirs) -> DeployedStore:
        return DeployedStore(name, store._data)

    return around


class ApiSnapshots:
    """Keeps a snapshot for each deployment."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str, str, str], Snapshot] = {}
        """By account, region, API and deployment."""

    def install(self) -> None:
        """Take snapshots, serve by them, and keep those that stages use."""
        wrap(apigateway_v1, "_resources", deployed("_resources"))
        wrap(apigateway_v1, "_authorizers_v1", deployed("_authorizers_v1"))
        wrap(apigateway_v1, "_request_validators", deployed("_request_validators"))
        wrap(apigateway_v1, "_models", deployed("_models"))
        wrap(apigateway_v1, "_rest_apis", deployed("_rest_apis"))
        wrap(apigateway_v1, "_create_deployment", self.taking)
        wrap(apigateway_v1, "_delete_deployment", self.keeping)
        wrap(apigateway_v1, "_create_stage", _of_a_deployment)
        wrap(apigateway_v1, "_update_stage", _of_a_deployment)
        wrap(apigateway_v1, "_handle_execute_in_scope", self._serving)
        wrap(apigateway_v1, "method_authorization_type", self._authorizing)
        wrap(apigateway_v1, "rest_api_policy_for_arn", self._judging)

    def taking(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        """Take a snapshot with each new deployment."""

        def create(api: str, data: Theirs) -> Answer:
            answer = original(api, data)
            if answer[0] == HTTPStatus.CREATED:
                snapshot = {name: copy.deepcopy(getattr(apigateway_v1, name).get(api, {})) for name in _STORES}
                self._kept[get_account_id(), get_region(), api, json.loads(answer[2])["id"]] = snapshot
            return answer

        return create

    def keeping(self, original: Callable[..., Answer]) -> Callable[..., Answer]:
        """Refuse to delete a deployment that a stage serves."""

        def delete(api: str, deployment: str) -> Answer:
            if any(stage.get("deploymentId") == deployment for stage in apigateway_v1._stages_v1.get(api, {}).values()):
                message = "Active stages pointing to this deployment must be moved or deleted"
                return _refused("BadRequestException", message, HTTPStatus.BAD_REQUEST)
            self._kept.pop((get_account_id(), get_region(), api, deployment), None)
            return original(api, deployment)

        return delete

    def of_stage(self, api: str, stage: str) -> tuple[str, Snapshot] | None:
        """Return what a stage of an API in the present region serves; None without a snapshot."""
        deployment = apigateway_v1._stages_v1.get(api, {}).get(stage, {}).get("deploymentId", "")
        snapshot = self._kept.get((get_account_id(), get_region(), api, deployment))
        return None if snapshot is None else (api, snapshot)

    def _serving(self, original: Callable[..., Theirs]) -> Callable[..., Theirs]:
        async def handle(api: str, stage: str, *request: Theirs) -> Answer:
            token = _served.set(self.of_stage(api, stage))
            try:
                answer: Answer = await original(api, stage, *request)
            finally:
                _served.reset(token)
            return answer

        return handle

    def _authorizing(self, original: Callable[..., Theirs]) -> Callable[..., Theirs]:
        def authorization(api: str, stage: str, *request: Theirs) -> Theirs:
            scope = apigateway_v1.find_api_scope(api)
            if scope is None:
                return original(api, stage, *request)
            with request_scope(*scope):
                token = _served.set(self.of_stage(api, stage))
            try:
                return original(api, stage, *request)
            finally:
                _served.reset(token)

        return authorization

    def _judging(self, original: Callable[..., Theirs]) -> Callable[..., Theirs]:
        """Judge a call by the policy that its stage's deployment holds."""

        def policy(resource_arn: str) -> Theirs:
            api, _, rest = resource_arn.rpartition(":")[2].partition("/")
            scope = apigateway_v1.find_api_scope(api)
            if scope is None:
                return original(resource_arn)
            with request_scope(*scope):
                token = _served.set(self.of_stage(api, rest.partition("/")[0]))
            try:
                return original(resource_arn)
            finally:
                _served.reset(token)

        return policy


def _of_a_deployment(original: Callable[..., Answer]) -> Callable[..., Answer]:
    """A stage is made for, or moved to, a deployment that there is."""

    def change(api: str, *request: Theirs) -> Answer:
        data = request[-1]
        named = [data["deploymentId"]] if data.get("deploymentId") else []
        named += [
            each.get("value") for each in data.get("patchOperations") or [] if each.get("path") == "/deploymentId"
        ]
        if any(deployment not in apigateway_v1._deployments_v1.get(api, {}) for deployment in named):
            return _refused("NotFoundException", "Invalid Deployment identifier specified", HTTPStatus.NOT_FOUND)
        return original(api, *request)

    return change


def _refused(code: str, message: str, status: HTTPStatus) -> Answer:
    answer: Answer = apigateway_v1._v1_error(code, message, int(status))
    return answer
