"""Answers the payment API: one method a route, every status code of the API in one place."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from botocore.exceptions import BotoCoreError, ClientError

from contract.deadlines import KNOWLEDGE_VALID_SECONDS, STANDBY_KNOWLEDGE_SECONDS
from contract.environment import Metric
from handlers.clients import TableClient
from handlers.faults import TableUnavailableError, is_throttling
from handlers.payments import card_numbers
from handlers.payments.exact_json import JsonObject
from handlers.payments.health import touch_health
from handlers.payments.http import PAYMENT_RESOURCE, Request, Response, respond, violations_document
from handlers.payments.ownership import WriterRoute
from handlers.payments.queue import PaymentQueue, QueueUnavailableError
from handlers.payments.router import RequestRouter
from handlers.payments.service import PaymentService, UnsettledPaymentError
from handlers.payments.store import Outcome, PaymentTable, Receipt
from handlers.payments.validation import InvalidPaymentError, is_transaction_id, parse_object, parse_payment
from handlers.runtime import Clock, Context, Moment
from handlers.telemetry import Telemetry
from handlers.writer.item import Writer
from handlers.writer.knowledge import StoringRefusedError, WriterKnowledge

CLOSED_RETRY_AFTER = "1"  # seconds; nobody stores for a moment, or the writer is not known for one
ELSEWHERE_RETRY_AFTER = "5"  # for clients that have nothing but DNS, which is moving
UNAVAILABLE_RETRY_AFTER = "5"

_HEALTH_SECONDS = 0.9
"""`/health` answers within 1 s: it waits no longer for the read of the writer beside that of its table."""

_TOUCHED_SECONDS = 1
"""How long `/health` takes a good read and write of its table for one of now."""

_POLL_SECONDS = 0.01


@dataclass(frozen=True)
class ServingRegion:
    """The region that answers, and its payments replica by a client that makes one short attempt."""

    client: TableClient
    table: str
    name: str
    is_primary: bool
    clock: Clock


class PaymentRoutes:
    """The routes of one region's API."""

    def __init__(
        self,
        *,
        service: PaymentService,
        table: PaymentTable,
        queue: PaymentQueue,
        knowledge: WriterKnowledge,
        here: ServingRegion,
        telemetry: Telemetry,
        allow_card_numbers: bool = False,
    ) -> None:
        self._service = service
        self._table = table
        self._queue = queue
        self._knowledge = knowledge
        self._here = here
        self._telemetry = telemetry
        self._allow_card_numbers = allow_card_numbers
        self._touched: Moment | None = None
        self._router = RequestRouter(
            {
                "/payment": {"POST": self._post_payment},
                PAYMENT_RESOURCE: {"GET": self._get_payment},
                "/health": {"GET": self._get_health},
                # The gateway asks the probes instead; Function URLs and earlier deployments of the API lead here.
                "/writer": {"GET": WriterRoute(knowledge, here.name, is_primary=here.is_primary).get},
            },
            telemetry,
        )

    def answer(self, event: Mapping[str, Any], context: Context) -> Response:
        """Answer an event."""
        return self._router.answer(event, context)

    def prefetch(self) -> None:
        """Read the writer, so that the first request knows it already."""
        self._knowledge.read()

    def _post_payment(self, request: Request, correlation: str) -> Response:
        try:
            fields = parse_object(request.text())
            payment = parse_payment(fields, allow_card_numbers=self._allow_card_numbers)
        except InvalidPaymentError as error:
            # A payment from before the rule is stored, and its repetition is answered as ever.
            repeated = self._repeated(fields) if error.rules == [card_numbers.RULE] else None
            return repeated or self._rejected(error)
        with self._telemetry.about(payment.transaction_id):
            self._telemetry.begins(payment.transaction_id)
            try:
                receipt = self._service.accept(payment, self._queue, correlation_id=correlation)
            except StoringRefusedError as error:
                self._telemetry.warn("payment refused: the region is not known to be the writer", error)
                return self._refuse("the region takes no payments", error.writer, stored=False)
            except UnsettledPaymentError as error:
                self._telemetry.warn("payment in doubt: the writer moved or is unknown", error)
                return self._refuse("the payment may have been stored", error.writer)
            except (QueueUnavailableError, BotoCoreError, ClientError) as error:  # the table's refusals, if not passing
                self._telemetry.fail("payment refused: nothing durable took it", error)
                return self._refuse("the payment was not taken", self._known_writer(), UNAVAILABLE_RETRY_AFTER)
            return self._accepted(receipt, payment.transaction_id)

    def _rejected(self, error: InvalidPaymentError) -> Response:
        self._telemetry.count(Metric.PAYMENT_REJECTED)
        self._telemetry.logger.info("payment rejected", extra={"rules": error.rules})
        return respond(400, violations_document(error.violations))

    def _repeated(self, fields: JsonObject) -> Response | None:
        """Answer a payment with a card number if it is stored already, without its id in the log; None if it is not."""
        try:
            stored = self._service.stored(parse_payment(fields, allow_card_numbers=True))
        except StoringRefusedError as error:
            self._telemetry.warn("payment refused: the region is not known to be the writer", error)
            return self._refuse("the region takes no payments", error.writer)
        except (TableUnavailableError, BotoCoreError, ClientError) as error:
            self._telemetry.warn("payment not read", error)
            return self._refuse("the payment cannot be read now", self._known_writer(), UNAVAILABLE_RETRY_AFTER)
        if stored is None:
            return None
        self._telemetry.count(Metric.PAYMENT_REPLAYED)
        self._telemetry.logger.info("payment replayed")
        return respond(200, stored.document())

    def _accepted(self, receipt: Receipt, transaction_id: str) -> Response:
        match receipt.outcome:
            case Outcome.STORED:
                metric, response = Metric.PAYMENT_STORED, respond(201, receipt.document())
            case Outcome.REPLAYED:
                metric, response = Metric.PAYMENT_REPLAYED, respond(200, receipt.document())
            case Outcome.QUEUED:
                document = {"message": "the payment will be stored", "transactionId": transaction_id}
                metric, response = Metric.PAYMENT_QUEUED, respond(202, document)
            case Outcome.CONFLICT:
                document = {"message": "another payment has this transactionId", "transactionId": transaction_id}
                metric, response = Metric.PAYMENT_CONFLICT, respond(409, document)
            case _:
                assert_never(receipt.outcome)
        self._telemetry.count(metric)
        if receipt.cause is None:
            self._telemetry.logger.info(f"payment {receipt.outcome}")  # noqa: G004 -- fixed texts
        else:
            self._telemetry.warn(f"payment {receipt.outcome}", receipt.cause)
        return response

    def _refuse(
        self, message: str, writer: Writer | None, retry_after: str | None = None, *, stored: bool | None = None
    ) -> Response:
        self._telemetry.count(Metric.PAYMENT_REFUSED)
        return self._unavailable(message, writer, retry_after, stored=stored)

    def _unavailable(
        self, message: str, writer: Writer | None, retry_after: str | None = None, *, stored: bool | None = None
    ) -> Response:
        """Return a 503; `stored` false says that this region did nothing with the payment, or does not have it."""
        document: dict[str, object] = {"message": message, "servedBy": self._here.name}
        if stored is not None:
            document["stored"] = stored
        if writer is not None:
            document["writer"] = writer.document()
        is_elsewhere = writer is not None and writer.is_open and writer.region != self._here.name
        default = ELSEWHERE_RETRY_AFTER if is_elsewhere else CLOSED_RETRY_AFTER
        return respond(503, document, Retry_After=retry_after or default)

    def _known_writer(self) -> Writer | None:
        sighting = self._knowledge.known(STANDBY_KNOWLEDGE_SECONDS)
        return sighting.writer if sighting is not None else None

    def _get_payment(self, request: Request, _: str) -> Response:
        absent = respond(404, {"message": "there is no such payment"})
        if not is_transaction_id(request.transaction_id):
            return absent
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
        if stored is not None:
            return respond(200, stored.document())
        try:  # asked after the table was read: what was the writer until now has missed no payment
            self._knowledge.require_writer()
        except StoringRefusedError as error:
            return self._unavailable("the region does not know of all payments", error.writer, stored=False)
        return absent

    def _unread(self) -> Response:
        return self._unavailable("the payment cannot be read now", self._known_writer(), UNAVAILABLE_RETRY_AFTER)

    def _get_health(self, _: Request, __: str) -> Response:
        here, ends = self._here, self._here.clock.monotonic() + _HEALTH_SECONDS
        self._knowledge.refresh_beside()
        try:
            self._touch_table()
        except (BotoCoreError, ClientError) as error:
            self._telemetry.fail("unhealthy: the table", error)
            # The other region would meet the same load: throttled is neither well nor ill.
            status, text = (429, "throttled") if is_throttling(error) else (503, "unhealthy")
            return respond(status, {"status": text, "region": here.name})
        while not self._control_answers() and self._knowledge.is_refreshing and here.clock.monotonic() < ends:
            here.clock.sleep(_POLL_SECONDS)
        if not self._control_answers():
            self._telemetry.logger.error("unhealthy: the control table")
            return respond(503, {"status": "unhealthy", "region": here.name})
        return respond(200, {"status": "healthy", "region": here.name})

    def _touch_table(self) -> None:
        """Read and write the table, unless that has just been done: many checkers ask, and each write is replicated."""
        began = self._here.clock.now()
        if self._touched is None or not self._touched.is_within(_TOUCHED_SECONDS, began):
            touch_health(self._here.client, self._here.table, self._here.name, at=self._here.clock.timestamp())
            self._touched = began

    def _control_answers(self) -> bool:
        sighting = self._knowledge.known(KNOWLEDGE_VALID_SECONDS)
        return sighting is not None and not sighting.by_glass
