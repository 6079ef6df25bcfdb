"""`python -m simulation.mutants`: runs each mutant on the seed that is known to find it; prints what has found it."""

import os
import sys

from simulation.mutants.all import MUTANTS
from simulation.mutants.hunt import hunt, violations
from simulation.mutants.registry import Mutant
from simulation.run import FIRST_SEED

_SEEDS = 20


def main() -> int:
    """Run those that are named, or all; return 1 if one is not found."""
    missed = 0
    for name in sys.argv[1:] or MUTANTS:
        mutant = MUTANTS[name]
        if mutant.seed is None:
            continue
        found = violations(mutant, mutant.seed, seconds=mutant.seconds)
        invariant = found[0].invariant if found else _found_otherwise(mutant)
        missed += not invariant
        print(f"{name} -> {invariant or 'NOT FOUND'}", flush=True)
    return 1 if missed else 0


def _found_otherwise(mutant: Mutant) -> str:
    """Look further: any change of the shipped code makes another run of a seed."""
    caught = hunt(mutant, range(FIRST_SEED, FIRST_SEED + _SEEDS))
    if caught is None:
        return ""
    print(f"{mutant.name}: seed {mutant.seed} finds it no more, seed {caught.seed} does", file=sys.stderr)
    return caught.invariant


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":  # as `simulation.__main__`
        environment = {**os.environ, "PYTHONHASHSEED": "0"}
        os.execve(sys.executable, [sys.executable, "-m", "simulation.mutants", *sys.argv[1:]], environment)  # noqa: S606
    sys.exit(main())
