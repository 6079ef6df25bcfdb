"""The versions that are shipped: a good one, and bad ones, each a patch of the shipped code."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from handlers.payments import api
from handlers.payments.api import PaymentRoutes
from handlers.payments.model import StoredPayment
from handlers.payments.ownership import Ownership, WriterRoute
from handlers.payments.service import PaymentService
from handlers.payments.store import Outcome, PaymentTable, Receipt
from handlers.payments.validation import invalid_body
from handlers.tickers.ticker import Ticker
from simulation.kernel.loop import current_process
from simulation.release_history import GOOD
from simulation.releases.planting import in_version

Planting = Callable[[str], AbstractContextManager[None]]
"""Takes the number of the version."""

SLOW_SECONDS = 0.6
REQUESTS_BEFORE_KILLED = 70
"""More than one comparison by canary payments asks one process for: a leak shows later."""

_ANSWERED_QUESTIONS = 4
"""Each fourth of a process is answered, so that `dr release` does not miss the answer at once."""

_UNUSUAL = Decimal(1_000_000), Decimal(1_000_000_000)
"""The amounts in between are none of a canary payment's."""


@dataclass(frozen=True)
class VersionKind:
    """What is wrong with a version; `is_shown` says that canary payments show it before any payer meets it."""

    name: str
    plant: Planting
    is_shown: bool


KINDS: dict[str, VersionKind] = {}


def version_kind(name: str, *, is_shown: bool) -> Callable[[Callable[[str], Iterator[None]]], None]:
    """Register a generator function that plants a kind before its `yield`, and removes it afterwards."""

    def register(plant: Callable[[str], Iterator[None]]) -> None:
        KINDS[name] = VersionKind(name, contextmanager(plant), is_shown)

    return register


KINDS[GOOD] = VersionKind(GOOD, lambda _: nullcontext(), is_shown=False)


class PlantedError(Exception):
    """What a bad version raises."""


@version_kind("crashes at start", is_shown=True)
def _crashes_at_start(version: str) -> Iterator[None]:
    def init(_run: Any, *_: Any, **__: Any) -> None:  # noqa: ANN401
        raise PlantedError("it does not start")

    with in_version(version, PaymentRoutes, __init__=init):
        yield


@version_kind("crashes on one kind of request", is_shown=False)
def _crashes_on_unusual(version: str) -> Iterator[None]:
    def accept(run: Any, self: Any, payment: Any, *more: Any, **options: Any) -> Receipt:  # noqa: ANN401
        if _UNUSUAL[0] <= payment.amount < _UNUSUAL[1]:
            raise PlantedError("this kind of request")
        return run(self, payment, *more, **options)  # type: ignore[no-any-return]

    with in_version(version, PaymentService, accept=accept):
        yield


@version_kind("crashes on most questions for the writer", is_shown=False)
def _crashes_elsewhere(version: str) -> Iterator[None]:
    """Fails where another region owns the writer, which is never so for canary payments."""

    def ownership(run: Any, self: Any, sighting: Any) -> Any:  # noqa: ANN401
        found, process = run(self, sighting), current_process()
        process.cache["questions"] = process.cache.get("questions", 0) + 1
        if found is Ownership.OTHER and process.cache["questions"] % _ANSWERED_QUESTIONS:
            raise PlantedError("another region owns the writer")
        return found

    with in_version(version, WriterRoute, _ownership=ownership):
        yield


@version_kind("201 without storing", is_shown=True)
def _stores_nothing(version: str) -> Iterator[None]:
    def insert(_run: Any, self: Any, payment: Any, *, began_in: str, request_id: str) -> Receipt:  # noqa: ANN401
        new = StoredPayment(payment, region=began_in, stored_at=self._clock.timestamp(), request_id=request_id)
        return Receipt(Outcome.STORED, new)

    with in_version(version, PaymentTable, insert=insert):
        yield


@version_kind("wrong amount", is_shown=True)
def _wrong_amount(version: str) -> Iterator[None]:
    def insert(run: Any, self: Any, payment: Any, **more: str) -> Receipt:  # noqa: ANN401
        return run(self, replace(payment, amount=payment.amount + 1), **more)  # type: ignore[no-any-return]

    with in_version(version, PaymentTable, insert=insert):
        yield


@version_kind("refuses what was accepted", is_shown=True)
def _refuses(version: str) -> Iterator[None]:
    def parse(run: Any, document: Any, **how: Any) -> Any:  # noqa: ANN401
        payment = run(document, **how)
        if payment.currency == "JPY":
            raise invalid_body("currency", "no yen any more")
        return payment

    with in_version(version, api, parse_payment=parse):
        yield


@version_kind("cannot read the previous version's items", is_shown=True)
def _cannot_read(version: str) -> Iterator[None]:
    def item(run: Any, self: Any) -> Any:  # noqa: ANN401
        return {**run(self), "form": {"N": "2"}}

    def from_item(run: Any, cls: Any, item: Any) -> Any:  # noqa: ANN401
        if "form" not in item:
            raise PlantedError("an item of another form")
        return run(cls, item)

    with in_version(version, StoredPayment, item=item, from_item=from_item):
        yield


@version_kind("slow", is_shown=False)
def _slow(version: str) -> Iterator[None]:
    def store(run: Any, self: Any, payment: Any, **options: Any) -> Receipt:  # noqa: ANN401
        current_process().sleep(SLOW_SECONDS)
        return run(self, payment, **options)  # type: ignore[no-any-return]

    with in_version(version, PaymentService, store=store):
        yield


@version_kind("a ticker that does nothing", is_shown=False)
def _idle_ticker(version: str) -> Iterator[None]:
    """Meets no payer, and logs no failure."""
    with in_version(version, Ticker, run=lambda _run, _self, _context: None):
        yield


@version_kind("leaks memory until it is killed", is_shown=False)
def _leaks(version: str) -> Iterator[None]:
    def answer(run: Any, self: Any, event: Any, context: Any) -> Any:  # noqa: ANN401
        process = current_process()
        process.cache["leaked"] = process.cache.get("leaked", 0) + 1
        if process.cache["leaked"] > REQUESTS_BEFORE_KILLED:
            process.die()
        return run(self, event, context)

    with in_version(version, PaymentRoutes, answer=answer):
        yield
