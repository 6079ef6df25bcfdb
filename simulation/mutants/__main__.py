"""`./run simulation.mutants`: runs each mutant on the seed that is known to find it; prints what has found it."""

import multiprocessing
import os
import sys

from simulation.mutants.all import MUTANTS
from simulation.mutants.hunt import caught_again


def main() -> int:
    """Run those that are named, or all; return 1 if one is not found."""
    names = sys.argv[1:] or list(MUTANTS)
    missed = 0
    with multiprocessing.get_context("spawn").Pool(os.cpu_count()) as pool:
        for name, invariant, seed in pool.imap_unordered(caught_again, names):
            if seed != MUTANTS[name].seed:
                print(f"{name}: seed {MUTANTS[name].seed} finds it no more, seed {seed} does", file=sys.stderr)
            missed += not invariant
            print(f"{name} -> {invariant or 'NOT FOUND'}", flush=True)
    return 1 if missed else 0


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":  # as `simulation.__main__`
        environment = {**os.environ, "PYTHONHASHSEED": "0"}
        os.execve(sys.executable, [sys.executable, "-m", "simulation.mutants", *sys.argv[1:]], environment)  # noqa: S606
    sys.exit(main())
