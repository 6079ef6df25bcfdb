"""What IAM judges a request to Lambda by: the action, and the ARN with the qualifier that the request names.

Aliases and lists of versions belong to the function: only its own ARN is asked for. What takes a qualifier is judged
by the ARN as it is asked for. https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
"""

import re
from collections.abc import Mapping
from typing import Any, Final

_PATH: Final = re.compile(r"/functions/(?P<name>[^/]+)(?:/(?P<kind>[^/]+)(?:/(?P<item>.+))?)?$")

_ACTIONS: Final = {
    ("aliases", "GET", True): "GetAlias",
    ("aliases", "PUT", True): "UpdateAlias",
    ("aliases", "DELETE", True): "DeleteAlias",
    ("concurrency", "GET", False): "GetFunctionConcurrency",
    ("concurrency", "DELETE", False): "DeleteFunctionConcurrency",
    ("event-invoke-config", "GET", False): "GetFunctionEventInvokeConfig",
    ("event-invoke-config", "PUT", False): "PutFunctionEventInvokeConfig",
    ("event-invoke-config", "POST", False): "UpdateFunctionEventInvokeConfig",
    ("event-invoke-config", "DELETE", False): "DeleteFunctionEventInvokeConfig",
    ("event-invoke-config", "GET", True): "ListFunctionEventInvokeConfigs",
    ("url", "PUT", False): "UpdateFunctionUrlConfig",
    ("url", "DELETE", False): "DeleteFunctionUrlConfig",
    ("urls", "GET", False): "ListFunctionUrlConfigs",
}
"""By the part of a function, the method, and whether the path goes on; where MiniStack takes them for others."""

_COLONS: Final = 6
"""Of a function's ARN without a qualifier."""

_OF_THE_FUNCTION: Final = frozenset({"aliases", "versions", "code", "concurrency"})


def action_of(method: str, path: str) -> str | None:
    """Return the action of a request; None where MiniStack knows it."""
    if path.rstrip("/").endswith("/account-settings"):
        return "GetAccountSettings"
    found = _PATH.search(path.rstrip("/"))
    return _ACTIONS.get((found["kind"] or "", method, bool(found["item"]))) if found else None


def resource_of(arn: str, path: str, parameters: Mapping[str, Any]) -> str:
    """Return the ARN that a request is about, by the ARN that its path names."""
    found = _PATH.search(path.rstrip("/"))
    if found is None or ":function:" not in arn:
        return arn
    if found["kind"] in _OF_THE_FUNCTION:
        return ":".join(arn.split(":")[:7])
    given = parameters.get("Qualifier") or ""
    qualifier = given[0] if isinstance(given, list) else given
    return f"{arn}:{qualifier}" if qualifier and arn.count(":") == _COLONS else arn
