"""Faults that need a command of an operator, or bring together what chance alone hardly ever does.

They are drawn beside the schedule, from randomness of their own, and rarely: what they do is what happens least often.
"""

import random

from contract.environment import WRITER_KEY
from operations.plans.plan import Purpose
from simulation.kernel.process import Process
from simulation.nemesis.commands import once_it_changes, once_it_is_planned, order, owner
from simulation.nemesis.faults import Fault, fault_kind
from simulation.nemesis.region_faults import MEMBERS, cutting, losing
from simulation.primitives.service import ServiceFaults
from simulation.primitives.strong_table import StrongChange
from simulation.terminals.site import SITE
from simulation.world import REGIONS, World

_HURRIES = (0.0, 4.0, 8.0, 12.0)
_OPERATOR, _COLLEAGUE = 11, 12
"""Whom only ambushes call."""


@fault_kind(weight=0)
def answer_lost_then_refused(world: World, draw: random.Random) -> Fault:
    """The owner's table loses answers and throttles, and its queue takes nothing: what is refused may be stored."""
    region = world.regions[owner(world)]
    table = ServiceFaults(throttled=draw.uniform(0.4, 0.6), lost_answers=draw.uniform(0.7, 1.0), fails_writes_only=True)
    queue = ServiceFaults(throttled=1.0)

    def begin() -> None:
        world.put_faults(region.replica, table)
        world.put_faults(region.queues.retry, queue)
        for seconds in _HURRIES:
            world.kernel.after(seconds, world.about_to_move)

    def end() -> None:
        for service, faults in ((region.replica, table), (region.queues.retry, queue)):
            if service.faults is faults:
                world.put_faults(service, None)

    return Fault(f"{region.name} loses answers of its table, throttles, and queues nothing", (region.name,), begin, end)


@fault_kind(weight=0)
def loss_while_takeover_is_off(world: World, draw: random.Random) -> Fault:
    """An operator switches automatic takeover off, then the owner is lost; it is switched on again in the end."""
    losses: list[tuple[str, Fault]] = []
    delay = draw.uniform(0, 3)
    is_over = False

    def changed(change: StrongChange) -> None:
        if change.key == WRITER_KEY and not change.new["automatic"]["BOOL"]:
            world.kernel.after(delay, lose, change.new["region"]["S"])

    def lose(place: str) -> None:
        if not is_over and not losses:
            losses.append((place, losing(world, place)))
            world.touch((place,), 1)
            losses[0][1].begin()

    def begin() -> None:
        world.consensus.observers.append(changed)
        order(world, _OPERATOR, Purpose.AUTOMATIC, automatic=False)

    def end() -> None:
        nonlocal is_over
        is_over = True
        for place, loss in losses:
            loss.end()
            world.touch((place,), -1)
        order(world, _OPERATOR, Purpose.AUTOMATIC, automatic=True)

    return Fault("the owner is lost once an operator has switched automatic takeover off", (), begin, end)


@fault_kind(weight=0)
def own_change_not_told(world: World, draw: random.Random) -> Fault:
    """The control table makes the first change of an operator's command, and its answer gets lost."""
    purpose = draw.choice((Purpose.FAILOVER, Purpose.AUTOMATIC))
    replicas = [world.regions[place].control for place in REGIONS]
    silence = ServiceFaults(lost_answers=1.0, fails_writes_only=True)

    def told() -> None:
        for replica in replicas:
            if replica.faults is silence:
                replica.faults = None

    def starts(process: Process) -> None:
        for replica in replicas:
            replica.faults = replica.faults or silence
        once_it_changes(world, process, lambda: world.kernel.after(0.1, told))

    def begin() -> None:
        once_it_is_planned(world, order(world, _OPERATOR, purpose), starts)

    return Fault(f"the answer to the first change of a {purpose} gets lost", REGIONS, begin, told)


@fault_kind(weight=0)
def overtaken_plan(world: World, draw: random.Random) -> Fault:
    """An operator's command stands still between its plan and its first change, until a colleague's has changed."""
    purpose = draw.choice((Purpose.FAILOVER, Purpose.AUTOMATIC, Purpose.STOP))
    faster = draw.choice((Purpose.SWITCHOVER, Purpose.FAILOVER, Purpose.AUTOMATIC))
    late = draw.uniform(0, 12)
    stalled: list[Process] = []

    def stall(process: Process) -> None:
        stalled.append(process)
        world.kernel.after(0.0, process.freeze)
        colleague = order(world, _COLLEAGUE, faster)
        if colleague is not None:
            once_it_changes(world, colleague, lambda: world.kernel.after(late, process.resume))

    def begin() -> None:
        once_it_is_planned(world, order(world, _OPERATOR, purpose), stall)

    def end() -> None:
        for process in stalled:
            process.resume()

    return Fault(f"a {purpose} stands still before its first change until a {faster} has changed", (), begin, end)


@fault_kind(weight=0)
def glass_overtaken(world: World, draw: random.Random) -> Fault:
    """Glass is broken in the owner without a quorum; then the others have one again, and it is cut off for longer."""
    alone_in = owner(world)
    one, another = others = tuple(place for place in MEMBERS if place != alone_in)
    alone = cutting(world, "", (), [cut for other in others for cut in ((alone_in, other), (other, alone_in))])
    apart = cutting(world, "", (), [(one, another), (another, one)])
    later = draw.uniform(0, 5)
    is_apart = True

    def meet() -> None:
        nonlocal is_apart
        if is_apart:
            is_apart = False
            apart.end()
            world.touch(others, -1)

    def begin() -> None:
        alone.begin()
        apart.begin()
        world.touch(others, 1)
        world.kernel.after(draw.uniform(5, 15), break_glass)

    def break_glass() -> None:
        process = order(world, _OPERATOR, Purpose.BREAK_GLASS, to=SITE.role_of(alone_in))
        once_it_is_planned(world, process, lambda _: world.kernel.after(1.0 + later, meet))

    def end() -> None:
        meet()
        alone.end()

    return Fault(f"glass is broken in {alone_in}, and the others meet before it does", (alone_in,), begin, end)


AMBUSHES: dict[str, tuple[float, float]] = {
    "answer lost then refused": (20.0, 40.0),
    "loss while takeover is off": (60.0, 110.0),
    "own change not told": (40.0, 60.0),
    "overtaken plan": (60.0, 90.0),
    "glass overtaken": (150.0, 200.0),
}
"""How many seconds each lasts, at least and at most."""
