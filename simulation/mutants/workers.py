"""Faults in the retry worker and in the transaction log."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from handlers import retry_worker
from handlers.payments import recorder, transaction_records
from handlers.payments.queue import QueueUnavailableError
from handlers.payments.recorder import TransactionRecorder
from handlers.payments.service import UnsettledPaymentError
from handlers.payments.transaction_records import LogObject, log_objects, read_batch
from handlers.payments.worker import RetryWorker
from handlers.writer.knowledge import StoringRefusedError, WriterKnowledge
from simulation.mutants.registry import mutant
from simulation.patching import patched
from simulation.run import RUN_SECONDS
from simulation.world import WorldOptions

_BAD_SCRIPT = WorldOptions(releases=False, bad_script=True)


@mutant("the worker parks what it never tried", "parked for a reason", seed=4728, seconds=845.0)
def _parks_untried() -> Iterator[None]:
    original = RetryWorker._move_on  # noqa: SLF001 -- what is mutated

    def move_on(self: Any, body: str, correlation: str, service: Any) -> None:  # noqa: ANN401
        try:
            original(self, body, correlation, service)
        except (StoringRefusedError, UnsettledPaymentError) as error:
            self._park(body, correlation, "attempts", error)

    with patched(RetryWorker, _move_on=move_on):
        yield


@mutant("the worker stores without owning", "one open writer", seed=4712, seconds=340.0)
def _worker_stores() -> Iterator[None]:
    class Careless(WriterKnowledge):
        def require_writer(self) -> None:
            """Require nothing."""

    with patched(retry_worker, WriterKnowledge=Careless):
        yield


@mutant("the worker drops what it cannot send on", "durable", seed=4928, seconds=RUN_SECONDS)
def _drops() -> Iterator[None]:
    original = RetryWorker._move_on  # noqa: SLF001

    def move_on(self: Any, body: str, correlation: str, service: Any) -> None:  # noqa: ANN401
        with suppress(QueueUnavailableError):
            original(self, body, correlation, service)

    with patched(RetryWorker, _move_on=move_on):
        yield


@mutant("the worker drops what it could not store", "durable", seed=4711, seconds=RUN_SECONDS)
def _drops_attempts() -> Iterator[None]:
    with patched(RetryWorker, _count_attempt=lambda *_: None):
        yield


@mutant("the first failed attempt is the last", "parked for a reason", seed=4711, seconds=193.0)
def _gives_up_early() -> Iterator[None]:
    def count_attempt(self: Any, queued: Any, correlation: str, error: Exception) -> None:  # noqa: ANN401
        self._park(queued.body(), correlation, "attempts", error)

    with patched(RetryWorker, _count_attempt=count_attempt):
        yield


@mutant(
    "a batch is dropped after a failed put",
    "logged where it was stored",
    "a receipt for each line",
    seed=4722,
    seconds=RUN_SECONDS,
)
def _log_lost() -> Iterator[None]:
    original = TransactionRecorder.record

    def record(self: Any, records: Any, context: Any) -> None:  # noqa: ANN401
        with suppress(BotoCoreError, ClientError):
            original(self, records, context)

    with patched(TransactionRecorder, record=record):
        yield


@mutant("a receipt that fails is forgotten", "a receipt for each line", seed=5001, seconds=RUN_SECONDS)
def _receipt_lost() -> Iterator[None]:
    original = TransactionRecorder._put_receipts  # noqa: SLF001

    def put_receipts(self: Any, batch: Any) -> None:  # noqa: ANN401
        with suppress(Exception):
            original(self, batch)

    with patched(TransactionRecorder, _put_receipts=put_receipts):
        yield


@mutant("a batch is logged on the day of its first payment", "logged on its day", seed=4713, seconds=690.0)
def _first_day() -> Iterator[None]:
    def one_object(batch: Any, region: str) -> list[LogObject]:  # noqa: ANN401
        first, *others = log_objects(batch, region)
        body = first.body + b"".join(other.body for other in others)
        return [LogObject(first.key, first.content_type, body)]

    with patched(recorder, log_objects=one_object):
        yield


@mutant("a log is named for its first payment alone", "logged where it was stored", seed=4711, seconds=RUN_SECONDS)
def _log_overwritten() -> Iterator[None]:
    def objects(batch: Any, region: str) -> list[LogObject]:  # noqa: ANN401
        return [
            LogObject(f"{each.key.rpartition('/')[0]}/log.jsonl", each.content_type, each.body)
            for each in log_objects(batch, region)
        ]

    with patched(recorder, log_objects=objects):
        yield


@mutant(
    "changes are counted where payments are logged",
    "a changed payment is counted",
    seed=4711,
    seconds=RUN_SECONDS,
    options=_BAD_SCRIPT,
)
def _counts_own_alone() -> Iterator[None]:
    original = TransactionRecorder.record

    def record(self: Any, records: Any, context: Any) -> None:  # noqa: ANN401
        if read_batch(records, self._region).payments:
            original(self, records, context)

    with patched(TransactionRecorder, record=record):
        yield


@mutant(
    "removals are no changes",
    "a changed payment is counted",
    seed=4711,
    seconds=RUN_SECONDS,
    options=_BAD_SCRIPT,
)
def _counts_no_removals() -> Iterator[None]:
    with patched(transaction_records, CHANGE_EVENTS=frozenset({"MODIFY"})):
        yield
