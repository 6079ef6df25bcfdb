# ruff: noqa: SLF001 — MiniStack offers no public seams
"""A stage's access log: one line for each request that reached the stage; MiniStack writes none.

Requests that the gateway refuses before it looks at the stage's API, as for a wrong signature, are not in it: AWS logs
them too.
"""

import re
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Final

from ministack.core.responses import get_region
from ministack.services import apigateway_v1, cloudwatch_logs

from emulator.faults import ActiveFaults
from emulator.logs.function_logs import append_events
from emulator.patching import Answer, Theirs, wrap

_VARIABLE: Final = re.compile(r"\$context\.([A-Za-z]+(?:\.[A-Za-z]+)*)")
_STREAM: Final = "access"
"""AWS spreads a log over streams with hashes for names."""

_ABSENT: Final = "-"
"""What AWS writes for a variable without a value."""


@dataclass(slots=True)
class _Request:
    """What becomes known of one request while it is served."""

    context: Mapping[str, Theirs] | None = None
    """The request context of the event that the function got."""
    request_id: str = ""
    error_type: str = ""
    integration_status: str = ""
    integration_milliseconds: int | None = None


_request: ContextVar[_Request | None] = ContextVar("emulator_logged_request", default=None)


def install(*, faults: ActiveFaults) -> None:
    """Write a line for each request, where CloudWatch Logs is reached."""

    def logging(original: Callable[..., Theirs]) -> Callable[..., Theirs]:
        async def handle(
            api: str, stage: str, method: str, path: str, headers: Mapping[str, Theirs], *rest: Theirs
        ) -> Answer:
            request = _Request()
            token, began = _request.set(request), time.perf_counter()
            try:
                answer: Answer = await original(api, stage, method, path, headers, *rest)
            finally:
                _request.reset(token)
            settings = apigateway_v1._stages_v1.get(api, {}).get(stage, {}).get("accessLogSettings") or {}
            group = str(settings.get("destinationArn", "")).partition(":log-group:")[2].removesuffix(":*")
            if group in cloudwatch_logs._log_groups and faults.reachable(get_region(), "logs"):
                known = _variables(request, method, headers, answer, time.perf_counter() - began)
                append_events(group, _STREAM, [access_line(settings.get("format", ""), known)])
            return answer

        return handle

    wrap(apigateway_v1, "_handle_execute_in_scope", logging)
    wrap(apigateway_v1, "_call_lambda_raw", _noting_the_invocation)
    wrap(apigateway_v1, "_gateway_error_response", _noting_the_refusal)


def access_line(form: str, known: Mapping[str, str]) -> str:
    """Return a line as the stage's format says it, with what is known in place of its variables."""
    return "".join(known.get(part, _ABSENT) if is_variable else part for part, is_variable in _parts(form))


@cache
def _parts(form: str) -> tuple[tuple[str, bool], ...]:
    """Return the texts of a format and, between them, the names of its variables."""
    return tuple((part, bool(number % 2)) for number, part in enumerate(_VARIABLE.split(form)))


def _noting_the_invocation(original: Callable[..., Theirs]) -> Callable[..., Theirs]:
    async def call(function: str, event: dict[str, Theirs], **owner: Theirs) -> Theirs:
        request, began = _request.get(), time.perf_counter()
        result, error = await original(function, event, **owner)
        if request is not None:
            request.context = event["requestContext"]
            request.integration_status = "" if error else "200"
            request.integration_milliseconds = int(1000 * (time.perf_counter() - began))
        return result, error

    return call


def _noting_the_refusal(original: Callable[..., Theirs]) -> Callable[..., Theirs]:
    def respond(error: Theirs, known: dict[str, Theirs]) -> Theirs:
        request = _request.get()
        if request is not None:
            request.request_id, request.error_type = known["request_id"], error.response_type
        return original(error, known)

    return respond


def _variables(
    request: _Request, method: str, headers: Mapping[str, Theirs], answer: Answer, seconds: float
) -> dict[str, str]:
    """Return the variables of `$context` that have a value."""
    status, _, body = answer
    context = request.context or {}
    identity = context.get("identity") or {}
    request_id = context.get("requestId") or request.request_id
    integration = request.integration_milliseconds
    known = {
        "requestId": request_id,
        "extendedRequestId": request_id,
        "requestTime": f"{datetime.now(UTC):%d/%b/%Y:%H:%M:%S +0000}",
        "domainName": str(headers.get("host", "")).partition(":")[0],
        "httpMethod": method,
        "resourcePath": context.get("resourcePath"),
        "status": str(status),
        "error.responseType": request.error_type,
        "integration.status": request.integration_status,
        "integration.latency": None if integration is None else str(integration),
        "responseLatency": str(int(1000 * seconds)),
        "responseLength": str(len(body)),
        "identity.sourceIp": identity.get("sourceIp"),
        "identity.userArn": identity.get("userArn"),
    }
    return {name: text for name, text in known.items() if text}
