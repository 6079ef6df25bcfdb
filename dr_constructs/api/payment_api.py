"""The payment API of one region: a REST API in front of its functions, deployed to one stage."""

from collections.abc import Mapping, Sequence

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.api_gateway_deployment import ApiGatewayDeployment
from cdktf_cdktf_provider_aws.api_gateway_method_settings import (
    ApiGatewayMethodSettings,
    ApiGatewayMethodSettingsSettings,
)
from cdktf_cdktf_provider_aws.api_gateway_rest_api import ApiGatewayRestApi, ApiGatewayRestApiEndpointConfiguration
from cdktf_cdktf_provider_aws.api_gateway_stage import ApiGatewayStage, ApiGatewayStageAccessLogSettings
from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.lambda_alias import LambdaAlias
from constructs import Construct

from contract.environment import Function
from contract.names import access_log_group, api_name
from contract.releases import STAGE_NAME
from dr_constructs.api.api_definition import ACCESS_LOG_FORMAT, ROUTES, Authorization, ThrottleLimits
from dr_constructs.api.api_gateway_logging import ApiGatewayLogging
from dr_constructs.api.api_routes import ApiRoutes
from dr_constructs.api.payer_policy import PayerPolicy
from dr_constructs.region import Region


class PaymentApi(Construct):
    """One region's API: validated, throttled, logged, and reachable by nothing but its routes."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        region: Region,
        suffix: str,
        aliases: Mapping[Function, LambdaAlias],
        authorization: Authorization,
        rate_limit: float,
        burst_limit: int,
        log_retention_days: int,
        logging: ApiGatewayLogging | None,
        payer_principal_arns: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, id_)
        self._region = region
        self.rest_api = self._build_rest_api(suffix)
        routes = ApiRoutes(
            self, "routes", region=region, rest_api=self.rest_api, aliases=aliases, authorization=authorization
        )
        policies: list[ITerraformDependable] = []
        if payer_principal_arns:
            payers = PayerPolicy(
                self, "payers", region=region, rest_api=self.rest_api, principal_arns=payer_principal_arns
            )
            policies.append(payers.policy)
        # A deployment takes a copy of the policy, too (FACTS 15.2).
        deployment = self._build_deployment([*routes.parts, *policies])
        self.access_log = self._build_log_group("access-log", access_log_group(region.name, suffix), log_retention_days)
        # API Gateway names this group itself and would create it without retention; declared, it goes with the rest.
        execution_log = self._build_log_group(
            "execution-log", f"API-Gateway-Execution-Logs_{self.rest_api.id}/{STAGE_NAME}", log_retention_days
        )
        self.stage = self._build_stage(deployment, self.access_log, execution_log, logging)
        self._build_method_settings(ThrottleLimits(rate_limit, burst_limit))

    @property
    def invoke_url(self) -> str:
        """The endpoint without a domain of one's own: `https://<id>.execute-api.<region>.amazonaws.com/live`."""
        return self.stage.invoke_url

    def _build_rest_api(self, suffix: str) -> ApiGatewayRestApi:
        return ApiGatewayRestApi(
            self,
            "rest-api",
            provider=self._region.provider,
            name=api_name(self._region.name, suffix),
            description=f"Payments, {self._region.role} region",
            endpoint_configuration=ApiGatewayRestApiEndpointConfiguration(types=["REGIONAL"]),
            # Without a domain it is the endpoint; with one it is how operators reach a region while DNS is in doubt.
            # It is no way around anything: authorization, validation and throttling belong to the API and its stage.
            disable_execute_api_endpoint=False,
        )

    def _build_deployment(self, parts: Sequence[ITerraformDependable]) -> ApiGatewayDeployment:
        return ApiGatewayDeployment(
            self,
            "deployment",
            provider=self._region.provider,
            rest_api_id=self.rest_api.id,
            description="Terraform's, the first; later ones are made by dr release",
            # No change of the API replaces it, since a stage may still use it; an earlier stack's state has triggers.
            # Created before it is destroyed, it would have its routes replaced in that order too, which API Gateway
            # refuses: a resource has each method once.
            lifecycle=TerraformResourceLifecycle(ignore_changes=["triggers"]),
            depends_on=list(parts),
        )

    def _build_log_group(self, id_: str, name: str, retention_days: int) -> CloudwatchLogGroup:
        return CloudwatchLogGroup(
            self, id_, provider=self._region.provider, name=name, retention_in_days=retention_days
        )

    def _build_stage(
        self,
        deployment: ApiGatewayDeployment,
        access_log: CloudwatchLogGroup,
        execution_log: CloudwatchLogGroup,
        logging: ApiGatewayLogging | None,
    ) -> ApiGatewayStage:
        # Logging is refused until the account has a role for it (FACTS 3.8).
        account = [logging.account] if logging else []
        return ApiGatewayStage(
            self,
            "stage",
            provider=self._region.provider,
            rest_api_id=self.rest_api.id,
            deployment_id=deployment.id,
            stage_name=STAGE_NAME,
            access_log_settings=ApiGatewayStageAccessLogSettings(
                destination_arn=access_log.arn, format=ACCESS_LOG_FORMAT
            ),
            # Moved by `dr release`, one region at a time.
            lifecycle=TerraformResourceLifecycle(ignore_changes=["deployment_id"]),
            depends_on=[execution_log, *account],
        )

    def _build_method_settings(self, payments: ThrottleLimits) -> None:
        previous = self._build_settings("settings", "*/*", payments)
        for route in ROUTES:
            if route.probe:
                # One after the other: API Gateway refuses concurrent changes of one stage.
                previous = self._build_settings(
                    f"{route.id}-settings",
                    f"{route.path.lstrip('/')}/{route.method}",
                    route.probe,
                    after=[previous],
                )

    def _build_settings(
        self,
        id_: str,
        method_path: str,
        limits: ThrottleLimits,
        after: Sequence[ApiGatewayMethodSettings] = (),
    ) -> ApiGatewayMethodSettings:
        return ApiGatewayMethodSettings(
            self,
            id_,
            provider=self._region.provider,
            rest_api_id=self.rest_api.id,
            stage_name=self.stage.stage_name,
            method_path=method_path,
            settings=ApiGatewayMethodSettingsSettings(
                # At INFO it would cost more than all other logs together; the access log has the requests.
                logging_level="ERROR",
                data_trace_enabled=False,  # it would log whole bodies
                # Metrics of single methods are off: they are charged like custom ones, and alarms watch the stage's.
                throttling_rate_limit=limits.rate,
                throttling_burst_limit=limits.burst,
            ),
            depends_on=list(after) or None,
        )
