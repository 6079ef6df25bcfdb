"""Releases: without faults a good version goes through and no payment fails, and a bad one is put back."""

from simulation.checker.all import check
from simulation.history import DURABLE, Seen
from simulation.run import simulate
from simulation.world import WorldOptions

SEED, SECONDS = 4759, 570.0
"""A run that ships a good version, to whose release nothing happens."""

LATE_SEED = 4760


def test_good_release_goes_through_without_a_failed_payment() -> None:
    history = simulate(SEED, planned=[], options=WorldOptions(releases=True), seconds=SECONDS)
    begun, ended = history.releases.periods
    assert history.releases.shipped["2"].is_good
    assert (begun.state, ended.state) == ("running", "done")
    paid = [each for each in history.operations if each.is_write and begun.at < each.began < ended.at]
    assert paid
    assert all(each.seen in {*DURABLE, Seen.CONFLICT} for each in paid)
    assert {each.region for each in history.releases.served} == set(history.regions)


def test_requests_that_fail_at_the_end_of_a_bake_end_the_release() -> None:
    """Nobody counted them once, since their lines came after the last look at that bake."""
    history = simulate(LATE_SEED, options=WorldOptions(releases=True))
    assert history.releases.shipped["2"].name == "crashes on most questions for the writer"
    assert [each.state for each in history.releases.periods][-1] == "undone"
    assert check(history) == []
