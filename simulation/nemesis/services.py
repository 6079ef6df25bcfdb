"""Faults of single services: down, silent, throttled, slow, answers lost; replication that lags; duplicates."""

import random

from simulation.nemesis.faults import Fault, fault_kind, serving
from simulation.primitives.service import Service, ServiceFaults
from simulation.primitives.tables import PARTITIONS
from simulation.world import REGIONS, World

_SERVICES = (
    "payments table",
    "payments table",
    "control table",
    "control table",
    "queue",
    "bucket",
    "API",
    "parameters",
)


@fault_kind(weight=3)
def service_fault(world: World, draw: random.Random) -> Fault:
    """One service of a region has trouble."""
    place, name = draw.choice(REGIONS), draw.choice(_SERVICES)
    writes_only = draw.random() < 0.3  # noqa: PLR2004
    share = draw.uniform(0.2, 1.0)
    text, faults = draw.choice(
        (
            ("is down", ServiceFaults(is_down=True, fails_writes_only=writes_only)),
            ("is silent", ServiceFaults(is_silent=True, fails_writes_only=writes_only)),
            (f"throttles {share:.0%}", ServiceFaults(throttled=share, fails_writes_only=writes_only)),
            (f"is {5 * share:.1f} s slow", ServiceFaults(slow=(0.0, 5 * share))),
            (f"loses {share:.0%} of its answers", ServiceFaults(lost_answers=share, fails_writes_only=writes_only)),
        )
    )
    if writes_only:
        text += " to writes"
    return _trouble(world, f"the {name} of {place} {text}", place, (world.regions[place].services[name], faults))


@fault_kind(weight=2)
def stored_but_not_told(world: World, draw: random.Random) -> Fault:
    """A region's API or one of its tables does what it is asked for, and loses the answers."""
    place, name = serving(world, draw), draw.choice(("API", "payments table", "control table"))
    share = draw.uniform(0.5, 1.0)
    faults = ServiceFaults(lost_answers=share, fails_writes_only=True)
    text = f"the {name} of {place} loses {share:.0%} of its answers to writes"
    return _trouble(world, text, place, (world.regions[place].services[name], faults))


@fault_kind()
def unwritable_table(world: World, draw: random.Random) -> Fault:
    """A region's payments table is read as ever and takes no writes: the region is not fit, though it answers."""
    place = serving(world, draw)
    faults = ServiceFaults(is_down=True, fails_writes_only=True)
    return _trouble(
        world, f"the payments table of {place} takes no writes", place, (world.regions[place].replica, faults)
    )


@fault_kind()
def table_and_queue(world: World, draw: random.Random) -> Fault:
    """A region's payments table does not take writes, and neither does its queue, or only sometimes."""
    place = serving(world, draw)
    region = world.regions[place]
    table = region.replica, ServiceFaults(throttled=1.0, fails_writes_only=True)
    queue = region.queues.retry, ServiceFaults(throttled=draw.choice((0.5, 1.0)))
    return _trouble(world, f"the payments table and the queue of {place} throttle", place, table, queue)


@fault_kind(weight=2)
def hot_table(world: World, draw: random.Random) -> Fault:
    """A region's payments table throttles most writes: payments go into the queue, and nobody takes over."""
    place, share = draw.choice(REGIONS), draw.uniform(0.6, 1.0)
    faults = ServiceFaults(throttled=share, fails_writes_only=True)
    text = f"the payments table of {place} throttles {share:.0%} of its writes"
    return _trouble(world, text, place, (world.regions[place].replica, faults))


@fault_kind()
def replication_lag(world: World, draw: random.Random) -> Fault:
    """Replication of one partition or of all is slow, or stands still; payments are taken all the same."""
    link = world.table.link(draw.choice(REGIONS))
    partitions = draw.choice((range(PARTITIONS), [draw.randrange(PARTITIONS)]))
    seconds = draw.choice((5.0, 20.0, 60.0))
    is_paused = draw.random() < 0.3  # noqa: PLR2004

    def begin() -> None:
        link.is_paused = is_paused
        for partition in partitions:
            link.extra_seconds[partition] = seconds

    def end() -> None:
        link.is_paused = False
        for partition in partitions:
            link.extra_seconds[partition] = 0.0
        link.go_on()

    what = "stands still" if is_paused else f"is {seconds} s slower in {len(partitions)} of {PARTITIONS} partitions"
    return Fault(f"replication from {link.source.place} {what}", (), begin, end)


@fault_kind()
def duplicates(world: World, draw: random.Random) -> Fault:
    """The queues deliver half of their messages twice."""
    queue = world.regions[draw.choice(REGIONS)].queues.retry
    usual = queue.duplicates

    def begin() -> None:
        queue.duplicates = 0.5

    def end() -> None:
        queue.duplicates = usual

    return Fault(f"the retry queue of {queue.place} delivers twice", (), begin, end)


def _trouble(world: World, text: str, place: str, *troubles: tuple[Service, ServiceFaults]) -> Fault:
    """Return what puts faults on services, and takes off those that no later fault has replaced."""

    def begin() -> None:
        for service, faults in troubles:
            world.put_faults(service, faults)

    def end() -> None:
        for service, faults in troubles:
            if service.faults is faults:
                world.put_faults(service, None)

    return Fault(text, (place,), begin, end)
