"""The line of a stage's access log."""

import json

from dr_constructs.api.api_definition import ACCESS_LOG_FORMAT
from emulator.apigateway.access_logs import access_line


def test_variables_are_filled_in_and_those_without_a_value_are_a_dash() -> None:
    form = '{"id": "$context.requestId", "of": "$context.requestIdentity", "status": "$context.integration.status"}'
    line = json.loads(access_line(form, {"requestId": "r-1", "integration.status": "200"}))
    assert line == {"id": "r-1", "of": "-", "status": "200"}


def test_text_between_variables_stays() -> None:
    assert access_line("$context.a.b, $context.a. $other", {"a.b": "1", "a": "2"}) == "1, 2. $other"


def test_the_shipped_format_is_json() -> None:
    assert set(json.loads(access_line(ACCESS_LOG_FORMAT, {})).values()) == {"-"}
