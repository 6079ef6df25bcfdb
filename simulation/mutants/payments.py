"""Faults in how the API stores, queues and reads payments."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from decimal import Context
from typing import Any

from contract.environment import PARTITION_KEY
from handlers import payment_api
from handlers.faults import TableUnavailableError, table_access
from handlers.payments import api, store
from handlers.payments.api import PaymentRoutes
from handlers.payments.http import respond
from handlers.payments.model import StoredPayment
from handlers.payments.queue import PaymentQueue, QueuedPayment, QueueUnavailableError
from handlers.payments.service import PaymentService, UnsettledPaymentError
from handlers.payments.store import Outcome, PaymentTable, Receipt
from handlers.writer.knowledge import NotWriterError, WriterKnowledge, WriterUnknownError
from simulation.mutants.registry import mutant
from simulation.patching import patched
from simulation.run import RUN_SECONDS
from simulation.world import PRIMARY, WorldOptions


@mutant("no check before the second attempt", "one open writer", seed=4734, seconds=289.0)
def _unguarded() -> Iterator[None]:
    with patched(payment_api, guard_writes=lambda *_, **__: None):
        yield


@mutant(
    "sockets that deliver late",
    "one open writer",
    options=WorldOptions(lingering_sockets=True, releases=False),
    seed=4749,
    seconds=248.0,
)
def _lingering() -> Iterator[None]:
    yield


@mutant("the standby stays open", "one open writer", seed=4715, seconds=459.0)
def _standby_stays_open() -> Iterator[None]:
    class OneFence(WriterKnowledge):
        def require_writer(self) -> None:
            """Refuse in the primary alone."""
            try:
                super().require_writer()
            except NotWriterError:
                if self._region == PRIMARY:
                    raise

    with patched(payment_api, WriterKnowledge=OneFence):
        yield


@mutant("health looks at reads alone", "a proof is true", seed=4741, seconds=141.0)
def _reads_are_enough() -> Iterator[None]:
    def touch_health(client: Any, table: str, region: str, *, at: str) -> None:  # noqa: ANN401, ARG001
        client.get_item(TableName=table, Key={PARTITION_KEY: {"S": f"health of {region}"}})

    with patched(api, touch_health=touch_health):
        yield


@mutant("202 while unknown", "queued only by the writer", seed=4712, seconds=340.0)
def _queue_while_unknown() -> Iterator[None]:
    original = PaymentService.accept

    def accept(self: Any, payment: Any, queue: Any, *, correlation_id: str) -> Receipt:  # noqa: ANN401
        try:
            return original(self, payment, queue, correlation_id=correlation_id)
        except WriterUnknownError as error:
            queued = QueuedPayment(payment, self._region, self._clock.timestamp())
            queue.send(queued.body(), correlation_id=correlation_id)
            return Receipt(Outcome.QUEUED, cause=error)

    unguarded = patched(payment_api, guard_writes=lambda *_, **__: None)  # the queue's client has a guard too
    with patched(PaymentService, accept=accept), unguarded:
        yield


@mutant("what may not be tried again is queued", "queued only by the writer", seed=4734, seconds=289.0)
def _queue_unchecked() -> Iterator[None]:
    def accept(self: Any, payment: Any, queue: Any, *, correlation_id: str) -> Receipt:  # noqa: ANN401
        try:
            return PaymentService.store(self, payment, request_id=correlation_id)
        except (TableUnavailableError, UnsettledPaymentError) as error:
            queued = QueuedPayment(payment, self._region, self._clock.timestamp())
            queue.send(queued.body(), correlation_id=correlation_id)
            return Receipt(Outcome.QUEUED, cause=error)

    def guard_writes(client: Any, check: Any, *, operation: str = "PutItem") -> None:  # noqa: ANN401
        if operation == "PutItem":
            client.guards.append(("put_item", check))

    with patched(PaymentService, accept=accept), patched(payment_api, guard_writes=guard_writes):
        yield


@mutant("202 although the queue took nothing", "durable", seed=4928, seconds=RUN_SECONDS)
def _queue_lost() -> Iterator[None]:
    original = PaymentQueue.send

    def send(self: Any, body: str, **more: Any) -> None:  # noqa: ANN401
        with suppress(QueueUnavailableError):
            original(self, body, **more)

    with patched(PaymentQueue, send=send):
        yield


@mutant("404 in a region that is not the writer", "write-once register", seed=4711, seconds=278.0)
def _absent_anywhere() -> Iterator[None]:
    def get_payment(self: Any, request: Any, _: str) -> Any:  # noqa: ANN401
        try:
            stored = self._table.get(str(request.transaction_id))
        except Exception:  # noqa: BLE001
            return self._unread()
        if stored is not None:
            return respond(200, stored.document())
        return respond(404, {"message": "there is no such payment"})

    with patched(PaymentRoutes, _get_payment=get_payment):
        yield


@mutant("a payment replaces another one of its id", "write-once register", seed=4711, seconds=22.0)
def _replaces() -> Iterator[None]:
    def insert(self: Any, payment: Any, *, began_in: str, request_id: str) -> Receipt:  # noqa: ANN401
        new = StoredPayment(payment, region=began_in, stored_at=self._clock.timestamp(), request_id=request_id)
        with table_access():
            self._client.put_item(TableName=self._table, Item=new.item())
        return Receipt(Outcome.STORED, new)

    with patched(PaymentTable, insert=insert):
        yield


@mutant("another payment of the id counts as a replay", "write-once register", seed=4711, seconds=22.0)
def _no_conflict() -> Iterator[None]:
    def taken(_new: Any, response: Any) -> Receipt:  # noqa: ANN401
        return Receipt(Outcome.REPLAYED, StoredPayment.from_item(response["Item"]))

    with patched(store, _taken=taken):
        yield


@mutant("amounts of seven digits", "exact amounts", "write-once register", seed=4711, seconds=19.0)
def _inexact() -> Iterator[None]:
    original = PaymentTable.insert
    rounding = Context(prec=7)

    def insert(self: Any, payment: Any, **more: str) -> Receipt:  # noqa: ANN401
        return original(self, replace(payment, amount=rounding.plus(payment.amount)), **more)

    with patched(PaymentTable, insert=insert):
        yield
