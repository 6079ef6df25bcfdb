# ruff: noqa: SLF001 — MiniStack offers no public seams
"""The data plane of one region: which requests a region answers, for which names, and signed for which regions.

Translation only: the sockets are elsewhere, and `serving` says which region's listener a request came to.
"""

import json
import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar

from ministack import app
from ministack.core import router, sigv4
from ministack.services import apigateway, apigateway_v1, lambda_svc

from emulator.patching import Answer, Theirs, wrap
from emulator.regions import region_of_host

serving: ContextVar[str | None] = ContextVar("emulator_serving", default=None)
"""The region whose data plane listener took the request; None on the AWS API's port."""

# MiniStack knows default endpoints under its own host name alone, not under AWS's.
_EXECUTE_API_HOST = re.compile(r"^([a-z0-9]+)\.execute-api\.(?:[a-z0-9-]+\.amazonaws\.com|localhost)$")


def install() -> None:
    """Make MiniStack tell regions apart where its data plane does not."""
    wrap(router, "extract_region", _region_of_request)
    wrap(app, "extract_region", _region_of_request)
    wrap(app, "_parse_execute_api_url", _execute_api_by_host)
    wrap(app, "_enforce_execute_api", _enforced_for_region)
    wrap(app, "_handle_special_data_plane_request", _only_data_plane)
    # MiniStack's own paths (/health among them) and other services' are no part of a region's data plane.
    wrap(app, "_handle_pre_body_request", _nothing_on_data_plane)
    wrap(app, "_handle_post_body_shortcuts", _nothing_on_data_plane)
    wrap(app, "detect_service", _detected_service)
    wrap(apigateway_v1, "find_domain_scope", _domain_of_region)


def refusal(message: str, error_type: str) -> Answer:
    """Return the 403 with which API Gateway refuses what never reaches an API."""
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": error_type}
    return 403, headers, json.dumps({"message": message}).encode()


def signature_refusal(headers: Mapping[str, str], query: Mapping[str, Theirs], region: str) -> Answer | None:
    """Refuse a signature that is not valid in a region: SigV4 binds to one, SigV4a to its region set (FACTS 3.7)."""
    if headers.get("authorization", "").startswith(sigv4.SIGV4A):
        if sigv4.region_set_covers(headers.get("x-amz-region-set", ""), region):
            return None
    else:
        signed = router.extract_signed_region(headers, query)
        if signed is None or signed == region:
            return None
    return refusal(f"Credential should be scoped to a valid region, not for '{region}'.", "InvalidSignatureException")


def _region_of_request(original: Callable[..., str]) -> Callable[..., str]:
    def region(headers: Mapping[str, str], query: Mapping[str, Theirs] | None = None) -> str:
        served = serving.get()
        if served is not None:
            return served
        named = region_of_host(headers.get("host", ""))
        return named if named and not router.extract_signed_region(headers, query) else original(headers, query)

    return region


def _execute_api_by_host(original: Callable[..., Theirs]) -> Callable[..., Theirs]:
    def parse(host: str, path: str) -> tuple[str, str, str] | None:
        match = _EXECUTE_API_HOST.match(host.partition(":")[0].lower())
        if match:
            stage, _, rest = path.lstrip("/").partition("/")
            return match[1], stage or "$default", f"/{rest}"
        # MiniStack's addressing by path would let any host reach any API.
        return None if serving.get() else original(host, path)

    return parse


def _enforced_for_region(original: Callable[..., Theirs]) -> Callable[..., Theirs]:
    def enforce(
        api_id: str,
        stage: str,
        method: str,
        path: str,
        headers: dict[str, str],
        query: dict[str, Theirs],
        **more: Theirs,
    ) -> Answer | None:
        region = serving.get()
        # A method without authorization ignores signatures, valid or not.
        if region and app._execute_api_authorization_type(api_id, stage, method, path) == "AWS_IAM":
            refused = signature_refusal(headers, query, region)
            if refused:
                return refused
        answer: Answer | None = original(api_id, stage, method, path, headers, query, **more)
        return answer

    return enforce


def _only_data_plane(original: Callable[..., Theirs]) -> Callable[..., Theirs]:
    async def answer(
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query: dict[str, Theirs],
        request_id: str,
        **more: Theirs,
    ) -> Theirs:
        region = serving.get()
        if region is None:
            return await original(method, path, headers, body, query, request_id, **more)
        host = headers.get("host", "").partition(":")[0].lower()
        if app._LAMBDA_URL_RE.match(host):
            refused = _function_url_refusal(region, host, headers, query)
            return refused or await app._handle_lambda_url_request(host, path, method, headers, body, query)
        if not _answers(region, host, path):
            return refusal("Forbidden", "ForbiddenException")
        raw = {name: more.get(name) for name in ("raw_path", "raw_query_string")}
        response = await app._handle_execute_api_request(host, path, method, headers, body, query, **raw)
        return app._with_data_plane_headers(response, request_id, wildcard_cors=False)

    return answer


def _function_url_refusal(
    region: str, host: str, headers: Mapping[str, str], query: Mapping[str, Theirs]
) -> Answer | None:
    target = lambda_svc.resolve_function_url(host.partition(".")[0])
    if target is None or target[1] != region or region_of_host(host) != region:
        return refusal("Forbidden", "ForbiddenException")
    return signature_refusal(headers, query, region) if target[4].get("AuthType") == "AWS_IAM" else None


def _answers(region: str, host: str, path: str) -> bool:
    """Whether a region has the API or the custom domain that a host names."""
    execute_api = _EXECUTE_API_HOST.match(host)
    if execute_api:
        return region_of_host(host) == region and _serves_api(region, execute_api[1])
    return apigateway_v1.resolve_base_path_mapping(host, path) is not None


def api_of(region: str, host: str, path: str) -> tuple[str, str] | None:
    """Return the API and the stage that a request to a region's data plane is for, None when it is for none."""
    host = host.partition(":")[0].lower()
    if not _answers(region, host, path):
        return None
    found = app._parse_execute_api_url(host, path) or apigateway_v1.resolve_base_path_mapping(host, path)
    return found[:2] if found else None


def _serves_api(region: str, api_id: str) -> bool:
    scope = apigateway_v1.find_api_scope(api_id)
    if scope is None:
        scope = apigateway.find_api_scope(api_id)
        return scope is not None and scope[1] == region
    api = apigateway_v1._rest_apis.get_scoped(*scope, api_id)
    return scope[1] == region and api.get("disableExecuteApiEndpoint") not in (True, "true")  # FACTS 3.4


def _nothing_on_data_plane(original: Callable[..., Theirs]) -> Callable[..., Theirs]:
    async def answer(*args: Theirs, **more: Theirs) -> Theirs:
        return None if serving.get() else await original(*args, **more)

    return answer


def _detected_service(original: Callable[..., str]) -> Callable[..., str]:
    def service(*args: Theirs) -> str:
        return "apigateway" if serving.get() else original(*args)

    return service


def _domain_of_region(original: Callable[..., Theirs]) -> Callable[..., Theirs]:
    def find(name: str) -> tuple[str, str, str] | None:
        """The same custom domain may exist in several regions: each region answers with its own (FACTS 3.2)."""
        region = serving.get()
        if region is None:
            found: tuple[str, str, str] | None = original(name)
            return found
        for account, owner, stored in apigateway_v1._domain_names.to_dict():
            if owner == region and stored.lower() == name.lower():
                return account, owner, stored
        return None

    return find
