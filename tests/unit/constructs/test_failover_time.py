"""How long DNS clients wait at most."""

import pytest

from contract.deadlines import PROOF_STALE_SECONDS, SETTLE_SECONDS, TICK_SECONDS
from contract.objectives import RECOVERY_TIME_SECONDS
from dr_constructs.dns.failover_time import FailoverBounds, failover_bounds


def test_the_default_keeps_what_is_promised() -> None:
    bounds = failover_bounds(interval_seconds=10, failure_threshold=3)
    assert bounds == FailoverBounds(endpoint_lost=108, not_owner=127)
    assert bounds.endpoint_lost <= 110
    assert bounds.not_owner <= 130


@pytest.mark.parametrize("interval", [10, 30])
@pytest.mark.parametrize("threshold", range(1, 11))
def test_every_setting_stays_within_the_objective(interval: int, threshold: int) -> None:
    bounds = failover_bounds(interval_seconds=interval, failure_threshold=threshold)
    assert bounds.endpoint_lost <= bounds.not_owner <= RECOVERY_TIME_SECONDS


def test_no_setting_moves_clients_before_the_other_region_has_opened() -> None:
    """Else DNS were not what they wait for, and the bound would not hold."""
    opened = PROOF_STALE_SECONDS + 2 * TICK_SECONDS + SETTLE_SECONDS
    assert failover_bounds(interval_seconds=10, failure_threshold=1).endpoint_lost > opened
