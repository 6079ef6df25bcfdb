"""The preconditions that a planned move still waits for, and when each is expected to hold."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from contract.deadlines import SETTLE_SECONDS
from contract.roles import Role
from handlers.writer.item import ClosingKind, Writer, WriterState
from operations.plans.causes import merged_causes
from operations.plans.failback import plan_failback
from operations.plans.plan import Obstacle, Refusal
from operations.plans.switchover import plan_switchover, switchover_route
from operations.readiness.awaited_move import AwaitedMove
from operations.timestamps import epoch_seconds
from operations.topology.loss_estimate import LossEstimate
from operations.topology.model import Topology
from operations.topology.readings import Known, Reading, Unknown
from operations.topology.regional import RECENT_SECONDS


@dataclass(frozen=True)
class AwaitedEnd:
    """A precondition that does not hold yet."""

    obstacle: Obstacle
    expected_at: float | None
    """When it holds if nothing else happens, in seconds since the epoch; None if that is not known."""


class SettlingLag:
    """Estimates when the slow datapoints of a lag leave the window whose maximum is read."""

    def __init__(self) -> None:
        self._highest = 0.0
        self._slow_at = 0.0

    def expected_at(self, lag: Reading[float], *, now: float, scale: float) -> float | None:
        """Return when the maximum is low again if replication is fast from now on; None if the lag is unknown."""
        if isinstance(lag, Unknown):
            return None
        window = RECENT_SECONDS / scale
        # A higher maximum is a new datapoint; one that outlasts the window is newer than it seemed.
        if lag.value > self._highest or now >= self._slow_at + window:
            self._slow_at = now
        self._highest = lag.value
        return self._slow_at + window


def route_of(move: AwaitedMove, topology: Topology) -> tuple[Role, Role] | None:
    """Return source and destination of a move; None if the owner is unknown."""
    return switchover_route(topology, Role.PRIMARY if move is AwaitedMove.FAILBACK else None)


def refusal_of(move: AwaitedMove, topology: Topology, loss: LossEstimate | None) -> Refusal | None:
    """Return the preconditions of a move that do not hold, None if all do; payments are not compared here."""
    plan = (
        plan_failback(topology, reconciled=Known(value=True), loss=loss)
        if move is AwaitedMove.FAILBACK
        else plan_switchover(topology, loss=loss)
    )
    return plan if isinstance(plan, Refusal) else None


def awaited(
    move: AwaitedMove, topology: Topology, loss: LossEstimate | None, settling: SettlingLag, *, now: float
) -> tuple[AwaitedEnd, ...]:
    """Return the obstacles, each cause once, with the time at which it is expected to end.

    An expected event ends those obstacles that are absent in the topology after the event.
    """
    refusal = refusal_of(move, topology, loss)
    if refusal is None:
        return ()
    expected: dict[str, float] = {}
    for after, at in _expected(move, topology, settling, now=now):
        later = refusal_of(move, after, loss)
        left = {each.precondition for each in later.obstacles} if later else set()
        ended = {each.precondition for each in refusal.obstacles} - left
        expected.update({each: at for each in ended if at > now})
    # The same kind, but different expected ends.
    apart = replace(refusal, obstacles=tuple(replace(each, kind="") for each in refusal.obstacles))
    return tuple(AwaitedEnd(each, expected.get(each.precondition)) for each in merged_causes(apart, topology))


def ready_at(ends: tuple[AwaitedEnd, ...]) -> float | None:
    """Return when all preconditions are expected to hold; None if it is unknown for one of them."""
    known = [each.expected_at for each in ends if each.expected_at is not None]
    return max(known) if known and len(known) == len(ends) else None


def _expected(
    move: AwaitedMove, topology: Topology, settling: SettlingLag, *, now: float
) -> Iterator[tuple[Topology, float]]:
    """Yield each event that comes by itself: when it comes, and the topology after it."""
    if (route := route_of(move, topology)) is not None and route in topology.lag:
        at = settling.expected_at(topology.lag[route], now=now, scale=topology.time_scale)
        if at is not None:
            yield replace(topology, lag={**topology.lag, route: Known(0.0)}), at
    writer = topology.writer.value if isinstance(topology.writer, Known) else None
    if writer is not None and (at := _opened_at(writer)) is not None:
        opened = Known(replace(writer, state=WriterState.OPEN, kind=None, destination=None, seconds=None))
        regions = {role: replace(state, control=opened) for role, state in topology.regions.items()}
        yield replace(topology, regions=regions), at


def _opened_at(writer: Writer) -> float | None:
    """Return when a closing that is not held ends, by its author's clock."""
    began = epoch_seconds(writer.at)
    match writer.kind:
        case ClosingKind.PLANNED if began is not None and writer.seconds is not None:
            return began + writer.seconds
        case ClosingKind.TAKEOVER if began is not None:
            return began + SETTLE_SECONDS
        case _:
            return None
