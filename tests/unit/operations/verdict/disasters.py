"""What happens to simulated sites while a person watches them, and the screen that shows each disaster to readers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from operations.plans.plan import Purpose
from simulation.nemesis.faults import Fault
from simulation.nemesis.region_faults import cutting, losing
from simulation.nemesis.schedule import PlannedFault
from simulation.primitives.network import OUTSIDE
from simulation.primitives.service import ServiceFaults
from simulation.terminals.command_line import CommandLine
from simulation.world import PRIMARY, STANDBY, WITNESS, World
from tests.unit.operations.verdict.watching import TimedFault

OFF = CommandLine(Purpose.AUTOMATIC, automatic=False, asks=False)
STOP = CommandLine(Purpose.STOP, asks=False)

_LAG_SECONDS = 60.0


@dataclass(frozen=True)
class Disaster:
    """A run: what goes wrong, and what is to be seen of it."""

    faults: Sequence[PlannedFault | TimedFault] = ()
    first: CommandLine | None = None
    """A command that begins after 60 s."""
    seconds: float = 300.0
    ends_by: str = ""
    """The command that has to be given, or nothing where the outage ends by itself."""
    screen: str = ""
    """The situation among the screens that shows the worst of it."""
    has_outage: bool = True


def gray_failure(place: str) -> Callable[[World], Fault]:
    """Return the fault of a region whose API answers every request with 500; its tables and functions are well."""

    def build(world: World) -> Fault:
        api, faults = world.regions[place].services["API"], ServiceFaults(is_down=True)
        return Fault(
            "gray failure", (place,), lambda: world.put_faults(api, faults), lambda: world.put_faults(api, None)
        )

    return build


def cut_off(world: World) -> Fault:
    """The primary reaches no other region, and clients reach it."""
    return _cut(world, STANDBY, WITNESS)


def cut_off_from_everybody(world: World) -> Fault:
    """The primary reaches nobody, and nobody reaches it."""
    return _cut(world, STANDBY, WITNESS, *OUTSIDE)


def two_regions_lost(world: World) -> Fault:
    """The primary and the witness are lost, so that nobody has a quorum."""
    losses = [losing(world, place) for place in (PRIMARY, WITNESS)]
    return Fault(
        "two losses",
        (PRIMARY, WITNESS),
        lambda: [each.begin() for each in losses],
        lambda: [each.end() for each in losses],
    )


def replication_lag(world: World) -> Fault:
    """Every partition of the primary's payments reaches the standby a minute late."""
    link = world.table.link(PRIMARY)

    def slow(seconds: float) -> None:
        link.extra_seconds[:] = [seconds] * len(link.extra_seconds)
        link.go_on()

    return Fault("lag", (), lambda: slow(_LAG_SECONDS), lambda: slow(0.0))


def _cut(world: World, *others: str) -> Fault:
    cuts = [(PRIMARY, other) for other in others] + [(other, PRIMARY) for other in others]
    return cutting(world, "cut off", (PRIMARY,), cuts)


_LOSS = PlannedFault("primary loss", begins=90, ends=220, seed=1)
_FLAPPING = (
    TimedFault(gray_failure(PRIMARY), 50, 75),
    TimedFault(gray_failure(STANDBY), 85, 110),
    TimedFault(gray_failure(PRIMARY), 120, 160),
    TimedFault(gray_failure(STANDBY), 170, 260),
)
"""After the third takeover a region must have been fit for 80 s, so that a person is faster."""

DISASTERS: dict[str, Disaster] = {
    "nothing happens": Disaster(seconds=150, screen="steady state", has_outage=False),
    "the primary is lost": Disaster([_LOSS], screen="the primary is lost"),
    "the primary is lost, takeovers are off": Disaster(
        [_LOSS], OFF, ends_by="failover", screen="the primary is lost, automatic takeover is off"
    ),
    "an operator stops payments": Disaster(first=STOP, ends_by="start", screen="held by an operator"),
    "a gray failure": Disaster(
        [TimedFault(gray_failure(PRIMARY), 50, 130)], seconds=145, screen="a takeover, just begun"
    ),
    "a gray failure, takeovers are off": Disaster(
        [TimedFault(gray_failure(PRIMARY), 70, 180)],
        OFF,
        seconds=170,
        ends_by="failover",
        screen="the primary's API is lost, automatic takeover is off",
    ),
    "the primary is cut off": Disaster([TimedFault(cut_off, 50, 130)], seconds=145, screen="the primary is cut off"),
    "the primary is cut off from everybody": Disaster(
        [TimedFault(cut_off_from_everybody, 50, 130)], seconds=145, screen="the primary is lost"
    ),
    "two regions are lost": Disaster(
        [TimedFault(two_regions_lost, 50, 150)], seconds=200, ends_by="break-glass", screen="broken glass"
    ),
    "replication is slow": Disaster(
        [TimedFault(replication_lag, 45, 100)], seconds=130, screen="slow replication", has_outage=False
    ),
    "the regions fail in turn": Disaster(
        _FLAPPING,
        seconds=295,
        ends_by="failover",
        screen="the standby's API is lost while it serves, the primary has flapped",
    ),
}
