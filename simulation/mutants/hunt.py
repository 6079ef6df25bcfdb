"""Runs a mutant, seed after seed, until one of its invariants finds it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from simulation.checker.all import check
from simulation.checker.invariants import Violation
from simulation.mutants.all import MUTANTS
from simulation.mutants.registry import Mutant
from simulation.run import FIRST_SEED, RUN_SECONDS, simulate
from simulation.workers import collected_afterwards

_SEEDS = 40
"""How many are tried when the known one finds a mutant no more."""


@dataclass(frozen=True)
class MutantCatch:
    """What has found a mutant."""

    invariant: str
    seed: int
    seeds: int
    """How many were run."""
    at: float
    """The moment of the violation."""


def hunt(mutant: Mutant, seeds: Iterable[int]) -> MutantCatch | None:
    """Run seeds until one of the mutant's invariants is broken; None if none of them is."""
    for number, seed in enumerate(seeds, start=1):
        found = violations(mutant, seed)
        if found:
            return MutantCatch(found[0].invariant, seed, number, found[0].at)
    return None


def violations(mutant: Mutant, seed: int, *, seconds: float = RUN_SECONDS) -> list[Violation]:
    """Return how a seed breaks the mutant's invariants, the earliest first."""
    with collected_afterwards():
        with mutant.plant():
            history = simulate(seed, options=mutant.options, seconds=seconds)
        return sorted(check(history, mutant.invariants), key=lambda violation: violation.at)


def caught_again(name: str) -> tuple[str, str, int | None]:
    """Return a mutant's name, the invariant that finds it, and on which seed; look further than at the known one.

    Any change of the shipped code makes another run of a seed.
    """
    mutant = MUTANTS[name]
    found = violations(mutant, mutant.seed, seconds=mutant.seconds)
    if found:
        return name, found[0].invariant, mutant.seed
    caught = hunt(mutant, range(FIRST_SEED, FIRST_SEED + _SEEDS))
    return (name, "", None) if caught is None else (name, caught.invariant, caught.seed)


def hunt_all(names: Iterable[str], seeds: Sequence[int]) -> int:
    """Hunt mutants, print how many seeds each has taken, and return the exit status: 1 if one is not found."""
    missed = 0
    for name in names:
        mutant = MUTANTS[name]
        found = hunt(mutant, seeds)
        missed += found is None
        if found is None:
            print(f"NOT FOUND in {len(seeds)} seeds: {name} (by {' or '.join(mutant.invariants)})", flush=True)
        else:
            print(
                f"{found.seeds:4} seeds: {name} -> {found.invariant} (seed {found.seed} at {found.at:.0f} s)",
                flush=True,
            )
    print(f"{missed} mutants not found")
    return 1 if missed else 0
