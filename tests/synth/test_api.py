"""The REST API of each region: routes, who may call them, what they lead to, how they are limited and logged."""

import json

import pytest

from contract.environment import Function
from contract.roles import Role
from tests.synth.conftest import Synthesize
from tests.synth.reading import Resource, Synthesized

PAYMENT_ROUTES = {"POST /payment", "GET /payment/{transactionId}"}
PROBE_ROUTES = {"GET /health", "GET /writer"}


def path(environment: Synthesized, resource_id: str) -> str:
    """Return the path of an API resource, put together from its parents."""
    owner = environment.referred(resource_id)
    if owner.kind == "aws_api_gateway_method":
        return path(environment, owner["resource_id"])
    if owner.kind == "aws_api_gateway_rest_api":
        return ""
    return f"{path(environment, owner['parent_id'])}/{owner['path_part']}"


def routes(environment: Synthesized, role: Role) -> dict[str, Resource]:
    """Return the methods of a region's API by `METHOD /path`."""
    methods = environment.all("aws_api_gateway_method", role)
    return {f"{each['http_method']} {path(environment, each['resource_id'])}": each for each in methods}


class TestRoutes:
    """What can be called."""

    def test_they_are_the_payment_api(self, shipped: Synthesized, role: Role) -> None:
        assert set(routes(shipped, role)) == PAYMENT_ROUTES | PROBE_ROUTES

    @pytest.mark.parametrize("route", sorted(PAYMENT_ROUTES))
    def test_payments_need_a_signature(self, shipped: Synthesized, role: Role, route: str) -> None:
        assert routes(shipped, role)[route]["authorization"] == "AWS_IAM"

    @pytest.mark.parametrize("route", sorted(PROBE_ROUTES))
    def test_probes_need_none(self, shipped: Synthesized, role: Role, route: str) -> None:
        """Route 53 signs nothing (FACTS 3.5)."""
        assert routes(shipped, role)[route]["authorization"] == "NONE"

    def test_each_leads_to_a_function_of_its_region(self, shipped: Synthesized, role: Role) -> None:
        """`/writer` to the probes, all else to the payment function: only that one can show that it takes payments."""
        for route, method in routes(shipped, role).items():
            function = Function.PROBES if route == "GET /writer" else Function.PAYMENT_API
            uri = shipped.alias(function, role).attribute("invoke_arn")
            integration = shipped.the("aws_api_gateway_integration", role, http_method=method.attribute("http_method"))
            assert integration.has({"type": "AWS_PROXY", "integration_http_method": "POST", "uri": uri})

    def test_the_gateway_waits_longer_than_the_function_works(self, shipped: Synthesized, role: Role) -> None:
        timeout = shipped.function(Function.PAYMENT_API, role)["timeout"]
        waits = {each["timeout_milliseconds"] for each in shipped.all("aws_api_gateway_integration", role)}
        assert min(waits) > timeout * 1000

    @pytest.mark.parametrize("function", [Function.PAYMENT_API, Function.PROBES])
    def test_the_function_lets_in_the_stage_alone(self, shipped: Synthesized, role: Role, function: Function) -> None:
        """All of it: an apply that removes a route leaves it with the deployment that the stage still serves."""
        api = shipped.the("aws_api_gateway_rest_api", role)
        name = shipped.alias(function, role).attribute("function_name")
        let_in = shipped.the("aws_lambda_permission", role, principal="apigateway.amazonaws.com", function_name=name)
        assert let_in["source_arn"] == f"{api.attribute('execution_arn')}/live/*"


class TestValidation:
    """What the gateway itself refuses."""

    def test_a_payments_body_is_validated(self, shipped: Synthesized, role: Role) -> None:
        validator = shipped.referred(routes(shipped, role)["POST /payment"]["request_validator_id"])
        assert validator["validate_request_body"] is True

    def test_whatever_content_type_it_claims(self, shipped: Synthesized, role: Role) -> None:
        """Validation is skipped when no content type matches (FACTS 3.10)."""
        assert set(routes(shipped, role)["POST /payment"]["request_models"]) == {"application/json", "$default"}

    def test_against_the_payments_fields(self, shipped: Synthesized, role: Role) -> None:
        model = shipped.referred(routes(shipped, role)["POST /payment"]["request_models"]["$default"])
        schema = json.loads(model["schema"])
        assert schema["required"] == ["transactionId", "amount", "currency"]
        assert set(schema["properties"]) == {"transactionId", "amount", "currency", "metadata"}

    def test_refusals_are_json_and_throttled_clients_learn_when_to_return(
        self, shipped: Synthesized, role: Role
    ) -> None:
        answers = {each["response_type"]: each for each in shipped.all("aws_api_gateway_gateway_response", role)}
        assert all(json.loads(each["response_templates"]["application/json"]) for each in answers.values())
        assert answers["THROTTLED"]["response_parameters"] == {"gatewayresponse.header.Retry-After": "'1'"}


