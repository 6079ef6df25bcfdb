"""Faults that come when they hurt most: as the writer closes or moves, or while attempts to store are on their way."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from contract.deadlines import READ_TIMEOUT_SECONDS, SETTLE_SECONDS
from contract.environment import WRITER_KEY, Function
from handlers.writer.item import ClosingKind, WriterState
from simulation.kernel.process import Process
from simulation.nemesis.faults import Fault, fault_kind, serving
from simulation.nemesis.region_faults import cutting
from simulation.primitives.service import ServiceFaults
from simulation.primitives.strong_table import StrongChange
from simulation.primitives.tables import PARTITIONS
from simulation.world import REGIONS, World

_FIRST_ATTEMPT_SECONDS = READ_TIMEOUT_SECONDS + 0.1
_LOOK_SECONDS = 0.2
_SLOW_PARTITION_SECONDS = 60.0


@dataclass
class _OnceTheWriter:
    """Does something with the first change of the writer for which a condition holds, and undoes it in the end.

    `touches` are the places that are not well from then on.
    """

    world: World
    is_due: Callable[[StrongChange], bool]
    do: Callable[[StrongChange], object]
    undo: Callable[[StrongChange], object]
    touches: tuple[str, ...] = ()
    done: list[StrongChange] = field(default_factory=list)
    is_over: bool = False

    def fault(self, text: str) -> Fault:
        return Fault(text, (), lambda: self.world.consensus.observers.append(self._seen), self._end)

    def _seen(self, change: StrongChange) -> None:
        if change.key == WRITER_KEY and not self.is_over and not self.done and self.is_due(change):
            self.done.append(change)
            self.world.touch(self.touches, 1)
            self.do(change)

    def _end(self) -> None:
        self.is_over = True
        for change in self.done:
            self.undo(change)
            self.world.touch(self.touches, -1)


@fault_kind(weight=2)
def lag_at_closing(world: World, draw: random.Random) -> Fault:
    """Replication of all partitions or of one stands still from the next planned closing on."""
    partition = draw.choice((None, draw.randrange(PARTITIONS)))

    def stop(change: StrongChange) -> None:
        link = world.table.link(change.new["region"]["S"])
        if partition is None:
            link.is_paused = True
        else:
            link.extra_seconds[partition] = _SLOW_PARTITION_SECONDS

    def go_on(change: StrongChange) -> None:
        link = world.table.link(change.new["region"]["S"])
        if partition is None:
            link.is_paused = False
            link.go_on()
        else:
            link.extra_seconds[partition] = 0.0

    what = "all partitions" if partition is None else f"partition {partition}"
    waiting = _OnceTheWriter(world, _closes(ClosingKind.PLANNED), stop, go_on)
    return waiting.fault(f"replication of {what} stands still from the next planned closing on")


@fault_kind(weight=2)
def black_hole_at_closing(world: World, draw: random.Random) -> Fault:
    """What the owner's functions send to AWS gets lost from the next planned closing on until the writer has moved."""
    holes: list[Fault] = []
    lasts = SETTLE_SECONDS + draw.uniform(1, 12)

    def begin(change: StrongChange) -> None:
        place = change.new["region"]["S"]
        holes.append(cutting(world, "", (), [(place, place)]))
        holes[0].begin()
        world.kernel.after(lasts, end)

    def end(_: StrongChange | None = None) -> None:
        while holes:
            holes.pop().end()

    waiting = _OnceTheWriter(world, _closes(ClosingKind.PLANNED), begin, end, REGIONS)
    return waiting.fault(f"the region that closes next is a black hole for its functions for {lasts:.0f} s")


@fault_kind()
def cut_after_move(world: World, _: random.Random) -> Fault:
    """The two regions do not reach each other from the moment on at which the writer opens."""
    cut = cutting(world, "", REGIONS, [REGIONS, (REGIONS[1], REGIONS[0])])

    def opens(change: StrongChange) -> bool:
        return bool(change.new["state"]["S"] == WriterState.OPEN)

    waiting = _OnceTheWriter(world, opens, lambda _: cut.begin(), lambda _: cut.end(), REGIONS)
    return waiting.fault("the regions are cut off from each other once the writer opens")


@fault_kind(weight=2)
def standstill_in_attempts(world: World, draw: random.Random) -> Fault:
    """A region's table is silent until a payment's first attempt has timed out; then everything there stands still."""
    place = serving(world, draw)
    replica, pools = world.regions[place].replica, world.regions[place].pools
    silence = ServiceFaults(is_silent=True)
    frozen: list[Process] = []
    is_over = False

    def begin() -> None:
        world.put_faults(replica, silence)
        look()

    def look() -> None:
        if is_over or pools[Function.PAYMENT_API].works_for(_FIRST_ATTEMPT_SECONDS):
            stand_still()
        else:
            world.kernel.after(_LOOK_SECONDS, look)

    def stand_still() -> None:
        if replica.faults is silence:
            world.put_faults(replica, None)
        if not is_over:
            for pool in pools.values():
                frozen.extend(pool.freeze())

    def end() -> None:
        nonlocal is_over
        is_over = True
        for process in frozen:
            process.resume()

    return Fault(f"the table of {place} is silent, then all processes stand still", (place,), begin, end)


def _closes(kind: ClosingKind) -> Callable[[StrongChange], bool]:
    def is_due(change: StrongChange) -> bool:
        return bool(change.new.get("kind", {}).get("S") == kind)

    return is_due
