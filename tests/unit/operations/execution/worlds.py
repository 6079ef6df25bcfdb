"""A site in the mind: a control table, two replicas with their streams, tickers, payers; time is its own.

Functions behave as badly as they are allowed to: a region stores payments for almost `SETTLE_SECONDS` after it was
closed. At every second the world looks for what no command may ever bring about.
"""

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TypeVar

from greenlet import getcurrent, greenlet

from contract.deadlines import SETTLE_SECONDS
from contract.roles import Role
from handlers.tickers.acting import successor
from handlers.tickers.decision import TickerObservation, TickerPlace, decide
from handlers.tickers.memory import TickerMemory
from handlers.tickers.seeing import saw_proofs, saw_writer
from handlers.writer.changes import ForbiddenChangeError, StaleEpochError
from handlers.writer.item import ClosingKind, Writer
from operations.topology.loss_estimate import LossEstimate, MissingPayments
from operations.topology.model import Topology
from operations.topology.readings import Known
from tests.unit.operations.plans import topologies
from tests.unit.operations.plans.topologies import NAMES, isolated, open_in, topology, without

START = 1_800_000_000.0
LATENCY_SECONDS = 0.04
RECOVERY_POINT_SECONDS = 300.0

T = TypeVar("T")


class InterruptionError(BaseException):
    """The operator's machine is gone."""


