"""Payments that a script changes and removes are counted in both regions, under all other disasters."""

import pytest

from simulation.checker.all import check
from simulation.run import simulate
from simulation.world import WorldOptions


@pytest.mark.parametrize("seed", [4711, 4712, 4713])
def test_every_change_is_counted_in_both_regions(seed: int) -> None:
    history = simulate(seed, options=WorldOptions(releases=False, bad_script=True))
    assert [each.shown(history) for each in check(history, ["a changed payment is counted"])] == []
    for region in history.regions:
        assert {each.removes for each in history.changes if each.region == region} == {True, False}
