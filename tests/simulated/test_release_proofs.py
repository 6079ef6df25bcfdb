"""Each bad version is stopped under fifty payments a second; whoever dies, both regions run one version in the end."""

import pytest

from contract.environment import Function
from contract.releases import SHARES
from simulation.checker.all import check
from simulation.history import DURABLE, History
from simulation.release_history import GOOD
from simulation.release_proof import ReleaseProof
from simulation.releases.versions import KINDS
from simulation.run import simulate
from simulation.world import WorldOptions

SEED = 1
PAYING = (Function.PAYMENT_API, Function.PAYMENT_CANARY)
IDLE_TICKER = "a ticker that does nothing"
BAD = [name for name in KINDS if name not in {GOOD, IDLE_TICKER}]
STEPS = range(1, 8)
"""Of a release with one share: canary payments, and three times a move and a bake."""

INVARIANTS = (
    "one version in the end",
    "an end is where it should be",
    "an ended release moves nothing",
    "a release that nobody drives is undone",
    "a driven release is left alone",
    "one release at a time",
    "one region and one share at a time",
    "payers meet no version that canaries show",
    "failing requests end a release",
    "few payers meet a failing version",
    "a new ticker beats before a release goes on",
    "what a new version stored is listed",
)


def proved(proof: ReleaseProof, *, seconds: float) -> History:
    """Run a release, and require that it breaks nothing."""
    history = simulate(SEED, options=WorldOptions(proof=proof), seconds=seconds)
    assert [str(each) for each in check(history, INVARIANTS)] == []
    assert history.releases.periods
    return history


def states(history: History) -> list[str]:
    """Return what became of the release."""
    return [each.state for each in history.releases.periods]


@pytest.mark.parametrize("kind", BAD)
def test_bad_version_is_stopped_under_payments(kind: str) -> None:
    history = proved(ReleaseProof(kind, PAYING, payments_a_second=50, shares=SHARES), seconds=480)
    assert states(history)[-1] == "undone"
    [drive] = history.releases.drives
    assert (drive.outcome, drive.lists_unknown) == ("undone", False)


def test_ticker_that_does_nothing_never_reaches_the_serving_region() -> None:
    history = proved(ReleaseProof(IDLE_TICKER, shares=(0.4,)), seconds=480)
    assert states(history)[-1] == "undone"
    assert "ticker: version 2 has not beaten for" in history.releases.drives[0].reason
    assert {each.region for each in history.releases.moves} == {"us-east-2", "us-east-1"}
    assert not [each for each in history.releases.moves if each.region == "us-east-1" and each.share_of("2") > 0]


def test_good_version_goes_through_without_a_failed_payment() -> None:
    history = proved(ReleaseProof(shares=(0.4,)), seconds=560)
    assert states(history) == ["running", "done"]
    assert {each.seen for each in history.operations if each.is_write} <= DURABLE
    assert {each.region for each in history.releases.served} == set(history.regions)


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_somebody_goes_on(step: int) -> None:
    history = proved(ReleaseProof(shares=(0.4,), killed_at=step, is_resumed=True), seconds=640)
    assert states(history) == ["running", "running", "done"]


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_any_step_tickers_put_both_regions_back(step: int) -> None:
    history = proved(ReleaseProof(shares=(0.4,), killed_at=step), seconds=640)
    assert states(history) == ["running", "undoing", "undone"]
    assert history.releases.periods[1].process.startswith("ticker@")
