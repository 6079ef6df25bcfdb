"""A payment API over fakes, and the events that reach it."""

import json
from typing import Any

from handlers.payments.api import PaymentRoutes, ServingRegion
from tests.unit.handlers.fakes import SECRET, TABLE, FakeContext, aws_error, throttled, timed_out
from tests.unit.handlers.payment_function_fakes import Payments

PAYMENT = {"transactionId": "t-1", "amount": "10.50", "currency": "EUR", "metadata": {"note": "private-note", "n": 1.5}}
FAILURES = [throttled(), timed_out(), aws_error("InternalServerError", status=500), aws_error("X", status=503)]


class Api:
    """An API over fakes."""

    def __init__(
        self, payments: Payments | None = None, *, is_primary: bool = True, allow_card_numbers: bool = False
    ) -> None:
        self.payments = payments or Payments()
        self.api = PaymentRoutes(
            service=self.payments.service,
            table=self.payments.store,
            queue=self.payments.retry_queue,
            knowledge=self.payments.knowledge,
            here=ServingRegion(self.payments.probe, TABLE, self.payments.region, is_primary, self.payments.clock),
            telemetry=self.payments.logs.telemetry(),
            allow_card_numbers=allow_card_numbers,
        )

    def send(self, event: Any) -> tuple[int, dict[str, Any]]:
        response = self.api.answer(event, FakeContext())
        assert response["headers"]["Content-Type"] == "application/json"
        assert SECRET not in json.dumps(response)
        assert SECRET not in self.payments.logs.text
        self.headers = response["headers"]
        document = json.loads(response["body"])
        assert isinstance(document, dict)
        return response["statusCode"], document

    def post(self, body: object = None, **event: object) -> tuple[int, dict[str, Any]]:
        text = json.dumps(PAYMENT) if body is None else body
        return self.send(rest("POST", "/payment", body=text, **event))

    def get(self, transaction_id: str) -> tuple[int, dict[str, Any]]:
        return self.send(rest("GET", "/payment/{transactionId}", pathParameters={"transactionId": transaction_id}))


def rest(method: str, resource: str, **event: object) -> dict[str, Any]:
    return {
        "resource": resource,
        "path": resource,
        "httpMethod": method,
        "pathParameters": None,
        "body": None,
        "isBase64Encoded": False,
        "requestContext": {"requestId": "gateway-request"},
        **event,
    }


def function_url(method: str, path: str, **event: object) -> dict[str, Any]:
    context = {"requestId": "url-request", "http": {"method": method, "path": path}}
    return {"version": "2.0", "rawPath": path, "requestContext": context, "isBase64Encoded": False, **event}
