"""`./run simulation`: runs seeds and fails if one of them breaks an invariant."""

import argparse
import os
import sys

from client.output import run
from simulation.mutants.all import MUTANTS
from simulation.mutants.hunt import hunt_all
from simulation.report import SimulationReport
from simulation.run import FIRST_SEED
from simulation.shrinking import shrunk_lines
from simulation.workers import results

_SEEDS = 300


def main() -> int:
    """Run what the options or the environment say; return the exit status."""
    options = _options()
    if os.environ.get("PYTHONHASHSEED") != "0":
        # Sets of texts are walked through in an order that differs from process to process unless this is set.
        environment = {**os.environ, "PYTHONHASHSEED": "0"}
        os.execve(sys.executable, [sys.executable, "-m", "simulation", *sys.argv[1:]], environment)  # noqa: S606
    seeds = options.seed or range(options.first, options.first + options.seeds)
    if options.mutants is not None:
        return hunt_all(options.mutants or list(MUTANTS), seeds)
    report, shown = SimulationReport(), set()
    for result in results(list(seeds), options.workers):
        report.add(result)
        for name, _ in result.violations:
            print(f"seed {result.seed} breaks: {name}", flush=True)
            if options.shrink and name not in shown:
                shown.add(name)
                print("\n".join(shrunk_lines(result.seed, name)), flush=True)
    print("\n".join(report.lines()))
    return 0 if report.is_good else 1


def _options() -> argparse.Namespace:
    environment = os.environ
    parser = argparse.ArgumentParser(prog="simulation", description="Simulated disasters, decided by seeds.")
    parser.add_argument("--seeds", type=int, default=int(environment.get("SEEDS") or _SEEDS), help="how many")
    parser.add_argument("--first", type=int, default=int(environment.get("FIRST_SEED") or FIRST_SEED))
    seed = environment.get("SEED")
    parser.add_argument("--seed", type=int, nargs="+", default=[int(seed)] if seed else [], help="run these alone")
    parser.add_argument("--shrink", action="store_true", help="leave out faults that a violation does not need")
    parser.add_argument("--mutants", nargs="*", help="hunt planted faults instead, all of them or those named")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


if __name__ == "__main__":
    run("simulation", main)
