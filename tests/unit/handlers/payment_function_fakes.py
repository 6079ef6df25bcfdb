"""The parts of a payment function over fakes, writers to begin with, and what was logged and published."""

import io
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from handlers.payments.queue import PaymentQueue
from handlers.payments.service import PaymentService
from handlers.payments.store import PaymentTable
from handlers.telemetry import Telemetry
from handlers.writer.glass import read_glass
from handlers.writer.item import ClosingKind, Writer, WriterState
from handlers.writer.knowledge import WriterKnowledge
from handlers.writer.proofs import PaymentProof
from tests.unit.fake_clock import FakeClock
from tests.unit.handlers.fakes import CONTROL_TABLE, QUEUE_URL, REGION, TABLE, FakeQueue, FakeTable, function_clock

_names = itertools.count()


def open_in(region: str = REGION, epoch: int = 7, **changed: Any) -> Writer:
    """Return an open writer."""
    return Writer(region=region, epoch=epoch, state=WriterState.OPEN, **changed)


def closing_in(region: str, kind: ClosingKind, epoch: int = 7, **changed: Any) -> Writer:
    """Return a closing writer."""
    return Writer(region=region, epoch=epoch, state=WriterState.CLOSING, kind=kind, **changed)


@dataclass
class Beside:
    """A background that waits until it is told to work."""

    waiting: list[Callable[[], None]] = field(default_factory=list)

    def __call__(self, work: Callable[[], None]) -> None:
        self.waiting.append(work)

    def work(self) -> None:
        while self.waiting:
            self.waiting.pop(0)()


@dataclass
class Logs:
    """A telemetry whose log lines can be read."""

    stream: io.StringIO = field(default_factory=io.StringIO)
    region: str = REGION

    def telemetry(self) -> Telemetry:
        # A name of its own each time: powertools keeps the handler of a logger that it has seen before.
        return Telemetry(self.region, service=f"test-{next(_names)}", namespace="PaymentsDR/test", stream=self.stream)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    @property
    def text(self) -> str:
        return self.stream.getvalue()


@dataclass
class Payments:
    """A payment function's parts in the owner of the writer; `table` writes payments, `probe` reads the writer."""

    table: FakeTable = field(default_factory=FakeTable)
    queue: FakeQueue = field(default_factory=FakeQueue)
    time: FakeClock = field(default_factory=FakeClock)
    logs: Logs = field(default_factory=Logs)
    beside: Beside = field(default_factory=Beside)
    region: str = REGION
    writer: Writer | None = field(default_factory=lambda: open_in(REGION))

    def __post_init__(self) -> None:
        region = self.region
        # What goes on beside the work goes on while it sleeps.
        self.clock = clock = replace(function_clock(self.time), sleep=self._sleep)
        self.probe = FakeTable(self.table.tables)
        self.set_writer(self.writer)
        glass = partial(read_glass, self.probe, TABLE, region)
        self.knowledge = WriterKnowledge(self.probe, CONTROL_TABLE, region, clock, self.beside, glass)
        self.proof = PaymentProof(self.probe, CONTROL_TABLE, region, clock, self.beside)
        self.store = PaymentTable(self.table, TABLE, clock)
        self.service = PaymentService(
            table=self.store, knowledge=self.knowledge, region=region, clock=clock, stored=self.proof.stored
        )
        self.retry_queue = PaymentQueue(lambda: self.queue, QUEUE_URL)

    def _sleep(self, seconds: float) -> None:
        self.time.advance(seconds)
        self.beside.work()

    def set_writer(self, writer: Writer | None) -> None:
        self.probe.set_writer(writer)

    def guard(self) -> None:
        """Check what is known before each put and each message, as the entry point has the SDK do."""
        for client, guarded in ((self.table, "put_item"), (self.queue, "send_message")):
            client.before_call = lambda method, guarded=guarded: (  # type: ignore[misc]
                self.knowledge.require_writer() if method == guarded else None
            )


def emitted(output: str, *, region: str = REGION) -> dict[str, list[float]]:
    """Return the metrics that were published, by name, with the check that each has both dimensions."""
    found: dict[str, list[float]] = {}
    for line in output.splitlines():
        document = json.loads(line)
        for directive in document["_aws"]["CloudWatchMetrics"]:
            assert directive["Namespace"] == "PaymentsDR/test"
            assert sorted(directive["Dimensions"][0]) == ["Region", "service"]
            if document["Region"] != region:
                continue
            for metric in directive["Metrics"]:
                found.setdefault(metric["Name"], []).extend(document[metric["Name"]])
    return found
