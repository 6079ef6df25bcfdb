"""The API as plain values: what the gateway refuses, how it says so, and what it logs."""

import json

from dr_constructs.api.api_definition import ACCESS_LOG_FORMAT, PAYMENT_SCHEMA, REFUSALS, ROUTES
from handlers.payments.http import violations_document
from handlers.payments.validation import FieldViolation


def test_every_route_of_the_api_is_served() -> None:
    assert {(route.method, route.path) for route in ROUTES} == {
        ("POST", "/payment"),
        ("GET", "/payment/{transactionId}"),
        ("GET", "/health"),
        ("GET", "/writer"),
    }


def test_only_health_and_writer_are_probes() -> None:
    assert {route.path for route in ROUTES if route.probe} == {"/health", "/writer"}


class TestPaymentSchema:
    """What the gateway checks of a payment's body."""

    def test_requires_what_a_payment_needs(self) -> None:
        assert PAYMENT_SCHEMA["required"] == ["transactionId", "amount", "currency"]

    def test_refuses_unknown_fields(self) -> None:
        assert PAYMENT_SCHEMA["additionalProperties"] is False

    def test_leaves_every_rule_whose_message_would_not_name_the_field_to_the_function(self) -> None:
        properties = PAYMENT_SCHEMA["properties"]
        assert isinstance(properties, dict)
        assert all(set(rules) == {"description"} for rules in properties.values())

    def test_its_descriptions_cannot_end_a_comment_in_a_generated_client(self) -> None:
        assert "*/" not in json.dumps(PAYMENT_SCHEMA)


class TestRefusals:
    """The gateway's own answers."""

    def test_every_answer_is_json_once_its_variables_are_filled_in(self) -> None:
        for refusal in REFUSALS:
            assert json.loads(refusal.template)["correlationId"] == "$context.requestId"

    def test_none_repeats_the_text_of_aws(self) -> None:
        assert not [r.type for r in REFUSALS if "error.message" in r.template]

    def test_a_refused_body_is_answered_in_the_functions_words(self) -> None:
        (body,) = (r for r in REFUSALS if r.type == "BAD_REQUEST_BODY")
        said = {key: value for key, value in json.loads(body.template).items() if key != "correlationId"}
        assert said == violations_document([FieldViolation("body", "schema", "$context.error.validationErrorString")])

    def test_who_is_to_come_back_learns_when(self) -> None:
        patient = {r.type for r in REFUSALS if "gatewayresponse.header.Retry-After" in (r.headers or {})}
        assert patient == {"THROTTLED", "DEFAULT_5XX"}


class TestAccessLog:
    """One line a request."""

    def test_is_one_line_of_json(self) -> None:
        assert isinstance(json.loads(ACCESS_LOG_FORMAT), dict)
        assert "\n" not in ACCESS_LOG_FORMAT

    def test_says_who_asked_for_what_and_what_came_of_it(self) -> None:
        assert {"extendedRequestId", "caller", "sourceIp", "resourcePath", "status"} <= set(
            json.loads(ACCESS_LOG_FORMAT)
        )

    def test_holds_nothing_that_a_body_could_leak_into(self) -> None:
        assert "validationErrorString" not in ACCESS_LOG_FORMAT
