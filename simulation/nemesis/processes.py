"""Faults of processes: frozen, killed around a call, with clocks that jump, replaced by a deployment."""

import random
from dataclasses import dataclass, field
from functools import partial
from math import inf

from contract.deadlines import SETTLE_SECONDS
from contract.environment import WRITER_KEY, Function
from contract.objectives import RECOVERY_POINT_SECONDS
from handlers.writer.item import ClosingKind
from simulation.kernel.process import Process
from simulation.nemesis.faults import Fault, fault_kind
from simulation.primitives.strong_table import StrongChange
from simulation.world import REGIONS, World

_CRASHING = (Function.PAYMENT_API, Function.RETRY_WORKER, Function.TRANSACTION_LOG, Function.TICKER)


@fault_kind()
def frozen_processes(world: World, draw: random.Random) -> Fault:
    """Some processes of a function stand still in the middle of what they do."""
    place, function = draw.choice(REGIONS), draw.choice((Function.TICKER, Function.PAYMENT_API, Function.RETRY_WORKER))
    share = draw.choice((0.5, 1.0))
    frozen: list[Process] = []
    clocks_stop: list[Process] = []

    def begin() -> None:
        frozen.extend(process for process in world.regions[place].pools[function].busy() if draw.random() < share)
        for process in frozen:
            stops_monotonic = draw.random() < 0.5  # noqa: PLR2004
            clocks_stop.extend([process] if stops_monotonic else [])
            process.freeze(stops_monotonic=stops_monotonic)

    def end() -> None:
        for process in frozen:
            process.resume()
        if function is Function.TICKER and clocks_stop:
            world.history.standstills.append((world.kernel.now, place))

    return Fault(f"processes of {function} in {place} stand still", (place,), begin, end)


@fault_kind()
def crashes(world: World, draw: random.Random) -> Fault:
    """Processes of a function die before or after one of their next calls."""
    place, function = draw.choice(REGIONS), draw.choice(_CRASHING)
    calls = draw.randrange(0, 9)

    def begin() -> None:
        pool = world.regions[place].pools[function]
        pool.crash_in = calls
        for environment in pool.environments:
            environment.process.crash_in = calls

    def end() -> None:
        world.regions[place].pools[function].crash_in = None

    return Fault(f"{function} in {place} dies around call {calls}", (place,), begin, end)


@dataclass
class _ClockJump:
    """Wall clocks of processes, which jump once, and back."""

    world: World
    seconds: float
    jumped: list[Process] = field(default_factory=list)
    is_over: bool = False
    place: str = ""
    began: float = 0.0

    def jump(self, place: str) -> None:
        if not self.place and not self.is_over:
            self.place = place
            self.world.touch((place,), 1)
            self.began = self.world.kernel.now
            if self.seconds <= -RECOVERY_POINT_SECONDS:
                self.world.history.clocks_behind.append((place, self.began, inf))
            pools = self.world.regions[place].pools.values()
            self.jumped = [environment.process for pool in pools for environment in pool.environments]
            self._move(self.seconds)

    def back(self) -> None:
        if self.place and not self.is_over:
            self.world.touch((self.place,), -1)
            self._move(-self.seconds)
            spans, now = self.world.history.clocks_behind, self.world.kernel.now
            spans[:] = [(*span[:2], now) if span == (self.place, self.began, inf) else span for span in spans]
        self.is_over = True

    def _move(self, seconds: float) -> None:
        for process in self.jumped:
            process.clock.offset += seconds


@fault_kind(weight=2)
def clock_jumps(world: World, draw: random.Random) -> Fault:
    """The wall clocks of a region's processes jump, and later back; more often than not while a takeover settles."""
    place = draw.choice(REGIONS)
    seconds = draw.choice((-3600.0, -10.0, -3.0, 3.0, 10.0, 3600.0))
    jump = _ClockJump(world, seconds)
    waits, moment = draw.random() < 0.7, draw.uniform(0.5, SETTLE_SECONDS - 1)  # noqa: PLR2004

    def closes(change: StrongChange) -> None:
        if change.key == WRITER_KEY and change.new.get("kind", {}).get("S") == ClosingKind.TAKEOVER:
            world.kernel.after(moment, jump.jump, change.new["region"]["S"])

    if waits:
        begin = partial(world.consensus.observers.append, closes)
        return Fault(f"wall clocks jump by {seconds} s in the region that takes over next", (), begin, jump.back)
    lasts = draw.uniform(5, 90)

    def jump_now() -> None:
        jump.jump(place)
        world.kernel.after(lasts, jump.back)

    return Fault(f"wall clocks in {place} jump by {seconds} s", (), jump_now, jump.back)


@fault_kind()
def deployment(world: World, draw: random.Random) -> Fault:
    """Every function of a region is replaced."""
    place = draw.choice(REGIONS)

    def begin() -> None:
        for pool in world.regions[place].pools.values():
            pool.recycle()

    return Fault(f"a deployment in {place}", (place,), begin)


@fault_kind()
def expired_credentials(world: World, draw: random.Random) -> Fault:
    """Payers cannot refresh their credentials; what was paid before is not undone by that."""
    chosen = [payer.credentials for payer in world.payers if draw.random() < 0.5]  # noqa: PLR2004
    is_throttled = draw.random() < 0.6  # noqa: PLR2004

    def begin() -> None:
        for credentials in chosen:
            credentials.cannot_refresh, credentials.is_throttled = not is_throttled, is_throttled
            credentials.expire()

    def end() -> None:
        for credentials in chosen:
            credentials.cannot_refresh = credentials.is_throttled = False

    how = "seldom" if is_throttled else "not"
    return Fault(f"credentials of {len(chosen)} payers can {how} be refreshed", (), begin, end)