class TestStage:
    """What is deployed, and how."""

    def test_it_is_a_resource_of_its_own(self, shipped: Synthesized, role: Role) -> None:
        """`stage_name` on a deployment is gone in provider 6 (FACTS 3.9)."""
        deployment = shipped.the("aws_api_gateway_deployment", role)
        assert shipped.the("aws_api_gateway_stage", role)["deployment_id"] == deployment.attribute("id")
        assert "stage_name" not in deployment.body

    def test_it_writes_an_access_log_in_json(self, shipped: Synthesized, role: Role) -> None:
        settings = shipped.the("aws_api_gateway_stage", role)["access_log_settings"]
        group = shipped.referred(settings["destination_arn"])
        assert group["name"] == f"/aws/apigateway/{shipped.name('payments', role)}"
        assert {"requestId", "status", "caller"} <= set(json.loads(settings["format"]))

    def test_its_execution_log_is_declared_before_it(self, shipped: Synthesized, role: Role) -> None:
        api = shipped.the("aws_api_gateway_rest_api", role)
        name = f"API-Gateway-Execution-Logs_{api.attribute('id')}/live"
        group = shipped.the("aws_cloudwatch_log_group", role, name=name)
        assert group.address in shipped.the("aws_api_gateway_stage", role)["depends_on"]

    @pytest.mark.parametrize("method_path", ["*/*", "health/GET", "writer/GET"])
    def test_every_method_logs_what_fails_in_it(self, shipped: Synthesized, role: Role, method_path: str) -> None:
        settings = shipped.the("aws_api_gateway_method_settings", role, method_path=method_path)["settings"]
        assert settings["logging_level"] == "ERROR"

    def test_no_log_holds_a_body(self, shipped: Synthesized) -> None:
        traced = {each["settings"]["data_trace_enabled"] for each in shipped.all("aws_api_gateway_method_settings")}
        assert traced == {False}

    def test_requests_are_throttled_at_the_settings(self, shipped: Synthesized, role: Role) -> None:
        settings = shipped.the("aws_api_gateway_method_settings", role, method_path="*/*")["settings"]
        limits = (settings["throttling_rate_limit"], settings["throttling_burst_limit"])
        assert limits == (shipped.settings.api_rate_limit, shipped.settings.api_burst_limit)

    def test_what_dns_follows_has_a_wide_limit_of_its_own(self, adjusted: Synthesized, role: Role) -> None:
        """One refused with 429 would be a vote for a failover (FACTS 2.2)."""
        settings = adjusted.the("aws_api_gateway_method_settings", role, method_path="writer/GET")["settings"]
        assert (settings["throttling_rate_limit"], settings["throttling_burst_limit"]) == (500, 1000)

    def test_what_asks_the_payment_function_has_a_narrow_one(self, adjusted: Synthesized, role: Role) -> None:
        """Strangers ask it, and payers need its executions; a 429 moves nothing."""
        settings = adjusted.the("aws_api_gateway_method_settings", role, method_path="health/GET")["settings"]
        assert (settings["throttling_rate_limit"], settings["throttling_burst_limit"]) == (20, 20)

    def test_probes_have_executions_for_all_that_the_gateway_lets_through(
        self, shipped: Synthesized, role: Role
    ) -> None:
        """At 40 ms each, some eight times what one takes."""
        reserved = shipped.function(Function.PROBES, role)["reserved_concurrent_executions"]
        limits = shipped.the("aws_api_gateway_method_settings", role, method_path="writer/GET")["settings"]
        assert reserved >= limits["throttling_rate_limit"] * 0.04

    def test_the_api_is_regional(self, shipped: Synthesized, role: Role) -> None:
        api = shipped.the("aws_api_gateway_rest_api", role)
        assert api["endpoint_configuration"] == {"types": ["REGIONAL"]}

    def test_the_default_endpoint_answers_while_dns_is_in_doubt(self, shipped: Synthesized, role: Role) -> None:
        assert shipped.the("aws_api_gateway_rest_api", role)["disable_execute_api_endpoint"] is False


class TestLoggingRole:
    """API Gateway's right to write logs: one setting an account and region (FACTS 3.8)."""

    def test_it_is_made_if_the_setting_says_so(self, shipped: Synthesized, role: Role) -> None:
        managed = shipped.settings.manage_api_gateway_logging_role
        assert len(shipped.all("aws_api_gateway_account", role)) == int(managed)

    def test_the_stage_waits_for_it(self, dev: Synthesized, role: Role) -> None:
        account = dev.the("aws_api_gateway_account", role)
        assert account.address in dev.the("aws_api_gateway_stage", role)["depends_on"]

    def test_prod_leaves_it_to_the_account(self, prod: Synthesized) -> None:
        assert not [each for each in prod.all("aws_iam_role") if each["name"].startswith("api-gateway-logging")]


def test_a_sandbox_needs_no_signatures(synthesize: Synthesize) -> None:
    sandbox = synthesize("dev", DR_AUTHORIZATION="NONE")
    assert {each["authorization"] for each in sandbox.all("aws_api_gateway_method")} == {"NONE"}
