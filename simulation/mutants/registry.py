"""What a mutant is, and the registry of all."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from simulation.world import WorldOptions

Planting = Callable[[], AbstractContextManager[None]]

MUTANTS: dict[str, "Mutant"] = {}


@dataclass(frozen=True)
class Mutant:
    """One planted fault.

    Args:
        name: What a person calls it.
        plant: Replaces functions or constants of the shipped code by reference, and undoes it.
        invariants: Each of them is enough to find it.
        options: What the simulated world is like, where the fault is not in Python code.
        seed: One that finds it.
        seconds: Of how many simulated seconds; 0 while no such seed is known.
    """

    name: str
    plant: Planting
    invariants: tuple[str, ...]
    options: WorldOptions | None = None
    seed: int | None = None
    seconds: float = 0.0


def mutant(
    name: str,
    *invariants: str,
    seed: int | None = None,
    seconds: float = 0.0,
    options: WorldOptions | None = None,
) -> Callable[[Callable[[], Iterator[None]]], Planting]:
    """Register a generator function that plants a fault before its `yield`, and removes it afterwards."""

    def register(plant: Callable[[], Iterator[None]]) -> Planting:
        if name in MUTANTS:
            raise ValueError(f"there are two mutants {name}")
        planting = contextmanager(plant)
        MUTANTS[name] = Mutant(name, planting, invariants, options, seed, seconds)
        return planting

    return register
