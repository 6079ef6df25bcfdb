"""What each service answers when it is overloaded or cannot be changed, in its own protocol."""

import json
from collections.abc import Mapping
from urllib.parse import parse_qs

from ministack.core import iam_actions
from ministack.core.responses import error_response_xml, fix_error_content_type

from emulator.patching import Answer

# Status, code and message, as the services' API references and error guides name them.
_OVERLOADED = {
    "s3": (503, "SlowDown", "Please reduce your request rate."),
    "sqs": (403, "RequestThrottled", "Request is throttled."),
    "sns": (429, "Throttled", "Rate exceeded"),
    "lambda": (429, "TooManyRequestsException", "Rate Exceeded."),
    "apigateway": (429, "TooManyRequestsException", "Too Many Requests"),
    "iam": (400, "Throttling", "Rate exceeded"),
    "sts": (400, "Throttling", "Rate exceeded"),
    "monitoring": (400, "Throttling", "Rate exceeded"),
    "route53": (400, "Throttling", "Rate exceeded"),
}
_OVERLOADED_ELSEWHERE = (400, "ThrottlingException", "Rate exceeded")
_TABLE_OVERLOADED = (
    400,
    "ProvisionedThroughputExceededException",
    (
        "The level of configured provisioned throughput for the table was exceeded. "
        "Consider increasing your provisioning level with the UpdateTable API."
    ),
)
_ITEM_OPERATIONS = ("GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "Batch", "Transact", "Execute")
_READS = ("Get", "List", "Simulate", "Generate")
_ROUTE53 = "https://route53.amazonaws.com/doc/2013-04-01/"


def overloaded(service: str, headers: Mapping[str, str], request_id: str) -> Answer:
    """Return how a service refuses a request that is one too many."""
    if service == "execute-api":
        shown = {"Content-Type": "application/json", "x-amzn-ErrorType": "ServiceUnavailableException"}
        return 503, {**shown, "x-amzn-requestid": request_id}, json.dumps({"message": "Service Unavailable"}).encode()
    failure = _OVERLOADED.get(service, _OVERLOADED_ELSEWHERE)
    if service == "dynamodb" and headers.get("x-amz-target", "").rpartition(".")[2].startswith(_ITEM_OPERATIONS):
        failure = _TABLE_OVERLOADED
    return _in_protocol(service, *failure, headers, request_id)


def unchangeable(service: str, headers: Mapping[str, str], request_id: str) -> Answer:
    """Return how a global service refuses a change while its control plane is down."""
    message = f"The control plane of {service} in us-east-1 is not available."
    return _in_protocol(service, 503, "ServiceUnavailable", message, headers, request_id)


def is_change(
    service: str, method: str, path: str, headers: Mapping[str, str], query: Mapping[str, list[str]], body: bytes
) -> bool:
    """Return whether a request needs a control plane in us-east-1: IAM, Route 53, buckets' settings (FACTS 9.3)."""
    match service:
        case "iam":
            form = parse_qs(body.decode(errors="replace")) if "form" in headers.get("content-type", "") else {}
            action = (query.get("Action") or form.get("Action") or [""])[0]
            return not action.startswith(_READS)
        case "route53":
            # The tags of several resources are read with POST.
            return method != "GET" and not path.rstrip("/").endswith(("/tags/hostedzone", "/tags/healthcheck"))
        case "s3":
            _, _, key = path.lstrip("/").partition("/")
            return method in ("PUT", "DELETE") and not key
        case _:
            return False


def _in_protocol(
    service: str, status: int, code: str, message: str, headers: Mapping[str, str], request_id: str
) -> Answer:
    if service == "route53":
        answer: Answer = error_response_xml(code, message, status, _ROUTE53)
        return answer
    # MiniStack knows how each service words a refusal; the code, the status and the message are free.
    _, shown, body = iam_actions.access_denied_response(
        service, "", "", request_id, error_code=code, message=message, headers=dict(headers)
    )
    fix_error_content_type(service, status, shown)
    return status, {**shown, "x-amzn-requestid": request_id}, body
