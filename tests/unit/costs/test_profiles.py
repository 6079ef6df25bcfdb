"""What faster health checks bring and cost."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costs.prices import read_prices
from costs.profiles import PROFILES, false_alarms_a_year, profiles
from tests.unit.costs.test_quantities import STACK

DAY = 86_400


def test_faster_costs_more_and_alarms_more_often() -> None:
    shown = list(profiles(read_prices(), STACK))
    assert [(each.interval_seconds, each.failure_threshold) for each in shown] == list(PROFILES)
    assert [each.bounds.endpoint_lost for each in shown] == [168, 108, 92, 76]
    assert [each.bounds.not_owner for each in shown] == [187, 127, 115, 103]
    dollars = [each.dollars_a_month for each in shown]
    assert dollars[0] < dollars[1] == dollars[2] == dollars[3]
    for alarms in zip(*(each.false_alarms_a_year for each in shown), strict=True):
        assert list(alarms) == sorted(alarms)


@given(st.floats(min_value=1e-6, max_value=0.5), st.integers(min_value=1, max_value=5))
def test_more_loss_alarms_more_often_and_a_higher_threshold_less(loss: float, threshold: int) -> None:
    alarms = false_alarms_a_year(loss, 9, 10, threshold)
    assert alarms <= false_alarms_a_year(loss * 1.5, 9, 10, threshold)
    assert alarms >= false_alarms_a_year(loss, 9, 10, threshold + 1) * 0.999
    assert alarms <= 365 * DAY / 10 * 1.001


@pytest.mark.parametrize(("loss", "threshold"), [(0.45, 1), (0.45, 2)])
def test_the_formula_agrees_with_checkers_that_are_played(loss: float, threshold: int) -> None:
    chance = random.Random(1)  # noqa: S311 — no secret
    checkers = [[True, 0] for _ in range(9)]
    unhealthy, rounds = 0, 20_000
    for _ in range(rounds):
        for state in checkers:
            good = chance.random() >= loss
            state[1] = 0 if good == state[0] else state[1] + 1
            if state[1] == threshold:
                state[:] = [good, 0]
        unhealthy += sum(bool(state[0]) for state in checkers) <= 1
    expected = false_alarms_a_year(loss, 9, 10, threshold) / (365 * DAY / 10)
    assert unhealthy / rounds == pytest.approx(expected, rel=0.2)
