"""The world as one operator's plan touches it, and the operator, who reads, decides and acts as `dr` does."""

from collections.abc import Callable, Collection, Sequence

from contract.roles import Role
from handlers.runtime import timestamp
from handlers.writer.changes import Author
from handlers.writer.item import Writer
from operations.execution.controls import NotAvailableError, SeenPayment
from operations.execution.executor import LiveExecutor
from operations.execution.journal import Journals
from operations.execution.move import (
    Account,
    Course,
    MoveOutcome,
    carry_out,
    decide,
    find_interrupted,
    recording,
    sequence,
)
from operations.execution.performing import Performer
from operations.execution.waiting import Waiting
from operations.plans.failback import plan_failback
from operations.plans.failover import plan_failover
from operations.plans.plan import Plan, Purpose, Refusal
from operations.plans.stopping import plan_start, plan_stop
from operations.plans.switchover import plan_switchover
from operations.site import Site
from operations.topology.model import Topology
from operations.topology.readings import Known
from tests.unit.operations.execution.worlds import World
from tests.unit.operations.plans.topologies import NAMES, SITE


class Silence:
    """Nobody watches."""

    def begins(self, *_: object) -> None: ...

    def ends(self, *_: object) -> None: ...


class WorldWatch:
    """Follows one region's payments into the other."""

    knows_history = True

    def __init__(self, world: World, source: Role, destination: Role) -> None:
        self._world, self._source, self._destination = world, source, destination
        self._seen: list[tuple[float, str]] = []
        self._missing: list[str] = []
        self._first = 0
        self.at_end = False

    @property
    def missing(self) -> Collection[str]:
        return self._missing

    @property
    def oldest_seconds(self) -> float:
        missing = set(self._missing)
        return max((self._world.now - at for at, key in self._seen if key in missing), default=0.0)

    @property
    def shown(self) -> int:
        return len(self._seen)

    def expect_more(self) -> None:
        self.at_end = False

    def catch_up(self, seconds: float) -> None:
        if not self.knows_history:
            self._first = len(self._world.stream[self._source])
        self.follow()

    def follow(self) -> None:
        self._world.touch(self._follow)

    def _follow(self) -> None:
        if self._world.lost_to_operators or {self._source, self._destination} & self._world.lost:
            raise NotAvailableError("no connection")
        new = self._world.stream[self._source][self._first + len(self._seen) :]
        self.at_end = not new
        self._seen += new
        missing = set(self._world.missing(self._source, self._destination))
        self._missing = [key for _, key in self._seen if key in missing]


class WorldControls:
    """What one operator's plan is carried out on."""

    def __init__(self, world: World, by: str) -> None:
        self._world, self._by = world, by
        self._watched_since: dict[Role, float] = {}

    @property
    def site(self) -> Site:
        return SITE

    @property
    def clock(self) -> World:
        return self._world

    def author(self) -> Author:
        return Author(by=self._by, reason="test", at=timestamp(self._world.time()))

    def writer(self) -> Writer | None:
        return self._at_quorum(lambda: self._world.writer)

    def change(self, before: Writer, after: Writer, *, near: Role) -> Writer:
        return self._at_quorum(lambda: self._world.set(before, after))

    def break_glass(self, of: Role, epoch: int) -> None:
        self._world.touch(lambda: None)

    def replicating(self, source: Role, destination: Role) -> WorldWatch:
        return WorldWatch(self._world, source, destination)

    def begun_in(self, role: Role) -> Sequence[str]:
        self._require(role)
        since = self._watched_since.setdefault(role, self._world.now)
        return self._world.touch(lambda: [key for at, key in self._world.stream[role] if at > since])

    def waiting_in(self, role: Role) -> int:
        self._require(role)
        return self._world.touch(lambda: self._world.waiting[role])

    def waiting_payments(self, role: Role) -> Sequence[str]:
        return [f"waiting-{number}" for number in range(self._world.waiting[role])]

    def owns(self, role: Role) -> bool:
        self._require(role)
        return self._world.touch(lambda: self._world.writer.region == NAMES[role])

    def answered(self) -> Role:
        return self._world.touch(self._world.dns)

    def pay(self) -> SeenPayment:
        serving = self._world.serving()
        if serving is None or serving is not self._world.dns():
            raise NotAvailableError("503")
        return self._world.touch(lambda: SeenPayment("drill-1", serving))

    def _at_quorum(self, act: Callable[[], Writer]) -> Writer:
        def answered() -> Writer:
            if self._world.lost_to_operators or not set(Role) - self._world.lost - self._world.cut_off:
                raise NotAvailableError("no replica of the control table has a quorum")
            return act()

        return self._world.touch(answered)

    def _require(self, role: Role) -> None:
        if role in self._world.lost:
            raise NotAvailableError(f"{NAMES[role]}: no connection")


def plans(world: World, purpose: Purpose, to: Role | None) -> Callable[[Topology], Plan | Refusal]:
    """Return what makes the plan for a purpose."""

    def plan(topology: Topology) -> Plan | Refusal:
        loss = world.loss(topology.owner) if topology.owner else None
        match purpose:
            case Purpose.SWITCHOVER:
                return plan_switchover(topology, to=to, loss=loss)
            case Purpose.FAILBACK:
                return plan_failback(topology, reconciled=Known(value=True), loss=loss)
            case Purpose.FAILOVER:
                return plan_failover(topology, to=to)
            case Purpose.STOP:
                return plan_stop(topology)
            case _:
                return plan_start(topology)

    return plan


def operate(
    world: World,
    journals: Journals,
    purpose: Purpose,
    course: Course = Course.BEGIN,
    *,
    by: str = "alice",
    to: Role | None = None,
    asleep: float = 0.0,
) -> Account:
    """Read, decide and act; `asleep` is for how many seconds the operator thinks between deciding and acting."""
    interrupted = find_interrupted(journals, purpose, course)
    decision = decide(course, interrupted, world.touch(world.topology), plans(world, purpose, to))
    if isinstance(decision.plan, Refusal):
        return Account(MoveOutcome.REFUSED, error="; ".join(map(str, decision.plan.obstacles)))
    world.sleep(asleep)
    controls, waiting = WorldControls(world, by), Waiting(world)
    performer = Performer(controls, sequence(controls, waiting, decision, interrupted), waiting)
    with recording(journals, decision.plan, interrupted, new=decision.new, by=by, why="test", clock=world) as journal:
        executor = LiveExecutor(performer, journal=journal, clock=world, audience=Silence(), by=by, why="test")
        return carry_out(executor, decision.plan, first=decision.first, done=MoveOutcome.DONE)
