# ruff: noqa: SLF001 — MiniStack offers no public seams
"""How versions of a function are published, listed and deleted, where MiniStack does otherwise than AWS.

https://docs.aws.amazon.com/lambda/latest/dg/configuration-versions.html
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from ministack.core.responses import new_uuid
from ministack.services import lambda_svc

from emulator.functions.alias_rules import invalid
from emulator.functions.aliases import Record
from emulator.patching import Answer, Theirs, wrap

_MOST_VERSIONS_A_PAGE: Final = 50

_NOT_PART_OF_A_VERSION: Final = frozenset(
    {
        *("Version", "FunctionArn", "RevisionId", "LastModified", "State", "StateReason", "StateReasonCode"),
        *("LastUpdateStatus", "LastUpdateStatusReason", "LastUpdateStatusReasonCode", "Description"),
    }
)


def install() -> None:
    """Publish what AWS publishes, and keep what it keeps."""
    wrap(lambda_svc, "_publish_version", published)
    wrap(lambda_svc, "_create_function", with_code)
    wrap(lambda_svc, "_update_code", with_code)
    wrap(lambda_svc, "_list_versions", in_pages_of_versions)
    wrap(lambda_svc, "_delete_function", keeping_latest)


def published(original: Callable[..., Answer]) -> Callable[..., Answer]:
    """Publish nothing new while code and configuration are those of the latest version."""

    def publish(name: str, data: Mapping[str, Any]) -> Answer:
        function = lambda_svc._functions.get(name)
        latest = max((function or {}).get("versions") or (), key=int, default=None)
        if function is not None and latest is not None:
            version = function["versions"][latest]
            if _content(version["config"]) == _content(function["config"]):
                version["function_revision"] = function["config"].get("RevisionId")
        answer = original(name, data)
        _complete(function)
        return answer

    return publish


def with_code(original: Callable[..., Answer]) -> Callable[..., Answer]:
    """A version that is published together with new code is like one that is published afterwards."""

    def change(*request: Theirs) -> Answer:
        answer = original(*request)
        name = request[0] if isinstance(request[0], str) else request[0].get("FunctionName", "")
        if request[-1].get("Publish"):
            _complete(lambda_svc._functions.get(lambda_svc._resolve_name(name)))
        return answer

    return change


def _complete(function: Record | None) -> None:
    """Give the latest version what makes it one: an ARN and a revision of its own, and readiness."""
    if not function or not function.get("versions"):
        return
    number = max(function["versions"], key=int)
    version, base = function["versions"][number], function["config"]
    configuration = version["config"]
    arn = f"{base['FunctionArn']}:{number}"
    if configuration["FunctionArn"] != arn:
        configuration.update(FunctionArn=arn, RevisionId=new_uuid())
        version["function_revision"] = base.get("RevisionId")


def _content(configuration: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in configuration.items() if name not in _NOT_PART_OF_A_VERSION}


def in_pages_of_versions(original: Callable[..., Answer]) -> Callable[..., Answer]:
    """A page has 50 versions at most, whatever is asked for."""

    def list_versions(name: str, query: Mapping[str, Theirs]) -> Answer:
        asked = int(lambda_svc._qp_first(query, "MaxItems", str(_MOST_VERSIONS_A_PAGE)))
        return original(name, {**query, "MaxItems": str(min(asked, _MOST_VERSIONS_A_PAGE))})

    return list_versions


def keeping_latest(original: Callable[..., Answer]) -> Callable[..., Answer]:
    """`$LATEST` goes with its function alone, where MiniStack takes its deletion for that of the function."""

    def delete(name: str, query: Mapping[str, Theirs], path_qualifier: str | None = None) -> Answer:
        if lambda_svc._qualifier_from_path_or_query(path_qualifier, query) == "$LATEST":
            return invalid("$LATEST version cannot be deleted without deleting the function.")
        return original(name, query, path_qualifier)

    return delete
