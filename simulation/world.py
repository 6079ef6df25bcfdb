"""The whole system: two regions and a witness, DNS, payers, and the observers that write the history."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from contract.environment import (
    GLASS_PREFIX,
    LOG_PREFIX,
    PAYMENT_PREFIX,
    PROOF_PREFIX,
    RECEIPT_PREFIX,
    WRITER_KEY,
    Function,
)
from handlers.payments.logged_payment import LoggedPayment
from simulation.history import (
    Arrival,
    Content,
    History,
    LogLine,
    PaymentChange,
    Queueing,
    Store,
    Wellness,
    WriterPeriod,
)
from simulation.kernel.loop import Kernel
from simulation.kernel.process import Process
from simulation.primitives.credentials import PayersCredentials
from simulation.primitives.dns import FailoverRecord
from simulation.primitives.functions import ProcessClocks
from simulation.primitives.gateway import Https
from simulation.primitives.network import Network
from simulation.primitives.queues import Queue, QueuedMessage
from simulation.primitives.service import Service, ServiceFaults
from simulation.primitives.strong_table import Consensus, StrongChange, StrongReplica
from simulation.primitives.tables import GlobalTable, TableChange
from simulation.region import SimulatedRegion
from simulation.release_proof import ReleaseProof
from simulation.terminals.command_line import CommandLine

PRIMARY, STANDBY, WITNESS = "us-east-1", "us-east-2", "us-west-2"
REGIONS = (PRIMARY, STANDBY)

_START = 1_767_311_400.0  # 2026-01-01T23:50:00Z: a run passes midnight
MIDNIGHT_SECONDS = 600.0


@dataclass
class WorldOptions:
    """What a run may switch on beside its seed."""

    lingering_sockets: bool = False
    """Sockets are closed as usual instead of with a reset, so that the kernel delivers late (FACTS 12.2)."""
    releases: bool | None = None
    """Whether a run has releases; a share of the seeds has some if nobody says."""
    bad_script: bool = False
    """Whether a script changes and removes payments; then nothing else that is true of payments holds."""
    proof: ReleaseProof | None = None
    """The one release that a run shows, with nothing beside it."""


class HasCredentials(Protocol):
    """A payer, as far as faults know it."""

    credentials: PayersCredentials


class World:
    """Two regions with the shipped code in them."""

    def __init__(self, seed: int, options: WorldOptions | None = None) -> None:
        self.kernel = Kernel(seed)
        self.history = History(now=lambda: self.kernel.now, seed=seed, regions=REGIONS)
        self.network = Network(self.kernel.random("network"), lingers=(options or WorldOptions()).lingering_sockets)
        self.clocks = ProcessClocks(_START)
        self.table = GlobalTable(self.kernel, self.network, REGIONS)
        self.consensus = Consensus(self.kernel, self.network, (*REGIONS, WITNESS))
        self.https = Https(self.kernel, self.network)
        self.routes: dict[tuple[str, str], Any] = {}
        self.regions = {name: self._build_region(name) for name in REGIONS}
        one, other = (self.regions[name] for name in REGIONS)
        one.bucket.peer, other.bucket.peer = other.bucket, one.bucket
        self.record = FailoverRecord(self.kernel, self.https, PRIMARY, STANDBY)
        self.payers: list[HasCredentials] = []
        self.on_move: list[Callable[[Process | None], object]] = []
        """Called when the writer changes, and with the process of a command that is about to change it."""
        self.order: Callable[[int, CommandLine], Process | None] = lambda _, __: None
        """Has an operator, known by a number, run a command at once."""
        self.touched: dict[str, int] = {}
        """How many faults are on each place."""
        self._observe()
        self.tell_wellness()

    def _build_region(self, name: str) -> SimulatedRegion:
        return SimulatedRegion(
            kernel=self.kernel,
            network=self.network,
            name=name,
            primary=PRIMARY,
            standby=STANDBY,
            replica=self.table.replicas[name],
            control=StrongReplica(self.consensus, name, self.kernel.random("control", name)),
            clocks=self.clocks,
            history=self.history,
            routes=self.routes,
            https=self.https,
        )

    def outside(self, name: str, place: str) -> Process:
        """Return a process of a payer or an operator, with clocks that are off as people's are."""
        random_ = self.kernel.random("outside", name)
        return self.kernel.process(
            name, place, epoch=_START, rate=1 + random_.uniform(-2e-4, 2e-4), offset=random_.uniform(-30, 30)
        )

    def about_to_move(self, by: Process | None = None) -> None:
        """Tell whoever acts when it matters most."""
        for tell in self.on_move:
            tell(by)

    def put_faults(self, service: Service, faults: ServiceFaults | None) -> None:
        """Put faults on a service, or take them off; write down whether its region can store payments at all."""
        service.faults = faults
        region = self.regions.get(service.place)
        if region is not None and service in (region.replica, region.gateway):
            table, api = region.replica.faults, region.gateway.faults
            fails = table is not None and (table.is_down or table.is_silent)
            # A question that is throttled tells nothing of fitness.
            is_told = api is None or not api.throttled
            self.history.unwritable.append((self.kernel.now, region.name, fails and is_told))

    def touch(self, places: tuple[str, ...], by: int) -> None:
        """Count a fault on places, or take it off."""
        for place in places:
            self.touched[place] = self.touched.get(place, 0) + by
        self.tell_wellness()

    def tell_wellness(self) -> None:
        """Write down which places no fault is on."""
        well = frozenset(place for place in (*REGIONS, WITNESS) if not self.touched.get(place))
        self.history.wellness.append(Wellness(self.kernel.now, well))

    def is_quiet(self) -> bool:
        """Return whether nothing is on its way any more."""
        return not any(
            region.queues.retry.messages or region.stream.waiting() for region in self.regions.values()
        ) and not any(link.waiting() for link in self.table.links)

    def finish(self) -> None:
        """Write down what is left at the end, and what processes did that none should do."""
        history, final = self.history, self.history.final
        history.ended = self.kernel.now
        for name, region in self.regions.items():
            final.replicas[name] = {
                key.removeprefix(PAYMENT_PREFIX): _content(version.item)
                for key, version in region.replica.items.items()
                if key.startswith(PAYMENT_PREFIX) and version.item
            }
            final.retry_queues[name] = _messages(region.queues.retry)
            final.dead_letters[name] = _messages(region.queues.dead_letters)
            logs = final.logs[name] = {}
            for key, body in region.bucket.objects.items():
                if key.startswith(f"{LOG_PREFIX}{name}/"):
                    _read_log(key, body, logs)
            final.receipts[name] = {
                key.removeprefix(f"{RECEIPT_PREFIX}{name}/").removesuffix(".json"): _paid(json.loads(body))
                for key, body in region.bucket.objects.items()
                if key.startswith(f"{RECEIPT_PREFIX}{name}/")
            }
        final.unlogged = frozenset(
            record["dynamodb"]["Keys"]["pk"]["S"].removeprefix(PAYMENT_PREFIX)
            for region in self.regions.values()
            for record in region.stream.given_up
        )
        for task, error in self.kernel.failures:
            history.failures.append((self.kernel.now, f"a thread of {task.process} died: {error!r}"))

    def _observe(self) -> None:
        self.consensus.observers.append(self._control_changed)
        for region in self.regions.values():
            region.replica.observers.append(self._table_changed)
            region.queues.retry.observers.append(partial(self._queue_changed, region.queues.retry, "retry"))
            letters = region.queues.dead_letters
            letters.observers.append(partial(self._queue_changed, letters, "dead letter"))
            for pool in region.pools.values():
                pool.on_failure = self._handler_raised

    def _control_changed(self, change: StrongChange) -> None:
        if change.key.startswith(PROOF_PREFIX):
            self.history.proofs.setdefault(change.key.removeprefix(PROOF_PREFIX), []).append(self.kernel.now)
        if change.key != WRITER_KEY:
            return
        item = change.new
        state = WriterPeriod(
            at=self.kernel.now,
            region=item["region"]["S"],
            epoch=int(item["epoch"]["N"]),
            state=item["state"]["S"],
            kind=item.get("kind", {}).get("S", ""),
            automatic=item["automatic"]["BOOL"],
            automatic_changes=int(item.get("automatic_changes", {}).get("N", "0")),
            by=item.get("by", {}).get("S", ""),
            process=_name(change.process),
            resumed_at=change.process.resumed_at if change.process is not None else -1.0,
        )
        self.history.writer.append(state)
        self.about_to_move()

    def _table_changed(self, change: TableChange) -> None:
        if change.key.startswith(GLASS_PREFIX) and change.origin == change.replica:
            self._glass_changed(change.key.removeprefix(GLASS_PREFIX), change.new.item)
        if not change.key.startswith(PAYMENT_PREFIX):
            return
        id_, item = change.key.removeprefix(PAYMENT_PREFIX), change.new.item
        if change.old is not None and change.old.item not in ({}, item):
            self.history.changes.append(PaymentChange(self.kernel.now, change.replica, id_, removes=not item))
        if not item:
            return
        if change.process is None:
            replaced = None if change.old is None or not change.old.item else _content(change.old.item)
            arrival = Arrival(self.kernel.now, change.replica, id_, _content(item), replaced)
            self.history.arrivals.append(arrival)
            return
        store = Store(
            at=self.kernel.now,
            region=change.replica,
            id=id_,
            content=_content(item),
            began_in=item["region"]["S"],
            process=_name(change.process),
        )
        self.history.stores.append(store)

    def _glass_changed(self, region: str, item: Mapping[str, Any]) -> None:
        self.history.note(f"GLASS of {region} is {'broken' if item else 'cleared'}")
        if item:
            self.history.glass.append((self.kernel.now, region))
            self.history.glass_epochs.setdefault(region, set()).add(int(item["epoch"]["N"]))

    def _handler_raised(self, function: str, process: Process, error: Exception) -> None:
        text = f"{process} raised {type(error).__name__}: {error}"
        if self.history.releases.is_bad(process.version):
            self.history.note(text)
            return
        # Their event sources hand the batch over again.
        is_retried = function in {Function.TRANSACTION_LOG, Function.RETRY_WORKER}
        if is_retried and isinstance(error, BotoCoreError | ClientError):
            self.history.note(text)
        else:
            self.history.fail(text)

    def _queue_changed(self, queue: Queue, kind: str, what: str, message: QueuedMessage) -> None:
        document, process = json.loads(message.body), queue.asking
        id_ = str(document.get("transactionId", ""))
        self.history.counts[f"{kind} message {what}"] += 1
        self.history.note(f"{kind} message {message.id} {what}", id_)
        # What SQS itself parks, and what a person redrives, no function has put there.
        if what == "sent" and process is not None and "@" in process.name:
            self.history.queueings.append(
                Queueing(
                    at=self.kernel.now,
                    queue=kind,
                    region=queue.place,
                    sender=process.place,
                    id=id_,
                    content=_paid(document),
                    process=process.name,
                    attempts=int(document.get("attempts", 0)),
                    reason=message.attributes.get("reason", {}).get("StringValue", ""),
                )
            )


def _name(process: Process | None) -> str:
    return process.name if process is not None else "replication"


def _content(item: Any) -> Content:  # noqa: ANN401 -- an item as DynamoDB writes it
    return Content(Decimal(item["amount"]["N"]), item["currency"]["S"])


def _paid(document: dict[str, Any]) -> Content:
    return Content(Decimal(document["amount"]), document["currency"])


def _messages(queue: Queue) -> list[tuple[str, Content]]:
    documents = [json.loads(message.body) for message in queue.messages.values()]
    return [(document["transactionId"], _paid(document)) for document in documents]


def _read_log(key: str, body: bytes, logs: dict[str, list[LogLine]]) -> None:
    for text in body.decode().splitlines():
        logged = LoggedPayment.from_line(text)
        line = LogLine(key, _content(logged.item()), logged.region, logged.stored_at)
        logs.setdefault(logged.transaction_id, []).append(line)
