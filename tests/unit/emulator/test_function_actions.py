"""What IAM judges a request to Lambda by."""

import pytest

from emulator.functions.function_actions import action_of, resource_of

ARN = "arn:aws:lambda:us-east-2:000000000000:function:one"
ONE = "/2015-03-31/functions/one"


@pytest.mark.parametrize(
    ("method", "path", "action"),
    [
        ("GET", f"{ONE}/aliases/live", "GetAlias"),
        ("PUT", f"{ONE}/aliases/live", "UpdateAlias"),
        ("DELETE", f"{ONE}/aliases/live", "DeleteAlias"),
        ("POST", f"{ONE}/aliases", None),
        ("GET", "/2019-09-30/functions/one/concurrency", "GetFunctionConcurrency"),
        ("DELETE", "/2017-10-31/functions/one/concurrency", "DeleteFunctionConcurrency"),
        ("PUT", "/2017-10-31/functions/one/concurrency", None),
        ("PUT", "/2019-09-25/functions/one/event-invoke-config", "PutFunctionEventInvokeConfig"),
        ("GET", "/2019-09-25/functions/one/event-invoke-config/list", "ListFunctionEventInvokeConfigs"),
        ("PUT", "/2021-10-31/functions/one/url", "UpdateFunctionUrlConfig"),
        ("GET", "/2016-08-19/account-settings/", "GetAccountSettings"),
        ("GET", f"{ONE}/configuration", None),
        ("DELETE", ONE, None),
    ],
)
def test_action(method: str, path: str, action: str | None) -> None:
    assert action_of(method, path) == action


@pytest.mark.parametrize(
    ("path", "parameters", "resource"),
    [
        (f"{ONE}/invocations", {}, ARN),
        (f"{ONE}/invocations", {"Qualifier": ["live"]}, f"{ARN}:live"),
        (f"{ONE}/configuration", {"Qualifier": "5"}, f"{ARN}:5"),
        (ONE, {"Qualifier": ["5"]}, f"{ARN}:5"),
        (f"{ONE}/policy/id", {"Qualifier": ["live"]}, f"{ARN}:live"),
        (f"{ONE}/aliases/live", {"Qualifier": ["live"]}, ARN),
        (f"{ONE}/versions", {}, ARN),
    ],
)
def test_resource(path: str, parameters: dict[str, list[str] | str], resource: str) -> None:
    assert resource_of(ARN, path, parameters) == resource


def test_qualifier_in_the_path_counts_as_well() -> None:
    assert resource_of(f"{ARN}:live", "/2015-03-31/functions/one:live/invocations", {}) == f"{ARN}:live"
    assert resource_of(f"{ARN}:live", "/2015-03-31/functions/one:live/aliases/live", {}) == ARN
