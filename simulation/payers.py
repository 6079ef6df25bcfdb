"""Payers: by DNS, by both regions, one that never asks DNS again, one that reuses ids for other payments."""

import json
import random
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from client.attempt_results import says_not_stored
from client.errors import ConflictError, InDoubtError, NotPaidError, PaymentError
from client.https import NoAnswerError, Response
from client.multi_region import MultiRegionClient
from client.payments import PaymentClient
from simulation.history import Content, Operation, Seen
from simulation.kernel.pending import Pending
from simulation.kernel.process import Process
from simulation.nemesis.schedule import LAST_SECONDS
from simulation.orders import Order, draw_order
from simulation.primitives.credentials import PayersCredentials
from simulation.primitives.dns import FAILOVER_NAME, TTL_SECONDS, CachingResolver, regional_url
from simulation.primitives.network import OUTSIDE
from simulation.world import REGIONS, World

_SEEN = {201: Seen.STORED, 200: Seen.REPLAYED, 202: Seen.QUEUED, 409: Seen.CONFLICT, 404: Seen.ABSENT}
_ATTEMPTS = 4
_LATEST = 4
"""How many operations back a payer looks for somebody else's payment to read."""
_REGIONAL_READS = 0.3
"""How many of the reads ask a region by its own name instead of as the payer asks."""
_HURRIES, _HURRY_SECONDS = 0.6, 4.0
"""How many payers make their next payment at once when the writer changes or is about to, and within how long."""


class SimulatedPayer:
    """Makes payments one after the other, and writes down what it sees."""

    def __init__(self, world: World, process: Process) -> None:
        self.process = process
        self.world = world
        self.random = world.kernel.random("payer", process.name)
        self.credentials = PayersCredentials(process)
        self._waits: Pending | None = None
        self._regional = {region: self.plain_client(regional_url(region)) for region in REGIONS}
        world.payers.append(self)

    def start(self, orders: Sequence[Order]) -> None:
        """Begin, in a thread of its process."""
        self.process.spawn(lambda: self._work(orders))

    def hurry(self, seconds: float) -> None:
        """Make the next payment within so many seconds, unless one is being made."""
        if self._waits is not None:
            self.process.kernel.after(seconds, self._waits.resolve)

    def plain_client(self, url: str, *, ttl_seconds: float = TTL_SECONDS) -> PaymentClient:
        """Return a client of an endpoint, connected by the simulated network."""
        process, https = self.process, self.world.https

        def transport(url: str, **request: Any) -> Response:  # noqa: ANN401 -- as client.https.exchange
            address, method, timeouts = request["address"], request["method"], request["timeouts"]
            return https.exchange(process, address, method, url, body=request["body"], timeouts=timeouts)

        return PaymentClient(
            url,
            credentials=self.credentials,  # type: ignore[arg-type] # has the one method that is used
            resolver=CachingResolver(process, self.world.record.answer, ttl_seconds=ttl_seconds),
            transport=transport,
            sign=_sign,
            clock=process.clock,
        )

    def pay(self, order: Order) -> None:
        """Make one payment."""
        raise NotImplementedError

    def read(self, id_: str) -> Response:
        """Read one payment."""
        raise NotImplementedError

    def attempt(self, order: Order, send: Callable[[], Response]) -> Seen:
        """Pay once and write down what came of it."""
        operation = self._begin(order.id, order.content)
        try:
            response = send()
        except PaymentError as error:
            operation.said = f"{type(error).__name__}: {error}"
            kinds = {ConflictError: Seen.CONFLICT, NotPaidError: Seen.NOT_PAID, InDoubtError: Seen.UNKNOWN}
            operation.seen = kinds.get(type(error), Seen.UNKNOWN)
            if type(error) not in kinds:
                self.world.history.fail(f"{self.process}: {operation.said}")
        except NoAnswerError as error:
            operation.said = str(error)
        except OSError as error:  # nothing was sent
            operation.seen, operation.said = Seen.NOT_PAID, f"{type(error).__name__}: {error}"
        else:
            _take_in(operation, response)
            if says_not_stored(response):
                operation.seen = Seen.NOT_PAID
        operation.ended = self.process.kernel.now
        return operation.seen

    def _work(self, orders: Sequence[Order]) -> None:
        for order in orders:
            self._wait_until(order.at)
            self.pay(order)
            if order.repeats:
                self.process.sleep(self.random.uniform(0.5, 30))
                self.pay(order)
            if order.reads:
                self.process.sleep(self.random.uniform(0.0, self.random.choice((0.3, 5.0))))
                self._read_back(self._id_to_read(order.id))

    def _wait_until(self, moment: float) -> None:
        kernel = self.process.kernel
        if moment > kernel.now:
            self._waits = Pending(self.process)
            kernel.at(moment, self._waits.resolve)
            self._waits.wait()
            self._waits = None

    def _id_to_read(self, own: str) -> str:
        """Return the payer's own payment, or one of the latest of all payers."""
        latest = [each.id for each in self.world.history.operations[-_LATEST:] if each.is_write]
        return self.random.choice([own, *latest])

    def _read_back(self, id_: str) -> None:
        read: Callable[[str], Response] = self.read
        reader = self.process.name
        if self.random.random() < _REGIONAL_READS:
            region = self.random.choice(REGIONS)
            read, reader = self._regional[region].get, f"reader of {region}"
        operation = self._begin(id_, None, payer=reader)
        try:
            _take_in(operation, read(id_))
        except OSError as error:
            operation.said = str(error)
        operation.ended = self.process.kernel.now

    def _begin(self, id_: str, content: Content | None, *, payer: str = "") -> Operation:
        operation = Operation(payer or self.process.name, id_, content, self.process.kernel.now)
        self.world.history.operations.append(operation)
        return operation


