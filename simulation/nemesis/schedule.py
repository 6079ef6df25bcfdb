"""When faults come: a few storms in a run, each of several faults that overlap."""

import random
from dataclasses import dataclass

from simulation.kernel.loop import Kernel
from simulation.nemesis import processes, region_faults, services, worst_moments
from simulation.nemesis.ambushes import AMBUSHES
from simulation.nemesis.faults import KINDS
from simulation.world import MIDNIGHT_SECONDS, World

FIRST_SECONDS = 60.0
LAST_SECONDS = 840.0
"""All faults have ended by then."""

_LONGEST_SECONDS = 240.0

_PATIENT = frozenset({"lag at closing", "black hole at closing", "cut after move", "clock jumps"})
"""Faults that may wait for a change of the writer."""

_PATIENCE_SECONDS = 400.0

_AMBUSHED = 0.2
"""In how many runs there is an ambush."""

__all__ = ["FIRST_SECONDS", "LAST_SECONDS", "Nemesis", "processes", "region_faults", "services", "worst_moments"]


@dataclass(frozen=True)
class PlannedFault:
    """One fault of a run: its kind, when it comes and goes, and the seed of what is drawn for it."""

    kind: str
    begins: float
    ends: float
    seed: int


class Nemesis:
    """The faults of one run, drawn from the seed; `planned` may be handed in, to run fewer of them."""

    def __init__(self, world: World, planned: list[PlannedFault] | None = None) -> None:
        self._world = world
        self._drawn = draw_plan(world.kernel.random("nemesis"))
        self.planned = draw_all(world.kernel) if planned is None else planned

    def start(self) -> None:
        """Schedule all faults."""
        world, history = self._world, self._world.history
        for each in self.planned:
            world.kernel.at(each.begins, self._begin, each)
        history.faults_ended = max((each.ends for each in self.planned), default=0.0)

    def moment_of_use(self, draw: random.Random, *, last: float) -> float:
        """Draw when somebody acts: as often as not around a fault, even one that is left out; some at midnight."""
        if draw.random() < 0.03:  # noqa: PLR2004
            return draw.uniform(MIDNIGHT_SECONDS - 3, MIDNIGHT_SECONDS + 3)
        if self._drawn and draw.random() < 0.6:  # noqa: PLR2004
            fault = draw.choice(self._drawn)
            is_early = draw.random() < 0.25  # noqa: PLR2004
            around = (fault.begins - 1, fault.begins + 4) if is_early else (fault.begins - 5, fault.ends + 45)
            return min(max(2.0, draw.uniform(*around)), last)
        return draw.uniform(2.0, last)

    def _begin(self, planned: PlannedFault) -> None:
        world = self._world
        fault = KINDS[planned.kind].draw(world, random.Random(planned.seed))  # noqa: S311 -- repeatable, no secret
        world.history.note(f"FAULT {fault.text} until {planned.ends:.0f}")
        world.history.counts["faults"] += 1
        world.touch(fault.touches, 1)
        fault.begin()

        def end() -> None:
            fault.end()
            world.touch(fault.touches, -1)
            world.history.note(f"over: {fault.text}")

        world.kernel.at(planned.ends, end)


def draw_all(kernel: Kernel) -> list[PlannedFault]:
    """Draw a run's faults, and in some runs an ambush, which moves nothing that is drawn for the others."""
    planned, draw = draw_plan(kernel.random("nemesis")), kernel.random("nemesis", "ambushes")
    if draw.random() < _AMBUSHED:
        kind = draw.choice(tuple(AMBUSHES))
        lasts = draw.uniform(*AMBUSHES[kind])
        begins = draw.uniform(FIRST_SECONDS, LAST_SECONDS - lasts)
        planned.append(PlannedFault(kind, begins, begins + lasts, draw.getrandbits(64)))
    return sorted(planned, key=lambda each: each.begins)


