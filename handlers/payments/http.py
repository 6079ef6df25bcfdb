"""The API's requests and answers: REST proxy events and Function URL events in, proxy responses out."""

import base64
import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from handlers.payments.exact_json import dumps
from handlers.payments.validation import FieldViolation, invalid_body

MAX_BODY_BYTES = 65536
"""More than a payment with the largest metadata needs, every character of it escaped."""

PAYMENT_RESOURCE = "/payment/{transactionId}"
_PAYMENT_PATH = "/payment/"

_REQUEST_ID = re.compile(r"[!#-\[\]-~]{1,128}")
"""What a caller may choose (AWS lets callers override the id): printable, without quotes and backslashes."""

Response = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """What an API event asks for; `resource` is the template of the path, as API Gateway names it."""

    method: str
    resource: str
    transaction_id: str | None
    body: object
    is_base64: bool

    @classmethod
    def from_event(cls, event: Mapping[str, Any]) -> "Request":
        """Read a REST proxy event, or an event of payload version 2 as Function URLs send it."""
        body, is_base64 = event.get("body"), event.get("isBase64Encoded") is True
        if "resource" in event:
            parameters = event.get("pathParameters") or {}
            return cls(event.get("httpMethod", ""), event["resource"], parameters.get("transactionId"), body, is_base64)
        path = event.get("rawPath", "")
        method = event.get("requestContext", {}).get("http", {}).get("method", "")
        if path.startswith(_PAYMENT_PATH) and path.count("/") == _PAYMENT_PATH.count("/"):
            return cls(method, PAYMENT_RESOURCE, unquote(path.removeprefix(_PAYMENT_PATH)), body, is_base64)
        return cls(method, path, None, body, is_base64)

    def text(self) -> str:
        """Return the body as text.

        Raises:
            InvalidPaymentError: There is none, it is too large, or it is not UTF-8.
        """
        if self.body is None or self.body == "":
            raise invalid_body("required", "the request must have a body")
        if not isinstance(self.body, str):
            raise invalid_body("type", "the body must be text")
        try:
            if not self.is_base64:
                content = self.body.encode()
            else:
                content = base64.b64decode(self.body.encode("ascii"), validate=True)
            text = content.decode()
        except UnicodeError:  # unpaired surrogates, or bytes of another encoding
            raise invalid_body("utf8", "the body must be UTF-8") from None
        except binascii.Error:
            raise invalid_body("base64", "the body is said to be base64, and is not") from None
        if len(content) > MAX_BODY_BYTES:
            raise invalid_body("size", f"the body must be at most {MAX_BODY_BYTES} bytes")
        return text


def correlation_id(event: Mapping[str, Any], default: str) -> str:
    """Return the id of the request as the access log shows it; the default if there is none that can be kept."""
    value = (event.get("requestContext") or {}).get("requestId")
    return value if isinstance(value, str) and _REQUEST_ID.fullmatch(value) else default


def respond(status: int, document: Mapping[str, object], **headers: str) -> Response:
    """Return the answer for API Gateway; header names are written with underscores."""
    return {
        "statusCode": status,
        "headers": {
            "Content-Type": "application/json",
            "Cache-Control": "no-store",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        },
        "body": dumps(document, ascii_only=True),
        "isBase64Encoded": False,
    }


def violations_document(violations: list[FieldViolation]) -> dict[str, object]:
    """Return the body of a 400."""
    return {"message": "the payment is invalid", "errors": [violation.document() for violation in violations]}
