"""What the API is, as plain values: its routes, the body it takes, how it refuses, what it logs. No constructs."""

import json
from dataclasses import dataclass
from typing import Literal

from contract.environment import Function
from handlers.payments.fields import ACCEPTED

Authorization = Literal["AWS_IAM", "NONE"]

RETRY_AFTER_SECONDS = 1


@dataclass(frozen=True)
class ThrottleLimits:
    """What the gateway lets through: requests a second, and at once."""

    rate: float
    burst: int


@dataclass(frozen=True)
class Route:
    """One method of one path, served by one function.

    `probe` routes are for health checks and operators, need no authorization, and have limits of their own.
    """

    id: str
    method: Literal["GET", "POST"]
    path: str
    function: Function = Function.PAYMENT_API
    probe: ThrottleLimits | None = None
    validated: bool = False


WRITER_LIMITS = ThrottleLimits(rate=500, burst=1000)
"""Health checks ask more than once a second (FACTS 2.2), and one refused with 429 is a vote for a failover."""

HEALTH_LIMITS = ThrottleLimits(rate=20, burst=20)
"""Enough for nine checkers at once, a ticker and operators. `/health` runs in the payment function: what strangers ask
of it takes one execution away from payers at this rate, since an answer takes some 40 ms. A 429 moves nothing: DNS does
not follow `/health`, and the ticker then asks the function itself."""

# Route 53 calls `/writer` and `/health`, a ticker its region's `/health`. A path or method that is missing here answers
# 403 (FACTS 3.5).
ROUTES = (
    Route("create", "POST", "/payment", validated=True),
    Route("read", "GET", "/payment/{transactionId}"),
    # Only the payment function can show that it takes payments.
    Route("health", "GET", "/health", probe=HEALTH_LIMITS),
    Route("writer", "GET", "/writer", function=Function.PROBES, probe=WRITER_LIMITS),
)

# The gateway refuses what is no JSON object, lacks a field or has one too many: its message then names the fields. Its
# messages about types, patterns and limits quote the rule and the value but not the field, so those rules are left to
# the function, which names it. The function checks everything again: a function URL has no gateway in front.
PAYMENT_MODEL = "PaymentRequest"  # API Gateway: letters and digits only
PAYMENT_SCHEMA = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "title": PAYMENT_MODEL,
    "type": "object",
    "required": ["transactionId", "amount", "currency", *(each.name for each in ACCEPTED if each.required)],
    "additionalProperties": False,
    "properties": {
        "transactionId": {"description": "The idempotency key: 1 to 64 letters, digits, underscores and hyphens"},
        "amount": {"description": "A decimal number above 0, at most 12 digits and the decimals of its currency"},
        "currency": {"description": "Three letters, ISO 4217"},
        **{each.name: {"description": each.description} for each in ACCEPTED},
    },
}

_RETRY_AFTER = {"gatewayresponse.header.Retry-After": f"'{RETRY_AFTER_SECONDS}'"}


@dataclass(frozen=True)
class GatewayResponse:
    """How the gateway itself answers one type of error; without a status, each error keeps its own."""

    type: str
    body: dict[str, object]
    status: str | None = None
    headers: dict[str, str] | None = None

    @property
    def template(self) -> str:
        """The JSON answer. Not VTL: variables are substituted and nothing more."""
        return json.dumps({**self.body, "correlationId": "$context.requestId"})


# AWS's own texts are left out: "access denied" names the account and the caller's role, and "invalid signature" repeats
# the canonical request. The type is what a client needs.
REFUSALS = (
    GatewayResponse("DEFAULT_4XX", {"message": "the request was refused", "type": "$context.error.responseType"}),
    GatewayResponse(
        "DEFAULT_5XX",
        {"message": "the service is unavailable", "type": "$context.error.responseType"},
        headers=_RETRY_AFTER,
    ),
    GatewayResponse("THROTTLED", {"message": "too many requests"}, status="429", headers=_RETRY_AFTER),
    GatewayResponse(
        "BAD_REQUEST_BODY",
        # In the shape of the function's own 400, so that clients read one.
        {
            "message": "the payment is invalid",
            "errors": [{"field": "body", "rule": "schema", "message": "$context.error.validationErrorString"}],
        },
        status="400",
    ),
)

# Who asked for what, when, and what came of it: no bodies, no query strings, and the path as its template. A caller can
# choose `requestId` but not `extendedRequestId`.
ACCESS_LOG_FORMAT = json.dumps(
    {
        "requestId": "$context.requestId",
        "extendedRequestId": "$context.extendedRequestId",
        "requestTime": "$context.requestTime",
        "domainName": "$context.domainName",
        "httpMethod": "$context.httpMethod",
        "resourcePath": "$context.resourcePath",
        "status": "$context.status",
        "errorType": "$context.error.responseType",
        "integrationStatus": "$context.integration.status",
        "integrationLatency": "$context.integration.latency",
        "responseLatency": "$context.responseLatency",
        "responseLength": "$context.responseLength",
        "sourceIp": "$context.identity.sourceIp",
        "caller": "$context.identity.userArn",
    }
)