class DnsPayer(SimulatedPayer):
    """Pays at whatever DNS answers, and tries a few times."""

    def __init__(self, world: World, process: Process, *, ttl_seconds: float = TTL_SECONDS) -> None:
        super().__init__(world, process)
        self._client = self.plain_client(f"https://{FAILOVER_NAME}", ttl_seconds=ttl_seconds)

    def pay(self, order: Order) -> None:
        """Try until the answer is final, a few times."""
        for _ in range(_ATTEMPTS):
            seen = self.attempt(order, lambda: self._client.pay(order.body()))
            if seen not in {Seen.NOT_PAID, Seen.UNKNOWN}:
                return
            self.process.sleep(self.random.uniform(1, 8))

    def read(self, id_: str) -> Response:
        """Read at whatever DNS answers."""
        return self._client.get(id_)


class MultiRegionPayer(SimulatedPayer):
    """Pays with the client that knows both regions."""

    def __init__(self, world: World, process: Process) -> None:
        super().__init__(world, process)
        clock = ProcessTime(process)
        self._client = MultiRegionClient(
            *(self.plain_client(regional_url(region)) for region in REGIONS),
            clock=clock,
            jitter=self.random.uniform,
            in_background=lambda run: _spawn(process, run),
        )

    def pay(self, order: Order) -> None:
        """Pay once; the client tries for as long as it may."""
        self.attempt(order, lambda: self._client.pay(order.body()).response)

    def read(self, id_: str) -> Response:
        """Read in both regions."""
        return self._client.get(id_)


class ProcessTime:
    """What `time` is to a program: a process's monotonic clock, and its sleep."""

    def __init__(self, process: Process) -> None:
        self.monotonic = process.clock.monotonic
        self.sleep = process.sleep


def start_payers(world: World, *, payments: int, moments: Callable[[random.Random], float]) -> None:
    """Start all payers with so many payments among them, at moments that `moments` draws."""
    payers: list[SimulatedPayer] = []
    for number, place in enumerate(OUTSIDE):
        payers.append(DnsPayer(world, world.outside(f"dns-{number}", place)))
        payers.append(MultiRegionPayer(world, world.outside(f"multi-{number}", place)))
    payers.append(MultiRegionPayer(world, world.outside("multi-careless", OUTSIDE[0])))
    payers.append(DnsPayer(world, world.outside("stubborn", OUTSIDE[0]), ttl_seconds=float("inf")))
    generator = world.kernel.random("orders")
    orders: dict[int, list[Order]] = {number: [] for number in range(len(payers))}
    for moment in sorted(moments(generator) for _ in range(payments)):
        number = generator.randrange(len(payers))
        careless = payers[number].process.name == "multi-careless"
        known = [order for made in orders.values() for order in made if moment - order.at < 60] if careless else []  # noqa: PLR2004
        orders[number].append(
            draw_order(generator, moment, known[generator.randrange(len(known))].id if known else None)
        )
    for number, payer in enumerate(payers):
        payer.start(orders[number])
    haste = world.kernel.random("haste")

    def hurry(_: Process | None) -> None:
        if world.kernel.now < LAST_SECONDS:
            for payer in payers:
                if haste.random() < _HURRIES:
                    payer.hurry(haste.uniform(0, _HURRY_SECONDS))

    world.on_move.append(hurry)


def _take_in(operation: Operation, response: Response) -> None:
    operation.seen = _SEEN.get(response.status, Seen.UNKNOWN)
    operation.said = f"{operation.said} {response.status}".strip()
    if response.status in {200, 201}:
        document: Mapping[str, Any] = json.loads(response.body)
        operation.found = Content(Decimal(document["amount"]), document["currency"])
        operation.said += f" {document['region']}"


def _sign(_method: str, _url: str, *, credentials: PayersCredentials, headers: Any, **_: object) -> dict[str, str]:  # noqa: ANN401
    credentials.get_frozen_credentials()
    return dict(headers or {})


def _spawn(process: Process, run: Callable[[], None]) -> None:
    process.spawn(run)
