"""What a mutant is, and the registry of all."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from simulation.world import WorldOptions

Planting = Callable[[], AbstractContextManager[None]]

MUTANTS: dict[str, "Mutant"] = {}

_NO_RELEASES = WorldOptions(releases=False)
"""So that a change of `dr release` makes no other run of the seeds that find everything else."""


@dataclass(frozen=True)
class Mutant:
    """One planted fault.

    Args:
        name: What a person calls it.
        plant: Replaces functions or constants of the shipped code by reference, and undoes it.
        invariants: Each of them is enough to find it.
        seed: One that finds it.
        seconds: How many simulated seconds of it are enough.
        options: What the simulated world is like, where the fault is not in Python code.
    """

    name: str
    plant: Planting
    invariants: tuple[str, ...]
    seed: int
    seconds: float
    options: WorldOptions


def mutant(
    name: str,
    *invariants: str,
    seed: int,
    seconds: float,
    options: WorldOptions = _NO_RELEASES,
) -> Callable[[Callable[[], Iterator[None]]], Planting]:
    """Register a generator function that plants a fault before its `yield`, and removes it afterwards."""

    def register(plant: Callable[[], Iterator[None]]) -> Planting:
        if name in MUTANTS:
            raise ValueError(f"there are two mutants {name}")
        planting = contextmanager(plant)
        MUTANTS[name] = Mutant(name, planting, invariants, seed, seconds, options)
        return planting

    return register
