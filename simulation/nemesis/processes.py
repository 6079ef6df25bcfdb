"""Faults of processes: frozen, killed around a call, with clocks that jump, replaced by a deployment."""

import random

from handlers.environment import Function
from simulation.kernel.process import Process
from simulation.nemesis.faults import Fault, fault_kind
from simulation.world import REGIONS, World


@fault_kind()
def frozen_processes(world: World, draw: random.Random) -> Fault:
    """Some processes of a function stand still in the middle of what they do."""
    place, function = draw.choice(REGIONS), draw.choice((Function.TICKER, Function.PAYMENT_API, Function.RETRY_WORKER))
    share = draw.choice((0.5, 1.0))
    frozen: list[Process] = []

    def begin() -> None:
        frozen.extend(process for process in world.regions[place].pools[function].busy() if draw.random() < share)
        for process in frozen:
            process.freeze(stops_monotonic=draw.random() < 0.5)  # noqa: PLR2004

    def end() -> None:
        for process in frozen:
            process.resume()

    return Fault(f"processes of {function} in {place} stand still", (place,), begin, end)


@fault_kind()
def crashes(world: World, draw: random.Random) -> Fault:
    """Processes of a function die before or after one of their next calls."""
    place, function = draw.choice(REGIONS), draw.choice(tuple(Function))
    calls = draw.randrange(0, 9)

    def begin() -> None:
        pool = world.regions[place].pools[function]
        pool.crash_in = calls
        for environment in pool.environments:
            environment.process.crash_in = calls

    def end() -> None:
        world.regions[place].pools[function].crash_in = None

    return Fault(f"{function} in {place} dies around call {calls}", (place,), begin, end)


@fault_kind()
def clock_jumps(world: World, draw: random.Random) -> Fault:
    """The wall clocks of a region's processes jump, and later back."""
    place = draw.choice(REGIONS)
    seconds = draw.choice((-3600.0, -10.0, -3.0, 3.0, 10.0, 3600.0))
    jumped: list[Process] = []

    def begin() -> None:
        for pool in world.regions[place].pools.values():
            jumped.extend(environment.process for environment in pool.environments)
        for process in jumped:
            process.clock.offset += seconds

    def end() -> None:
        for process in jumped:
            process.clock.offset -= seconds

    return Fault(f"wall clocks in {place} jump by {seconds} s", (place,), begin, end)


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
    chosen = [payer for payer in world.payers if draw.random() < 0.5]  # noqa: PLR2004

    def begin() -> None:
        for payer in chosen:
            payer.credentials.cannot_refresh = True
            payer.credentials.expire()

    def end() -> None:
        for payer in chosen:
            payer.credentials.cannot_refresh = False

    return Fault(f"credentials of {len(chosen)} payers cannot be refreshed", (), begin, end)
