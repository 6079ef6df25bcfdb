"""Planted faults: each is found by an invariant on the seed that is known for it, and leaves nothing behind."""

import os
import subprocess
import sys
from typing import Any

import pytest

from handlers.tickers import decision
from simulation.checker.all import INVARIANTS
from simulation.mutants.all import MUTANTS
from simulation.mutants.registry import mutant
from simulation.patching import patched

KNOWN = [name for name, each in MUTANTS.items() if each.seed is not None]


@pytest.fixture(scope="module")
def found() -> dict[str, str]:
    """Run all known seeds in one process, whose sets are walked through in the order in which the seeds were found."""
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    run = subprocess.run(
        [sys.executable, "-m", "simulation.mutants"], capture_output=True, text=True, check=False, env=environment
    )
    assert "Traceback" not in run.stderr, run.stderr
    return dict(line.split(" -> ") for line in run.stdout.splitlines())


@pytest.mark.parametrize("name", KNOWN)
def test_an_invariant_finds_it(found: dict[str, str], name: str) -> None:
    assert found[name] in MUTANTS[name].invariants


def test_there_are_enough() -> None:
    assert len(MUTANTS) >= 20
    assert KNOWN


@pytest.mark.parametrize("name", MUTANTS)
def test_its_invariants_exist(name: str) -> None:
    assert MUTANTS[name].invariants
    assert set(MUTANTS[name].invariants) <= set(INVARIANTS)


def test_nothing_is_left_behind() -> None:
    before = dict(vars(decision))
    for each in MUTANTS.values():
        with each.plant():
            pass
    assert dict(vars(decision)) == before


def test_what_is_patched_is_undone_after_an_error() -> None:
    class Owner:
        value: Any = 1

    def fail() -> None:
        with patched(Owner, value=2):
            raise RuntimeError(Owner.value)

    with pytest.raises(RuntimeError, match="2"):
        fail()
    assert Owner.value == 1


def test_names_are_unique() -> None:
    with pytest.raises(ValueError, match="two mutants"):
        mutant(next(iter(MUTANTS)))(lambda: iter(()))
