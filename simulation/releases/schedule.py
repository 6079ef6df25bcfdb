"""Which runs have releases, what they ship, and when somebody releases it; drawn from randomness of its own."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from operations.plans.plan import Purpose
from simulation.nemesis.commands import order
from simulation.nemesis.schedule import LAST_SECONDS, PlannedFault
from simulation.release_history import GOOD, ShippedVersion
from simulation.releases.observing import observe_releases
from simulation.releases.operators import ReleaseOperator
from simulation.releases.versions import KINDS
from simulation.shipped.release_seams import no_release_seams, release_seams
from simulation.terminals.release_command import ReleaseVerb
from simulation.world import World

RELEASING = 0.15
"""In how many runs there are releases: their logs and looks cost more than most of what happens."""

SHARES = (0.1, 0.4)
"""Of the serving region's invocations: there are few of them in a run, and a share that shows none passes nothing."""

BAKE_SECONDS = 40.0

_FIRST_SECONDS, _LAST_SECONDS = 30.0, 560.0
"""When a release may begin: its bakes, however long they wait for data and for tickers, end before the run."""

_GOOD_SHARE = 0.4

_COLLEAGUE = 24


@dataclass(frozen=True)
class PlannedRelease:
    """One command of the release's operators."""

    at: float
    verb: ReleaseVerb
    operator: int


@dataclass(frozen=True)
class PlannedReleases:
    """What a run ships, and what operators do with it."""

    shipped: tuple[tuple[float, ShippedVersion], ...] = ()
    """Versions, and when they are published."""
    commands: tuple[PlannedRelease, ...] = ()
    faults: tuple[PlannedFault, ...] = ()
    """What comes on top of the run's other faults."""
    failovers: tuple[float, ...] = ()
    """When a colleague moves the writer although nothing has failed."""


def draw_releases(
    draw: random.Random, moment: Callable[[random.Random], float], *, wanted: bool | None = None
) -> PlannedReleases:
    """Draw a run's releases; most runs have none.

    Args:
        draw: The randomness.
        moment: Draws when somebody acts, as often as not around a fault.
        wanted: Whether this run has some, whatever is drawn.
    """
    has_some = draw.random() < RELEASING
    if not (has_some if wanted is None else wanted):
        return PlannedReleases()
    shipped = [(0.0, _version("2", draw))]
    if draw.random() < 0.4:  # noqa: PLR2004
        shipped.append((draw.uniform(200, 600), _version("3", draw)))
    commands = [PlannedRelease(_moment(draw, moment), ReleaseVerb.START, 21 + number % 2) for number in range(4)]
    commands = commands[: draw.choice((1, 2, 3, 4))]
    if draw.random() < 0.3:  # noqa: PLR2004
        first = draw.choice(commands)
        commands.append(PlannedRelease(first.at + draw.uniform(5, 150), ReleaseVerb.ABORT, 23))
    faults = [_owner_loss(draw, commands[0].at)] if draw.random() < 0.25 else []  # noqa: PLR2004
    failovers = [commands[0].at + draw.uniform(20, 150)] if draw.random() < 0.25 else []  # noqa: PLR2004
    return PlannedReleases(tuple(shipped), tuple(commands), tuple(faults), tuple(failovers))


def _owner_loss(draw: random.Random, started: float) -> PlannedFault:
    """Draw the loss of the serving region while a release is most likely under way."""
    begins = min(started + draw.uniform(15, 150), LAST_SECONDS - 10)
    ends = min(begins + draw.choice((draw.uniform(20, 60), 230.0, 230.0)), LAST_SECONDS)
    return PlannedFault("owner loss", begins, ends, draw.getrandbits(64))


@contextmanager
def releases_at_work(world: World, planned: PlannedReleases) -> Iterator[None]:
    """Have versions shipped and released while the run lasts."""
    if not planned.shipped:
        with no_release_seams():
            yield
        return
    history = world.history.releases
    history.shipped = {version.number: version for _, version in planned.shipped}
    history.shares, history.bake_seconds = SHARES, BAKE_SECONDS
    observe_releases(world)
    with ExitStack() as stack:
        stack.enter_context(release_seams())
        for at, version in planned.shipped:
            stack.enter_context(KINDS[version.name].plant(version.number))
            world.kernel.at(at, _publish, world, version)
        operators: dict[int, ReleaseOperator] = {}
        for each in planned.commands:
            if each.operator not in operators:
                operators[each.operator] = ReleaseOperator(world, each.operator, SHARES, BAKE_SECONDS)
            world.kernel.at(each.at, operators[each.operator].run, each.verb)
        for at in planned.failovers:
            world.kernel.at(at, order, world, _COLLEAGUE, Purpose.FAILOVER)
        yield


def _publish(world: World, version: ShippedVersion) -> None:
    world.history.note(f"version {version.number} is shipped: {version.name}")
    for region in world.regions.values():
        region.releases.publish(version.number)


def _version(number: str, draw: random.Random) -> ShippedVersion:
    bad = [name for name in KINDS if name != GOOD]
    hidden = [name for name in bad if not KINDS[name].is_shown]
    name = GOOD if draw.random() < _GOOD_SHARE else draw.choice([*bad, *hidden])
    return ShippedVersion(number, name, KINDS[name].is_shown)


def _moment(draw: random.Random, moment: Callable[[random.Random], float]) -> float:
    """Draw when somebody begins a release: in peace, or around a fault."""
    if draw.random() < 0.5:  # noqa: PLR2004
        return draw.uniform(_FIRST_SECONDS, _LAST_SECONDS)
    return min(max(_FIRST_SECONDS, moment(draw)), _LAST_SECONDS)
