"""What seeds have shown, and whether that is enough."""

from collections import Counter

import pytest

from simulation.report import MINIMUMS_FOR_100_SEEDS, SimulationReport
from simulation.run import SeedResult


def report(seeds: int, counts: dict[str, int]) -> SimulationReport:
    """Return a report of seeds of which the first shows everything."""
    shown = SimulationReport()
    for seed in range(seeds):
        shown.add(SeedResult(seed, Counter({} if seed else counts)))
    return shown


def test_enough_has_happened() -> None:
    assert report(100, MINIMUMS_FOR_100_SEEDS).is_good


@pytest.mark.parametrize("name", MINIMUMS_FOR_100_SEEDS)
def test_too_little_of_one_thing_is_named(name: str) -> None:
    minimum = MINIMUMS_FOR_100_SEEDS[name]
    found = report(100, {**MINIMUMS_FOR_100_SEEDS, name: minimum - 1})
    assert found.shortfalls() == [f"{minimum - 1} {name}, at least {minimum} expected"]
    assert not found.is_good


def test_few_seeds_are_not_judged_by_what_they_show() -> None:
    assert report(99, {}).is_good


def test_a_violation_is_printed_with_the_seed_to_replay() -> None:
    found = report(2, {})
    found.add(SeedResult(7, violations=[("durable", "seed 7: durable at 3.000: gone")]))
    assert not found.is_good
    assert found.lines()[0] == "seed 7: durable at 3.000: gone"
    assert "replay one with SEED=7; all of them: 7" in found.lines()
    assert found.lines()[-1] == "seeds 3, payments 0, faults 0, commands 0, violations 1"
