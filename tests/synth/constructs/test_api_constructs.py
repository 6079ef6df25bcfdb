"""The synthesized API of one region."""

import pytest

from tests.synth.constructs.api_stacks import Synthesized, synthesize_api

GATEWAY_PARTS = (
    "aws_api_gateway_model",
    "aws_api_gateway_request_validator",
    "aws_api_gateway_resource",
    "aws_api_gateway_method",
    "aws_api_gateway_integration",
    "aws_api_gateway_gateway_response",
)


@pytest.fixture(scope="module")
def api() -> Synthesized:
    return synthesize_api()


@pytest.fixture(scope="module")
def signed() -> Synthesized:
    return synthesize_api(function_url=True)


@pytest.fixture(scope="module")
def sandbox() -> Synthesized:
    return synthesize_api(authorization="NONE", function_url=True)


class TestSignedApi:
    """The API as it is by default."""

    def test_is_regional_and_named_after_region_and_suffix(self, api: Synthesized) -> None:
        (rest_api,) = api.all("aws_api_gateway_rest_api")
        assert rest_api["name"] == "payments-us-east-1-test"
        assert rest_api["endpoint_configuration"] == {"types": ["REGIONAL"]}

    def test_keeps_the_endpoint_that_serves_without_a_domain(self, api: Synthesized) -> None:
        assert api.one("aws_api_gateway_rest_api", "rest-api")["disable_execute_api_endpoint"] is False

    @pytest.mark.parametrize(
        ("route", "authorization"),
        [("create", "AWS_IAM"), ("read", "AWS_IAM"), ("health", "NONE"), ("writer", "NONE")],
    )
    def test_payments_are_signed_and_probes_are_open(self, api: Synthesized, route: str, authorization: str) -> None:
        assert api.one("aws_api_gateway_method", f"{route}-method")["authorization"] == authorization

    def test_a_payment_is_found_below_payment(self, api: Synthesized) -> None:
        resource = api.one("aws_api_gateway_resource", "transactionId")
        assert resource["path_part"] == "{transactionId}"
        assert resource["parent_id"] == api.reference("aws_api_gateway_resource", "routes/payment", "id")

    def test_every_method_is_a_proxy_to_the_function(self, api: Synthesized) -> None:
        integrations = api.all("aws_api_gateway_integration")
        uri = api.reference("aws_lambda_alias", "primary-alias", "invoke_arn")
        assert [(i["type"], i["integration_http_method"], i["uri"]) for i in integrations] == [
            ("AWS_PROXY", "POST", uri)
        ] * 4

    def test_the_function_has_the_longest_time_that_there_is(self, api: Synthesized) -> None:
        assert {i["timeout_milliseconds"] for i in api.all("aws_api_gateway_integration")} == {29_000}

    def test_the_body_is_validated_whatever_its_content_type(self, api: Synthesized) -> None:
        method = api.one("aws_api_gateway_method", "create-method")
        model = api.reference("aws_api_gateway_model", "model", "name")
        assert method["request_models"] == {"application/json": model, "$default": model}
        assert method["request_validator_id"] == api.reference("aws_api_gateway_request_validator", "validator", "id")
        assert api.one("aws_api_gateway_request_validator", "validator")["validate_request_body"] is True

    def test_the_stage_may_invoke_two_functions_and_nothing_else_may(self, api: Synthesized) -> None:
        sources = [p["source_arn"].partition("execution_arn}")[2] for p in api.all("aws_lambda_permission")]
        assert sources == ["/live/*"] * 2

    def test_the_gateways_own_answers_are_replaced(self, api: Synthesized) -> None:
        types = {r["response_type"] for r in api.all("aws_api_gateway_gateway_response")}
        assert types == {"DEFAULT_4XX", "DEFAULT_5XX", "THROTTLED", "BAD_REQUEST_BODY"}

    def test_without_a_status_each_error_keeps_its_own(self, api: Synthesized) -> None:
        assert "status_code" not in api.one("aws_api_gateway_gateway_response", "default-4xx")

    def test_every_resource_names_its_provider(self, api: Synthesized) -> None:
        resources = [r for kind in api.content["resource"].values() for r in kind.values()]
        assert {r.get("provider") for r in resources} == {"aws.primary"}


class TestDeployment:
    """The first one, Terraform's."""

    def test_waits_for_every_part(self, api: Synthesized) -> None:
        waits_for = api.one("aws_api_gateway_deployment", "deployment")["depends_on"]
        assert len(waits_for) == sum(len(api.all(kind)) for kind in GATEWAY_PARTS)

    def test_leaves_the_stage_to_its_own_resource(self, api: Synthesized) -> None:
        assert "stage_name" not in api.one("aws_api_gateway_deployment", "deployment")
        assert api.one("aws_api_gateway_stage", "stage")["stage_name"] == "live"


