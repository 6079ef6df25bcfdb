"""Readiness rules for the first minute after a failover: each region takes at once what either took lately."""

from collections.abc import Iterator
from functools import reduce

from contract.environment import Function
from contract.roles import Role
from operations.readiness.capacity import USED_DAYS
from operations.readiness.model import CheckFinding, Facts, RegionFacts, UsedCapacity
from operations.readiness.remedies import QUOTA
from operations.readiness.rule_evaluation import both, judge
from operations.topology.readings import Known, Reading, Unknown

_MINUTE = 60
_WEEKS = f"the busiest five minutes of the last {USED_DAYS} days"
_WARM = "raise it in advance: `aws dynamodb update-table --warm-throughput` (docs/cost.md)"


def findings(facts: Facts) -> Iterator[CheckFinding]:
    """Compare what each region can take at once with the most that either region took."""
    used = _most(facts.regions[Role.PRIMARY].used, facts.regions[Role.STANDBY].used)
    for role, region in facts.regions.items():
        name = facts.topology.site.regions[role].name
        yield judge(
            f"writes that the table in {name} takes at once",
            both(region.warm_writes, used),
            _writes_problem,
            lambda pair: f"{pair[0]} a second; {_WEEKS} took {pair[1].writes_per_second:.0f}",
            remedy=_WARM,
        )
        yield judge(
            f"executions that payments get at once in {name}",
            both(_allowed(region), used),
            _executions_problem,
            lambda pair: f"{pair[0]}; the most of the last {USED_DAYS} days was {pair[1].executions}",
            remedy=f"raise `function_reserved_concurrency`; else {QUOTA}: Lambda, concurrent executions, in {name}",
        )


def _most(primary: Reading[UsedCapacity], standby: Reading[UsedCapacity]) -> Reading[UsedCapacity]:
    """Return the most of both regions: the use of the one that served, whichever that was."""
    pair = both(primary, standby)
    if isinstance(pair, Unknown):
        return pair
    one, other = pair.value
    return Known(
        UsedCapacity(
            writes_per_second=max(one.writes_per_second, other.writes_per_second),
            executions=max(one.executions, other.executions),
        )
    )


def _allowed(region: RegionFacts) -> Reading[int]:
    """Return the executions that the payment function can have: its reserve, or what the account leaves it."""
    own = region.reserved_concurrency[Function.PAYMENT_API]
    if isinstance(own, Unknown):
        return own
    if own.value is not None:
        return Known(own.value)
    others = [each for function, each in region.reserved_concurrency.items() if function is not Function.PAYMENT_API]
    return reduce(_less, others, region.account_concurrency)


def _less(left: Reading[int], reserved: Reading[int | None]) -> Reading[int]:
    pair = both(left, reserved)
    return pair if isinstance(pair, Unknown) else Known(pair.value[0] - (pair.value[1] or 0))


def _writes_problem(pair: tuple[int, UsedCapacity]) -> str:
    warm, needed = pair[0], pair[1].writes_per_second
    if warm >= needed:
        return ""
    waiting = round((needed - warm) * _MINUTE)
    return (
        f"must be at least {needed:.0f} a second, as in {_WEEKS}, is {warm}: in the first minute after a failover "
        f"{waiting} of {round(needed * _MINUTE)} writes would be throttled, and their payments wait in the retry queue"
    )


def _executions_problem(pair: tuple[int, UsedCapacity]) -> str:
    allowed, needed = pair[0], pair[1].executions
    if allowed >= needed:
        return ""
    return (
        f"must be at least {needed}, as at most in the last {USED_DAYS} days, is {allowed}: in the first minute after "
        f"a failover {1 - max(allowed, 0) / needed:.0%} of the requests would be refused"
    )
