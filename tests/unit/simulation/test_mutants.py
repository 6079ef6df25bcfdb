"""Planted faults: each has invariants and a seed that finds it, and leaves nothing behind."""

from typing import Any

import pytest

from handlers.tickers import decision
from simulation.checker.all import INVARIANTS
from simulation.mutants.all import MUTANTS
from simulation.mutants.registry import mutant
from simulation.patching import patched


def test_there_are_enough_with_seeds_that_find_them() -> None:
    assert len(MUTANTS) >= 20
    assert all(each.seconds > 0 for each in MUTANTS.values())


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
        mutant(next(iter(MUTANTS)), seed=1, seconds=1.0)(lambda: iter(()))
