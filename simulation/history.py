"""What happened in one run: what clients saw, and the truth behind it that only a simulation can see."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum

from simulation.release_history import ReleaseHistory


@dataclass(frozen=True, slots=True)
class Content:
    """What a payment says, apart from its id; equal contents are the same payment."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class Seen(StrEnum):
    """What a client learned from one call."""

    STORED = "201"
    REPLAYED = "200"
    QUEUED = "202"
    CONFLICT = "409"
    ABSENT = "404"
    NOT_PAID = "not paid"  # certainly not stored, says the client
    UNKNOWN = "unknown"


DURABLE = frozenset({Seen.STORED, Seen.REPLAYED, Seen.QUEUED})
"""What promises that the payment is durable."""


@dataclass(slots=True)
class Operation:
    """One call of a payer, from its beginning to its end; reads have no content of their own."""

    payer: str
    id: str
    content: Content | None
    began: float
    ended: float = float("inf")
    seen: Seen = Seen.UNKNOWN
    said: str = ""
    found: Content | None = None
    """What an answer said the payment is."""

    @property
    def is_write(self) -> bool:
        """Whether it tried to pay."""
        return self.content is not None

    def __str__(self) -> str:
        what = f"pay {self.id} {self.content}" if self.is_write else f"read {self.id}"
        return f"{self.payer}: {what} -> {self.seen} {self.said}"


@dataclass(frozen=True, slots=True)
class Store:
    """A payment that a write stored in the region where the write began."""

    at: float
    region: str
    id: str
    content: Content
    began_in: str
    """What the item names as its region."""
    process: str


@dataclass(frozen=True, slots=True)
class Arrival:
    """A payment that replication brought to the other region."""

    at: float
    region: str
    id: str
    content: Content
    replaced: Content | None
    """What the region had under the id before, and has no more."""


@dataclass(frozen=True, slots=True)
class PaymentChange:
    """A payment that a region's replica held, and that became another one or none."""

    at: float
    region: str
    id: str
    removes: bool


@dataclass(frozen=True, slots=True)
class WriterPeriod:
    """The writer item from one moment on."""

    at: float
    region: str
    epoch: int
    state: str
    kind: str
    automatic: bool
    automatic_changes: int
    by: str
    process: str
    resumed_at: float = -1.0
    """When the process that made it last went on after it had stood still."""

    @property
    def is_open(self) -> bool:
        """Whether the region may store."""
        return self.state == "open"

    def __str__(self) -> str:
        kind = f" ({self.kind})" if self.kind else ""
        return f"epoch {self.epoch}: {self.state}{kind} in {self.region}, by {self.by} [{self.process}]"


@dataclass(frozen=True, slots=True)
class CommandEnd:
    """How a command of an operator ended: `outcome` is `dr`'s own word."""

    process: str
    purpose: str
    began: float
    ended: float
    outcome: str
    planned_epoch: int
    """The epoch that its plan was made upon, or that it was taken up at."""
    left_epoch: int
    """The last epoch that it made."""


@dataclass(frozen=True, slots=True)
class Queueing:
    """A payment that a function put into a queue: a retry queue, or a dead letter queue with a reason."""

    at: float
    queue: str
    """`retry` or `dead letter`."""
    region: str
    """Of the queue."""
    sender: str
    """The region of the function."""
    id: str
    content: Content
    process: str
    attempts: int
    reason: str


@dataclass(frozen=True, slots=True)
class Wellness:
    """Which places are free of faults from one moment on, and which pairs of them reach each other."""

    at: float
    well: frozenset[str]


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line of a transaction log."""

    key: str
    """The object that holds it."""
    content: Content
    region: str
    """Where the payment began, as the line says."""
    stored_at: str


@dataclass(slots=True)
class Final:
    """What is left at the end."""

    replicas: dict[str, dict[str, Content]] = field(default_factory=dict)
    retry_queues: dict[str, list[tuple[str, Content]]] = field(default_factory=dict)
    dead_letters: dict[str, list[tuple[str, Content]]] = field(default_factory=dict)
    logs: dict[str, dict[str, list[LogLine]]] = field(default_factory=dict)
    """By region and id."""
    receipts: dict[str, dict[str, Content]] = field(default_factory=dict)
    unlogged: frozenset[str] = frozenset()
    """What the transaction log's on-failure destination was told of."""


