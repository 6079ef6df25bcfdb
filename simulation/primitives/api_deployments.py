"""API Gateway's control plane in one region: the deployments of an API, and the one that its stage points at."""

import random
from collections.abc import Callable
from typing import NamedTuple

from contract.releases import STAGE_NAME
from simulation.kernel.process import Process
from simulation.primitives.errors import aws_error
from simulation.primitives.service import Answer, Request, Service

FIRST_DEPLOYMENT = "d1"


class StageChange(NamedTuple):
    """What a stage points at from one moment on."""

    place: str
    deployment: str
    process: Process | None


class ApiDeployments(Service):
    """One API."""

    name = "apigateway"
    writes = frozenset({"create_deployment", "update_stage", "delete_deployment"})
    throttled_code = "TooManyRequestsException"
    seconds = (0.02, 0.1)

    def __init__(self, place: str, api: str, random_: random.Random) -> None:
        super().__init__(place, random_)
        self.api = api
        self.live = FIRST_DEPLOYMENT
        self.observers: list[Callable[[StageChange], object]] = []
        self._descriptions = {FIRST_DEPLOYMENT: "made by Terraform"}
        self._number = 1

    def do_get_stage(self, request: Request) -> Answer:
        """Read what the stage points at."""
        self._require(request, "get_stage")
        return {"stageName": STAGE_NAME, "deploymentId": self.live}

    def do_update_stage(self, request: Request) -> Answer:
        """Point the stage at another deployment."""
        self._require(request, "update_stage")
        [patch] = request["patchOperations"]
        if patch["value"] not in self._descriptions:
            raise aws_error("BadRequestException", "update_stage")
        self.live = patch["value"]
        for observer in self.observers:
            observer(StageChange(self.place, self.live, self.asking))
        return {"stageName": STAGE_NAME, "deploymentId": self.live}

    def do_create_deployment(self, request: Request) -> Answer:
        """Take a copy of the API."""
        self._number += 1
        deployment = f"d{self._number}"
        self._descriptions[deployment] = request["description"]
        return {"id": deployment}

    def do_delete_deployment(self, request: Request) -> Answer:
        """Delete a deployment that the stage does not point at."""
        deployment = request["deploymentId"]
        if deployment == self.live:
            raise aws_error("BadRequestException", "delete_deployment")
        if self._descriptions.pop(deployment, None) is None:
            raise aws_error("NotFoundException", "delete_deployment")
        return {}

    def do_get_deployments(self, _: Request) -> Answer:
        """List all deployments."""
        return {"items": [{"id": id_, "description": text} for id_, text in self._descriptions.items()]}

    def _require(self, request: Request, operation: str) -> None:
        if (request["restApiId"], request["stageName"]) != (self.api, STAGE_NAME):
            raise aws_error("NotFoundException", operation)