@dataclass
class World:
    """Two regions; one payment a second is tried in each."""

    lag: float = 1.0
    slow: dict[str, float] = field(default_factory=dict)
    """The lag of payments in slow partitions, by what their keys end with."""
    detection: float = 25.0
    """How long health checkers take to follow the writer."""
    wall_ahead: float = 0.0
    """How far the operators' wall clocks are ahead; may change at any time."""
    scale: float = 1.0
    now: float = 0.0
    writer: Writer = field(default_factory=open_in)
    lost: set[Role] = field(default_factory=set)
    """Regions that are gone."""
    cut_off: set[Role] = field(default_factory=set)
    """Regions whose replica of the control table reaches neither of the others, and which operators reach."""
    lost_to_operators: bool = False
    """Whether operators reach nothing any more."""
    unreplicated: set[Role] = field(default_factory=set)
    """Regions whose payments do not leave them."""
    has_tickers: bool = True
    pays: bool = True
    interrupt_at: int | None = None
    """Which touch of the world is the last one."""
    after_it: bool = False
    """Whether that touch still takes effect."""
    touches: int = 0
    history: list[tuple[float, Writer]] = field(default_factory=list)
    stream: dict[Role, list[tuple[float, str]]] = field(default_factory=lambda: {role: [] for role in Role})
    """What each region stored, and when."""
    waiting: dict[Role, int] = field(default_factory=lambda: dict.fromkeys(Role, 0))
    memories: dict[Role, TickerMemory] = field(
        default_factory=lambda: {role: TickerMemory(fit=True, fit_for=3600, lag=1, peer_count=0) for role in Role}
    )
    proofs: dict[Role, int] = field(default_factory=lambda: dict.fromkeys(Role, 0))

    def __post_init__(self) -> None:
        self.history.append((-1000.0, self.writer))
        self._due: list[tuple[float, int, greenlet]] = []
        self._numbers = count()
        self._hub = getcurrent()

    # --- The clock. ---

    def time(self) -> float:
        """Return the operators' wall clock."""
        return START + self.now + self.wall_ahead

    def monotonic(self) -> float:
        """Return seconds since the beginning."""
        return self.now * self.scale

    def sleep(self, seconds: float) -> None:
        """Let time pass; others act meanwhile."""
        until = self.now + seconds / self.scale
        current = getcurrent()
        if current is self._hub:
            self._pass(until)
            return
        heapq.heappush(self._due, (until, next(self._numbers), current))
        self._hub.switch()

    def together(self, *acts: tuple[float, Callable[[], object]]) -> None:
        """Have several people act, each from a second on."""
        for start, act in acts:
            heapq.heappush(self._due, (self.now + start, next(self._numbers), greenlet(act)))
        while self._due:
            at, _, actor = heapq.heappop(self._due)
            self._pass(at)
            actor.switch()

    def _pass(self, until: float) -> None:
        while int(self.now) < int(until):
            self.now = float(int(self.now) + 1)
            self._tick()
        self.now = max(self.now, until)

    def _tick(self) -> None:
        storing = [role for role in Role if self.may_store(role)]
        assert len(storing) < 2, f"both regions store payments at {self.now}"
        for role in storing if self.pays else ():
            self.stream[role].append((self.now, f"payment#{role}-{self.now:.0f}"))
        for role in Role if self.has_tickers else ():
            if role not in self.lost | self.cut_off:
                self._ticker(role)

    def _ticker(self, role: Role) -> None:
        """Do what the shipped ticker would do."""
        self.proofs[role] += 1
        place = TickerPlace(NAMES[role], NAMES[role.peer], is_primary=role is Role.PRIMARY)
        memory = saw_writer(self.memories[role].advanced(1), self.writer)
        memory = saw_proofs(memory, own=self.proofs[role], peer=self.proofs[role.peer], lag=self.lag)
        self.memories[role] = memory
        decision = decide(place, TickerObservation(self.writer, None, RECOVERY_POINT_SECONDS), memory)
        try:
            self.set(self.writer, successor(place, decision, self.writer, now=self.time(), at=topologies.AT))
        except (ValueError, ForbiddenChangeError):
            return

    # --- The control table. ---

    def set(self, before: Writer, after: Writer) -> Writer:
        """Change the writer if its epoch is still the same."""
        if self.writer.change_id == after.change_id:
            return after
        if self.writer.epoch != before.epoch:
            raise StaleEpochError(self.writer)
        if after.is_open:
            self._require_settled(self.writer, after)
        self.writer = after
        self.history.append((self.now, after))
        return after

    def _require_settled(self, closing: Writer, opening: Writer) -> None:
        if closing.is_open:
            assert opening.region == closing.region, "from open to open"
            return  # takeovers were switched on or off
        if closing.kind is ClosingKind.PLANNED and opening.region == closing.region:
            return  # undone
        closed_at = self.history[-1][0]
        assert self.now >= closed_at + SETTLE_SECONDS, f"opened {self.now - closed_at} s after the closing"
        if closing.kind is ClosingKind.PLANNED:
            source, destination = (topologies.SITE.role_of(each.region) for each in (closing, opening))
            assert source is not None
            assert destination is not None
            assert not self.missing(source, destination), "a payment is on its way"

    # --- What is true. ---

    def may_store(self, role: Role) -> bool:
        """Return whether a region can store a payment now, on whatever it may still know."""
        if role in self.lost:
            return False
        ends = [at for at, _ in self.history[1:]]
        periods = zip(self.history, [*ends, self.now], strict=True)
        return any(
            writer.allows(NAMES[role]) and (at == end or self.now < end + SETTLE_SECONDS) and at <= self.now
            for (at, writer), end in [*periods][:-1]
        ) or self.writer.allows(NAMES[role])

    def missing(self, source: Role, destination: Role) -> list[str]:
        """Return what a region stored that has not arrived in the other one."""
        del destination
        return [key for at, key in self.stream[source] if self._arrives_at(source, at, key) > self.now]

    def _arrives_at(self, source: Role, at: float, key: str) -> float:
        if source in self.unreplicated:
            return float("inf")
        return at + next((lag for end, lag in self.slow.items() if key.endswith(end)), self.lag)

    def dns(self) -> Role:
        """Return what DNS answers: it follows the writer's owner."""
        answered = Role.PRIMARY
        for at, writer in self.history:
            if at + self.detection <= self.now:
                answered = topologies.SITE.role_of(writer.region) or answered
        return answered

    def topology(self) -> Topology:
        """Return what would be read."""
        seen = topology(writer=self.writer, serving=self.dns(), lag=self.lag, read_at=self.time())
        for role in self.cut_off:
            seen = isolated(seen, role)
        for role in self.lost:
            seen = without(seen, role)
        return seen

    def loss(self, source: Role) -> LossEstimate:
        """Return what would be estimated."""
        if source in self.lost:
            return topologies.unknown_loss(source)
        keys = set(self.missing(source, source.peer))
        oldest = min((at for at, key in self.stream[source] if key in keys), default=self.now)
        return replace(topologies.loss(source), missing=Known(MissingPayments(len(keys), self.now - oldest)))

    def serving(self) -> Role | None:
        """Return the region that is open."""
        return topologies.SITE.role_of(self.writer.region) if self.writer.is_open else None

    def closed_for(self) -> Iterator[float]:
        """Return how long each closing lasted until the next opening."""
        closed_at: float | None = None
        for at, writer in self.history:
            if writer.is_open and closed_at is not None:
                yield at - closed_at
                closed_at = None
            elif not writer.is_open and closed_at is None:
                closed_at = at

    def touch(self, act: Callable[[], T]) -> T:
        """Ask something of the world, which takes a moment."""
        self.touches += 1
        last = self.touches == self.interrupt_at
        if last and not self.after_it:
            raise InterruptionError
        self.sleep(LATENCY_SECONDS / 2 * self.scale)
        result = act()
        if last:
            raise InterruptionError
        self.sleep(LATENCY_SECONDS / 2 * self.scale)
        return result