@dataclass(slots=True)
class Happening:
    """One line of what is shown to a person."""

    at: float
    text: str
    about: str = ""


@dataclass
class History:
    """One run."""

    now: Callable[[], float]
    seed: int
    regions: tuple[str, str]
    operations: list[Operation] = field(default_factory=list)
    stores: list[Store] = field(default_factory=list)
    arrivals: list[Arrival] = field(default_factory=list)
    changes: list[PaymentChange] = field(default_factory=list)
    changes_counted: Counter[str] = field(default_factory=Counter)
    """What each region's functions have counted of them."""
    writer: list[WriterPeriod] = field(default_factory=list)
    wellness: list[Wellness] = field(default_factory=list)
    commands: list[CommandEnd] = field(default_factory=list)
    queueings: list[Queueing] = field(default_factory=list)
    glass: list[tuple[float, str]] = field(default_factory=list)
    """When break glass was written, and in which region."""
    glass_epochs: dict[str, set[int]] = field(default_factory=dict)
    """At which epochs it was, by region."""
    proofs: dict[str, list[float]] = field(default_factory=dict)
    """When each region's proof of fitness was raised."""
    standstills: list[tuple[float, str]] = field(default_factory=list)
    """When a region's ticker went on that had stood still together with its monotonic clock."""
    unwritable: list[tuple[float, str, bool]] = field(default_factory=list)
    """From when on a region's replica of the payments table fails every write, or does no more."""
    clocks_behind: list[tuple[str, float, float]] = field(default_factory=list)
    """Regions whose wall clocks were behind by the recovery point objective or more, from when until when."""
    happenings: list[Happening] = field(default_factory=list)
    releases: ReleaseHistory = field(default_factory=ReleaseHistory)
    failures: list[tuple[float, str]] = field(default_factory=list)
    """What no process should do: threads that die, functions that raise, answers of 500."""
    counts: Counter[str] = field(default_factory=Counter)
    faults_ended: float = 0.0
    ended: float = 0.0
    final: Final = field(default_factory=Final)

    def note(self, text: str, about: str = "") -> None:
        """Remember something for whoever reads a violation."""
        self.happenings.append(Happening(self.now(), text, about))

    def fail(self, text: str) -> None:
        """Remember something that no process should do."""
        self.failures.append((self.now(), text))
        self.note(f"FAILURE {text}")

    def writer_at(self, moment: float) -> WriterPeriod | None:
        """Return the writer as it was at a moment."""
        found = None
        for state in self.writer:
            if state.at > moment:
                break
            found = state
        return found

    def by_id(self) -> dict[str, list[Operation]]:
        """Return all operations of each payment id, in the order of their beginning."""
        found: dict[str, list[Operation]] = {}
        for operation in self.operations:
            found.setdefault(operation.id, []).append(operation)
        return found

    def stores_by_id(self) -> dict[str, list[Store]]:
        """Return all stores of each payment id."""
        found: dict[str, list[Store]] = {}
        for store in self.stores:
            found.setdefault(store.id, []).append(store)
        return found

    def around(self, moment: float, about: str, *, seconds: float) -> Iterator[str]:
        """Yield the lines about a payment, and all lines around a moment, in their order."""
        lines = [(each.at, each.text, each.about) for each in self.happenings]
        lines += [(state.at, f"writer {state}", "") for state in self.writer]
        lines += [(each.at, str(each), "") for each in self.releases.periods]
        lines += [(each.at, str(each), "") for each in self.releases.moves]
        for operation in self.operations:
            lines.append((operation.began, f"{operation.payer}: begins {operation.content or 'read'}", operation.id))
            if operation.ended < float("inf"):
                lines.append((operation.ended, str(operation), operation.id))
        lines += [
            (each.at, f"STORED {each.content} in {each.region} by {each.process}", each.id) for each in self.stores
        ]
        lines += [
            (each.at, f"arrives in {each.region}: {each.content}, replaces {each.replaced}", each.id)
            for each in self.arrivals
        ]
        for at, text, subject in sorted(lines, key=lambda line: line[0]):
            is_near = abs(at - moment) <= seconds and (not subject or not about or subject == about)
            if is_near or (about and subject == about):
                yield f"{at:10.3f}  {f'[{subject}] ' if subject else ''}{text}"
