"""What one fault is, and the registry of kinds."""

import random
from collections.abc import Callable
from dataclasses import dataclass

from simulation.world import REGIONS, World


@dataclass
class Fault:
    """One fault, not begun yet.

    Args:
        text: What a person reads.
        touches: The places that are not well while it lasts.
        begin: Brings it about.
        end: Takes it away.
    """

    text: str
    touches: tuple[str, ...]
    begin: Callable[[], object]
    end: Callable[[], object] = lambda: None


Draw = Callable[[World, random.Random], Fault]


@dataclass(frozen=True)
class FaultKind:
    """One kind of fault, and how often it is drawn compared with others; 0 for what only flapping and ambushes use."""

    draw: Draw
    weight: int


KINDS: dict[str, FaultKind] = {}


def fault_kind(weight: int = 1) -> Callable[[Draw], Draw]:
    """Register a function that draws a fault of one kind."""

    def register(draw: Draw) -> Draw:
        KINDS[draw.__name__.replace("_", " ")] = FaultKind(draw, weight)
        return draw

    return register


def serving(world: World, draw: random.Random) -> str:
    """Return a region, most often the one that owns the writer now: there trouble matters most."""
    place = draw.choice(REGIONS)
    return world.history.writer[-1].region if world.history.writer and draw.random() < 0.6 else place  # noqa: PLR2004
