"""Planted faults: each is found by one of its invariants, on the seed that is known for it."""

import os
import subprocess
import sys

import pytest

from simulation.mutants.all import MUTANTS


@pytest.fixture(scope="module")
def found() -> dict[str, str]:
    """Run all known seeds with sets walked through in the order in which the seeds were found."""
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    command = ["nice", "-n", "10", sys.executable, "-m", "simulation.mutants"]
    run = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert "Traceback" not in run.stderr, run.stderr
    return dict(line.split(" -> ") for line in run.stdout.splitlines())


@pytest.mark.parametrize("name", list(MUTANTS))
def test_an_invariant_finds_it(found: dict[str, str], name: str) -> None:
    assert found[name] in MUTANTS[name].invariants
