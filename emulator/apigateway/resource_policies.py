# ruff: noqa: SLF001 — MiniStack offers no public seams
"""Callers of other accounts at a REST API: MiniStack finds an API in the caller's account alone.

Across accounts the API's resource policy and the caller's own must both allow.
https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-authorization-flow.html
"""

from collections.abc import Callable

from ministack.core import arn
from ministack.services import apigateway_v1

from emulator.patching import wrap


def install() -> None:
    """Let an API be found by its id, which is unique, and be named with its owner's account."""
    wrap(apigateway_v1, "find_api_scope", _in_any_account)
    wrap(arn, "execute_api_arn", _of_its_owner)


def _in_any_account(original: Callable[[str], tuple[str, str] | None]) -> Callable[[str], tuple[str, str] | None]:
    def find(api: str) -> tuple[str, str] | None:
        others = ((account, region) for (account, region, id_), _ in apigateway_v1._rest_apis.all_items() if id_ == api)
        return original(api) or next(others, None)

    return find


def _of_its_owner(original: Callable[..., str]) -> Callable[..., str]:
    def build(region: str, account: str, api: str, *rest: str) -> str:
        scope = apigateway_v1.find_api_scope(api)
        return original(region, scope[0] if scope else account, api, *rest)

    return build
