"""The routes of a REST API, each served by one function, with request validation and the gateway's own answers."""

import json
from collections.abc import Mapping

from cdktf import ITerraformDependable, TerraformResource
from cdktf_cdktf_provider_aws.api_gateway_gateway_response import ApiGatewayGatewayResponse
from cdktf_cdktf_provider_aws.api_gateway_integration import ApiGatewayIntegration
from cdktf_cdktf_provider_aws.api_gateway_method import ApiGatewayMethod
from cdktf_cdktf_provider_aws.api_gateway_model import ApiGatewayModel
from cdktf_cdktf_provider_aws.api_gateway_request_validator import ApiGatewayRequestValidator
from cdktf_cdktf_provider_aws.api_gateway_resource import ApiGatewayResource
from cdktf_cdktf_provider_aws.api_gateway_rest_api import ApiGatewayRestApi
from cdktf_cdktf_provider_aws.lambda_alias import LambdaAlias
from cdktf_cdktf_provider_aws.lambda_permission import LambdaPermission
from constructs import Construct

from contract.environment import Function
from contract.releases import STAGE_NAME
from dr_constructs.api.api_definition import (
    PAYMENT_MODEL,
    PAYMENT_SCHEMA,
    REFUSALS,
    ROUTES,
    Authorization,
    GatewayResponse,
    Route,
)
from dr_constructs.aws_limits import API_GATEWAY_TIMEOUT_SECONDS
from dr_constructs.region import Region


class ApiRoutes(Construct):
    """Everything of an API that a deployment takes a copy of."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        region: Region,
        rest_api: ApiGatewayRestApi,
        aliases: Mapping[Function, LambdaAlias],
        authorization: Authorization,
    ) -> None:
        super().__init__(scope, id_)
        self._provider = region.provider
        self._rest_api = rest_api
        self._aliases = aliases
        self._resources: dict[str, ApiGatewayResource] = {}
        self._parts: list[TerraformResource] = []
        model, validator = self._build_validation()
        for route in ROUTES:
            method = self._build_method(route, authorization, model, validator)
            self._build_integration(route, method)
        self._build_permission("live-permission", Function.PAYMENT_API)
        self._build_permission("probes-permission", Function.PROBES)
        for refusal in REFUSALS:
            self._build_gateway_response(refusal)

    @property
    def parts(self) -> list[ITerraformDependable]:
        """The resources that must exist before a deployment copies them."""
        return list(self._parts)

    def _build_validation(self) -> tuple[ApiGatewayModel, ApiGatewayRequestValidator]:
        model = ApiGatewayModel(
            self,
            "model",
            provider=self._provider,
            rest_api_id=self._rest_api.id,
            name=PAYMENT_MODEL,
            content_type="application/json",
            schema=json.dumps(PAYMENT_SCHEMA, separators=(",", ":"), sort_keys=True),
        )
        validator = ApiGatewayRequestValidator(
            self,
            "validator",
            provider=self._provider,
            rest_api_id=self._rest_api.id,
            name="body",
            validate_request_body=True,
            validate_request_parameters=False,
        )
        self._parts += [model, validator]
        return model, validator

    def _resource_id(self, path: str) -> str:
        """Return the id of the resource at `path`, built with its parents where they do not exist yet."""
        if not path:
            return self._rest_api.root_resource_id
        if path not in self._resources:
            parent, _, part = path.rpartition("/")
            self._resources[path] = ApiGatewayResource(
                self,
                part.strip("{}"),
                provider=self._provider,
                rest_api_id=self._rest_api.id,
                parent_id=self._resource_id(parent),
                path_part=part,
            )
            self._parts.append(self._resources[path])
        return self._resources[path].id

    def _build_method(
        self,
        route: Route,
        authorization: Authorization,
        model: ApiGatewayModel,
        validator: ApiGatewayRequestValidator,
    ) -> ApiGatewayMethod:
        # Validation is skipped when no content type matches, so the model stands for every type (FACTS 3.10).
        models = {"application/json": model.name, "$default": model.name} if route.validated else None
        method = ApiGatewayMethod(
            self,
            f"{route.id}-method",
            provider=self._provider,
            rest_api_id=self._rest_api.id,
            resource_id=self._resource_id(route.path),
            http_method=route.method,
            # Route 53 signs nothing; what a probe route answers is no secret.
            authorization="NONE" if route.probe else authorization,
            request_models=models,
            request_validator_id=validator.id if route.validated else None,
        )
        self._parts.append(method)
        return method

    def _build_integration(self, route: Route, method: ApiGatewayMethod) -> None:
        integration = ApiGatewayIntegration(
            self,
            f"{route.id}-integration",
            provider=self._provider,
            rest_api_id=self._rest_api.id,
            resource_id=method.resource_id,
            http_method=method.http_method,
            type="AWS_PROXY",
            integration_http_method="POST",  # how Lambda is invoked, whatever the client's method
            uri=self._aliases[route.function].invoke_arn,
            # The function's own timeout is not longer, so it is the function that answers, and says what is wrong.
            timeout_milliseconds=API_GATEWAY_TIMEOUT_SECONDS * 1000,
        )
        self._parts.append(integration)

    def _build_permission(self, id_: str, function: Function) -> None:
        # The whole stage: a deployment keeps the routes that it was made with, long after an apply has removed one. No
        # other API, and no test invocation from the console, reaches the function.
        alias = self._aliases[function]
        LambdaPermission(
            self,
            id_,
            provider=self._provider,
            statement_id="api-live",
            action="lambda:InvokeFunction",
            function_name=alias.function_name,
            qualifier=alias.name,
            principal="apigateway.amazonaws.com",
            source_arn=f"{self._rest_api.execution_arn}/{STAGE_NAME}/*",
        )

    def _build_gateway_response(self, refusal: GatewayResponse) -> None:
        response = ApiGatewayGatewayResponse(
            self,
            refusal.type.lower().replace("_", "-"),
            provider=self._provider,
            rest_api_id=self._rest_api.id,
            response_type=refusal.type,
            status_code=refusal.status,
            response_templates={"application/json": refusal.template},
            response_parameters=refusal.headers,
        )
        self._parts.append(response)
