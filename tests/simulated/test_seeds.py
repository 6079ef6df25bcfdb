"""Simulated disasters: seeds that follow from the sources, and those that have shown something before."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from tests.simulated.regressions import REGRESSIONS

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("client", "contract", "handlers", "operations", "simulation")
SEEDS = 100


def first_seed() -> int:
    """Return the first of the seeds that belong to these sources: each change is tried on disasters of its own."""
    digest = hashlib.sha256()
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return int.from_bytes(digest.digest()[:4], "big")


def simulated(*options: str) -> subprocess.CompletedProcess[str]:
    """Run seeds in a process of their own, behind the tests beside it that wait for real time."""
    environment = {name: value for name, value in os.environ.items() if name not in {"SEED", "SEEDS", "FIRST_SEED"}}
    environment["PYTHONHASHSEED"] = "0"  # otherwise it starts itself again once it has loaded everything
    command = ["nice", "-n", "10", sys.executable, "-m", "simulation", *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT, env=environment)


def test_the_seeds_of_these_sources_break_nothing_and_show_enough() -> None:
    first = first_seed()
    run = simulated("--seeds", str(SEEDS), "--first", str(first))
    replay = f"SEEDS={SEEDS} FIRST_SEED={first} make simulate, or SEED=… make simulate for one of them"
    assert run.returncode == 0, f"{run.stdout}{run.stderr}\nto replay: {replay}"
    assert f"seeds {SEEDS}, " in run.stdout.splitlines()[-1]


def test_seeds_that_failed_before_pass() -> None:
    run = simulated("--seed", *map(str, REGRESSIONS))
    assert run.returncode == 0, f"{run.stdout}{run.stderr}\nto replay: SEED=… make simulate"
