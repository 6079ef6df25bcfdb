"""Answers the payment API: one method a route, every status code of the API in one place."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from handlers.clients import TableClient
from handlers.control import heartbeat_key
from handlers.environment import Metric
from handlers.faults import TableUnavailableError
from handlers.payments.fence import MalformedFenceError, read_fence
from handlers.payments.gate import FencedError
from handlers.payments.http import PAYMENT_RESOURCE, Request, Response, correlation_id, respond, violations_document
from handlers.payments.queue import QueueUnavailableError, RetryQueue
from handlers.payments.service import PaymentService
from handlers.payments.store import Outcome, PaymentTable, Receipt
from handlers.payments.validation import InvalidPaymentError, is_transaction_id, parse_object, parse_payment
from handlers.runtime import Context
from handlers.telemetry import Telemetry

FENCED_RETRY_AFTER = "60"  # seconds; about when DNS has moved (FACTS 2.12)
UNAVAILABLE_RETRY_AFTER = "5"

_METRICS = {
    Outcome.STORED: Metric.PAYMENT_STORED,
    Outcome.REPLAYED: Metric.PAYMENT_REPLAYED,
    Outcome.CONFLICT: Metric.PAYMENT_CONFLICT,
    Outcome.QUEUED: Metric.PAYMENT_QUEUED,
}


@dataclass(frozen=True)
class Replica:
    """The own region's replica as probes read it: by a client that makes one short attempt."""

    client: TableClient
    table: str
    region: str
    peer: str


class PaymentApi:
    """The routes of one region's API."""

    def __init__(
        self, *, service: PaymentService, table: PaymentTable, queue: RetryQueue, replica: Replica, telemetry: Telemetry
    ) -> None:
        self._service = service
        self._table = table
        self._queue = queue
        self._replica = replica
        self._telemetry = telemetry
        self._routes: dict[str, dict[str, Callable[[Request, str], Response]]] = {
            "/payment": {"POST": self._post_payment},
            PAYMENT_RESOURCE: {"GET": self._get_payment},
            "/health": {"GET": self._get_health},
            "/takeover": {"GET": self._get_takeover},
        }

    def answer(self, event: Mapping[str, Any], context: Context) -> Response:
        """Answer an event; whatever goes wrong is logged, and nothing of it reaches the caller."""
        correlation = context.aws_request_id
        with self._telemetry.invocation(correlation):
            try:
                correlation = correlation_id(event, default=correlation)
                self._telemetry.logger.append_keys(correlation_id=correlation)
                response = self._route(Request.from_event(event), correlation)
            except Exception as error:  # noqa: BLE001 -- the last resort: logged, and answered without its text
                self._telemetry.fail("request failed", error)
                response = respond(500, {"message": "internal error", "correlationId": correlation})
            response["headers"]["X-Correlation-Id"] = correlation
            return response

    def _route(self, request: Request, correlation: str) -> Response:
        methods = self._routes.get(request.resource)
        if methods is None:
            return respond(404, {"message": "there is no such resource"})
        if request.method not in methods:
            return respond(405, {"message": "the resource has no such method"}, Allow=", ".join(methods))
        return methods[request.method](request, correlation)

    def _post_payment(self, request: Request, correlation: str) -> Response:
        try:
            payment = parse_payment(parse_object(request.text()))
        except InvalidPaymentError as error:
            self._telemetry.count(Metric.PAYMENT_REJECTED)
            self._telemetry.logger.info("payment rejected", extra={"rules": error.rules})
            return respond(400, violations_document(error.violations))
        with self._telemetry.about(payment.transaction_id):
            try:
                receipt = self._service.accept(payment, self._queue, correlation_id=correlation)
            except FencedError:
                self._telemetry.logger.warning("payment refused: the region is fenced")
                return self._refuse("the region takes no payments", FENCED_RETRY_AFTER)
            except (QueueUnavailableError, BotoCoreError, ClientError) as error:  # the table's refusals, if not passing
                self._telemetry.fail("payment refused: nothing durable took it", error)
                return self._refuse("the payment was not taken", UNAVAILABLE_RETRY_AFTER)
            return self._accepted(receipt, payment.transaction_id)

    def _accepted(self, receipt: Receipt, transaction_id: str) -> Response:
        self._telemetry.count(_METRICS[receipt.outcome])
        if receipt.cause is None:
            self._telemetry.logger.info(f"payment {receipt.outcome}")  # noqa: G004 -- fixed texts
        else:
            self._telemetry.warn(f"payment {receipt.outcome}", receipt.cause)
        if receipt.stored is not None:
            return respond(201 if receipt.outcome is Outcome.STORED else 200, receipt.stored.document())
        if receipt.outcome is Outcome.QUEUED:
            return respond(202, {"message": "the payment will be stored", "transactionId": transaction_id})
        return respond(409, {"message": "another payment has this transactionId", "transactionId": transaction_id})

    def _refuse(self, message: str, retry_after: str) -> Response:
        self._telemetry.count(Metric.PAYMENT_REFUSED)
        return respond(503, {"message": message}, Retry_After=retry_after)

    def _get_payment(self, request: Request, _: str) -> Response:
        if not is_transaction_id(request.transaction_id):
            return respond(404, {"message": "there is no such payment"})
        transaction_id = str(request.transaction_id)
        with self._telemetry.about(transaction_id):
            try:
                stored = self._table.get(transaction_id)
            except TableUnavailableError as error:
                self._telemetry.warn("payment not read", error)
                return self._unread()
            except (BotoCoreError, ClientError) as error:
                self._telemetry.fail("payment not read", error)
                return self._unread()
        if stored is None:
            return respond(404, {"message": "there is no such payment"})
        return respond(200, stored.document())

    def _unread(self) -> Response:
        return respond(503, {"message": "the payment cannot be read now"}, Retry_After=UNAVAILABLE_RETRY_AFTER)

    def _get_health(self, _: Request, __: str) -> Response:
        region = self._replica.region
        try:  # an absent item is as good: what counts is that the table answers
            self._replica.client.get_item(TableName=self._replica.table, Key=heartbeat_key(region), ConsistentRead=True)
        except (BotoCoreError, ClientError) as error:
            self._telemetry.fail("unhealthy", error)
            return respond(503, {"status": "unhealthy", "region": region})
        return respond(200, {"status": "healthy", "region": region})

    def _get_takeover(self, _: Request, __: str) -> Response:
        region = self._replica.region
        try:
            fence = read_fence(self._replica.client, self._replica.table, self._replica.peer)
        except (BotoCoreError, ClientError, MalformedFenceError) as error:
            self._telemetry.fail("takeover unknown", error)
            return respond(503, {"takeover": "unknown", "region": region})
        return respond(200 if fence.fenced else 404, {"takeover": fence.fenced, "region": region})