def draw_plan(draw: random.Random) -> list[PlannedFault]:
    """Draw a run's faults; each run has only some of the kinds, so that rare ones meet each other.

    The kinds are taken by module: they register in the order of imports, which no run may depend on.
    """
    kinds = sorted(KINDS.items(), key=lambda named: named[1].draw.__module__)
    weights = {name: kind.weight for name, kind in kinds if kind.weight and draw.random() < 0.5}  # noqa: PLR2004
    weights = weights or {"region loss": 1}
    planned: list[PlannedFault] = []
    for _ in range(draw.choice((1, 2, 2, 3, 4))):
        storm = draw.uniform(FIRST_SECONDS, LAST_SECONDS - 60)
        for _ in range(draw.choice((1, 2, 2, 3, 4, 5))):
            [kind] = draw.choices(list(weights), list(weights.values()))
            planned.append(_planned(draw, kind, storm + draw.expovariate(1 / 15), _lasts(draw)))
    if draw.random() < 0.15:  # noqa: PLR2004
        planned += _flapping(draw)
    if draw.random() < 0.1:  # noqa: PLR2004
        planned += _second_failure(draw)
    if draw.random() < 0.15:  # noqa: PLR2004
        planned += _doubts(draw)
    if draw.random() < 0.1:  # noqa: PLR2004
        planned += _wrong_clocks(draw)
    if draw.random() < 0.1:  # noqa: PLR2004
        planned.append(
            _planned(draw, "black hole", draw.uniform(FIRST_SECONDS, LAST_SECONDS - 60), draw.uniform(22, 37))
        )
    if draw.random() < 0.3:  # noqa: PLR2004
        planned.append(_trap(draw))
    return sorted(planned, key=lambda each: each.begins)


def _flapping(draw: random.Random) -> list[PlannedFault]:
    """Draw losses of the two regions, one after the other, again and again."""
    kinds = ["primary loss", "standby loss"]
    begins, planned = draw.uniform(FIRST_SECONDS, LAST_SECONDS / 2), []
    for number in range(draw.randrange(4, 9)):
        lasts = draw.uniform(25, 60)
        planned.append(_planned(draw, kinds[number % 2], begins, lasts))
        begins += lasts + draw.uniform(0, 60)
    return planned


def _second_failure(draw: random.Random) -> list[PlannedFault]:
    """Draw the loss of the primary, and for long that of the standby, which serves since."""
    begins = draw.uniform(FIRST_SECONDS, LAST_SECONDS / 2)
    first = _planned(draw, "primary loss", begins, draw.choice((45.0, _LONGEST_SECONDS)))
    return [first, _planned(draw, "standby loss", first.ends + draw.uniform(30, 120), _LONGEST_SECONDS)]


def _trap(draw: random.Random) -> PlannedFault:
    """Draw what waits for a planned closing, for most of the run."""
    kind = draw.choice(("lag at closing", "lag at closing", "black hole at closing"))
    return _planned(draw, kind, draw.uniform(FIRST_SECONDS, 3 * FIRST_SECONDS), _LONGEST_SECONDS)


def _wrong_clocks(draw: random.Random) -> list[PlannedFault]:
    """Draw the loss of a region, and wall clocks that jump; as a rule while the other one takes over."""
    kind, begins = draw.choice(("primary loss", "standby loss")), draw.uniform(FIRST_SECONDS, LAST_SECONDS / 2)
    return [_planned(draw, "clock jumps", begins, 30), _planned(draw, kind, begins, draw.uniform(30, 90))]


def _doubts(draw: random.Random) -> list[PlannedFault]:
    """Draw answers that get lost while payers cannot sign a second attempt."""
    begins, lasts = draw.uniform(FIRST_SECONDS, LAST_SECONDS - 120), draw.uniform(30, 120)
    return [_planned(draw, kind, begins, lasts) for kind in ("stored but not told", "expired credentials")]


def _lasts(draw: random.Random) -> float:
    return draw.uniform(120, 240) if draw.random() < 0.1 else 3 + draw.expovariate(1 / 40)  # noqa: PLR2004


def _planned(draw: random.Random, kind: str, begins: float, lasts: float) -> PlannedFault:
    begins = min(begins, LAST_SECONDS - 5)
    lasts = min(lasts, _LONGEST_SECONDS) + (_PATIENCE_SECONDS if kind in _PATIENT else 0.0)
    return PlannedFault(kind, begins, min(begins + lasts, LAST_SECONDS), draw.getrandbits(64))
