"""What faster or slower health checks bring and cost: the bound on a failover, dollars, false alarms. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import comb
from typing import Final

from costs import assumptions as assume
from costs.prices import PriceTable
from costs.quantities import quantities
from costs.stack import BilledHealthCheck, Stack
from dr_constructs.dns.failover_time import FailoverBounds, failover_bounds

PROFILES: Final = ((30, 3), (10, 3), (10, 2), (10, 1))
"""Interval in seconds and failure threshold; the second is the default, the last the fastest that Route 53 has."""

LOSSES: Final = (0.01, 0.05, 0.2)
"""Shares of probes that fail although the region serves: packets lost, answers that take more than 2 s."""

_HEALTHY_SHARE = 0.18  # more than this share of the checkers makes an endpoint healthy (FACTS 2.1)
_YEAR_SECONDS = 365 * 86_400


@dataclass(frozen=True)
class Profile:
    """One choice of interval and threshold."""

    interval_seconds: int
    failure_threshold: int
    bounds: FailoverBounds
    dollars_a_month: float
    """Idle, all services."""
    false_alarms_a_year: tuple[float, ...]
    """At most, for each of `LOSSES`."""


def profiles(table: PriceTable, stack: Stack) -> Iterator[Profile]:
    """Yield what each profile would make of a stack."""
    for interval, threshold in PROFILES:
        changed = replace(stack, health_checks=tuple(_at(check, interval) for check in stack.health_checks))
        idle = quantities(changed, 0)
        checkers = max((check.checker_regions for check in stack.health_checks), default=0) * assume.CHECKERS_PER_REGION
        yield Profile(
            interval,
            threshold,
            failover_bounds(interval_seconds=interval, failure_threshold=threshold),
            sum(price.cost(idle[name]) for name, price in table.prices.items()),
            tuple(false_alarms_a_year(loss, checkers, interval, threshold) for loss in LOSSES),
        )


def false_alarms_a_year(loss: float, checkers: int, interval_seconds: int, threshold: int) -> float:
    """Return how often a year an endpoint that serves is called unhealthy, at most, with losses that are independent.

    A checker turns with `threshold` equal results in a row; the mean number of probes until then gives the share of
    time for which it is wrong (a renewal argument). Each interval in which too few are right counts as an alarm.
    """
    wrong_after, right_after = _mean_run(loss, threshold), _mean_run(1 - loss, threshold)
    wrong = right_after / (wrong_after + right_after)
    too_few = int(_HEALTHY_SHARE * checkers)
    chance = sum(
        comb(checkers, right) * (1 - wrong) ** right * wrong ** (checkers - right) for right in range(too_few + 1)
    )
    return chance * _YEAR_SECONDS / interval_seconds


def _mean_run(chance: float, length: int) -> float:
    """Return the mean number of trials until `length` successes in a row."""
    return (1 - chance**length) / ((1 - chance) * chance**length)


def _at(check: BilledHealthCheck, interval: int) -> BilledHealthCheck:
    if not check.checker_regions:
        return check
    was_fast, is_fast = check.requests_per_second_and_checker > 1 / 30, interval < 30  # noqa: PLR2004 — the two there are
    return replace(check, requests_per_second_and_checker=1 / interval, options=check.options - was_fast + is_fast)
