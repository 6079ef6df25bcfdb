"""Lags are seeded and stay within their spread."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.replication.lag import Lag

LINK = ("dynamodb", "us-east-1", "us-east-2")


def test_the_default_is_half_a_second_to_a_second() -> None:
    draw = Lag().draws(*LINK)
    lags = [draw() for _ in range(1000)]
    assert 0.5 <= min(lags) < 0.52
    assert 0.98 < max(lags) <= 1.0
    assert 0.73 < sum(lags) / 1000 < 0.77


@given(seed=st.integers())
def test_a_seed_repeats_its_lags(seed: int) -> None:
    first, second = Lag(seed=seed).draws(*LINK), Lag(seed=seed).draws(*LINK)
    assert [first() for _ in range(5)] == [second() for _ in range(5)]


def test_links_have_lags_of_their_own() -> None:
    there, back = Lag().draws("dynamodb", "a", "b"), Lag().draws("dynamodb", "b", "a")
    assert there() != back()


def test_no_spread_is_a_constant() -> None:
    assert Lag(mean_seconds=2, spread_seconds=0).draws(*LINK)() == 2


@pytest.mark.parametrize("spread", [-0.1, 0.6])
def test_a_lag_below_zero_is_refused(spread: float) -> None:
    with pytest.raises(ValueError, match="`spread_seconds` must be between 0 and `mean_seconds`, got"):
        Lag(mean_seconds=0.5, spread_seconds=spread)