class TestLogs:
    """Access and execution logs."""

    def test_access_is_logged_under_the_apis_name(self, api: Synthesized) -> None:
        group = api.one("aws_cloudwatch_log_group", "access-log")
        assert (group["name"], group["retention_in_days"]) == ("/aws/apigateway/payments-us-east-1-test", 30)
        destination = api.one("aws_api_gateway_stage", "stage")["access_log_settings"]["destination_arn"]
        assert destination == api.reference("aws_cloudwatch_log_group", "access-log", "arn")

    def test_the_group_that_api_gateway_would_create_is_declared_before_the_stage(self, api: Synthesized) -> None:
        group = api.one("aws_cloudwatch_log_group", "execution-log")
        rest_api_id = api.reference("aws_api_gateway_rest_api", "rest-api", "id")
        assert group["name"] == f"API-Gateway-Execution-Logs_{rest_api_id}/live"
        address = api.address("aws_cloudwatch_log_group", "execution-log")
        assert address in api.one("aws_api_gateway_stage", "stage")["depends_on"]

    def test_bodies_are_never_traced(self, api: Synthesized) -> None:
        settings = [s["settings"] for s in api.all("aws_api_gateway_method_settings")]
        assert [s["data_trace_enabled"] for s in settings] == [False] * 3

    def test_the_stage_waits_for_the_logging_role(self, api: Synthesized) -> None:
        address = api.address("aws_api_gateway_account", "account")
        assert address in api.one("aws_api_gateway_stage", "stage")["depends_on"]

    def test_destroying_it_resets_the_accounts_setting(self, api: Synthesized) -> None:
        assert api.one("aws_api_gateway_account", "account")["reset_on_delete"] is True

    def test_the_logging_role_is_api_gateways_alone(self, api: Synthesized) -> None:
        (document,) = api.content["data"]["aws_iam_policy_document"].values()
        assert document["statement"] == [
            {
                "actions": ["sts:AssumeRole"],
                "condition": [
                    {"test": "StringEqualsIfExists", "values": ["123456789012"], "variable": "aws:SourceAccount"}
                ],
                "principals": [{"identifiers": ["apigateway.amazonaws.com"], "type": "Service"}],
            }
        ]


class TestThrottling:
    """Limits of payments and of probes."""

    def test_payments_have_the_configured_limits(self, api: Synthesized) -> None:
        settings = api.one("aws_api_gateway_method_settings", "api/settings")
        assert settings["method_path"] == "*/*"
        assert settings["settings"]["throttling_rate_limit"] == 1000
        assert settings["settings"]["throttling_burst_limit"] == 2000

    @pytest.mark.parametrize("probe", ["health", "writer"])
    def test_probes_have_limits_of_their_own(self, api: Synthesized, probe: str) -> None:
        assert api.one("aws_api_gateway_method_settings", f"{probe}-settings")["method_path"] == f"{probe}/GET"

    @pytest.mark.parametrize(("probe", "rate", "burst"), [("health", 20, 20), ("writer", 500, 1000)])
    def test_tight_limits_for_payments_do_not_starve_health_checks(self, probe: str, rate: int, burst: int) -> None:
        api = synthesize_api(rate_limit=1, burst_limit=1)
        settings = api.one("aws_api_gateway_method_settings", f"{probe}-settings")["settings"]
        assert (settings["throttling_rate_limit"], settings["throttling_burst_limit"]) == (rate, burst)

    def test_the_stage_is_changed_by_one_setting_at_a_time(self, api: Synthesized) -> None:
        chain = [len(s.get("depends_on", [])) for s in api.all("aws_api_gateway_method_settings")]
        assert sorted(chain) == [0, 1, 1]


class TestVariants:
    """What other inputs change."""

    def test_an_unmanaged_logging_role_is_left_alone(self) -> None:
        api = synthesize_api(managed_logging=False)
        assert api.all("aws_api_gateway_account") == []
        assert len(api.one("aws_api_gateway_stage", "stage")["depends_on"]) == 1


class TestSignedFunctionUrl:
    """A function URL with AWS_IAM."""

    def test_asks_for_signatures(self, signed: Synthesized) -> None:
        assert signed.one("aws_lambda_function_url", "url")["authorization_type"] == "AWS_IAM"

    def test_is_for_the_own_account(self, signed: Synthesized) -> None:
        permission = signed.one("aws_lambda_permission", "url_permission")
        arn = signed.reference("aws_lambda_alias", "primary-alias", "arn")[2:-1]
        assert permission["principal"] == f'arn:aws:iam::${{element(split(":", {arn}), 4)}}:root'
        assert permission["function_url_auth_type"] == "AWS_IAM"

    def test_grants_nothing_but_the_url(self, signed: Synthesized) -> None:
        granted = {p["action"] for p in signed.all("aws_lambda_permission") if "function-url" in p["statement_id"]}
        assert granted == {"lambda:InvokeFunctionUrl"}


class TestOpenSandbox:
    """Authorization NONE."""

    def test_opens_the_payment_routes(self, sandbox: Synthesized) -> None:
        assert {m["authorization"] for m in sandbox.all("aws_api_gateway_method")} == {"NONE"}

    def test_opens_the_url_with_both_actions_that_it_needs(self, sandbox: Synthesized) -> None:
        public = {p["action"] for p in sandbox.all("aws_lambda_permission") if p["principal"] == "*"}
        assert public == {"lambda:InvokeFunctionUrl", "lambda:InvokeFunction"}
