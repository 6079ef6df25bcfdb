"""Readiness rules for capacity: the standby has the same code, configuration and limits as the primary."""

from collections.abc import Iterator, Mapping

from contract.environment import Function
from contract.outputs import QueueKind
from contract.roles import Role
from operations.readiness.model import (
    FED,
    SCHEDULED,
    CheckFinding,
    Facts,
    FunctionState,
    RegionFacts,
    Stage,
    Throttle,
    Trigger,
)
from operations.readiness.remedies import DEPLOY_CODE, QUOTA
from operations.readiness.rule import DEPLOY
from operations.readiness.rule_evaluation import both, judge

Pair = tuple[FunctionState, FunctionState]
"""The primary's and the standby's."""


def findings(facts: Facts) -> Iterator[CheckFinding]:
    """Compare what is deployed in both regions."""
    primary, standby = facts.regions[Role.PRIMARY], facts.regions[Role.STANDBY]
    standby_name = facts.topology.site.standby.name
    for function in Function:
        yield from _function(function, primary, standby)
    for function in (*SCHEDULED, *FED):
        yield judge(
            f"what starts {function}",
            both(primary.triggers[function], standby.triggers[function]),
            _trigger_problem,
            lambda _: "enabled in both regions, the same",
            remedy=DEPLOY,
        )
    for kind in QueueKind:
        yield judge(
            f"configuration of the {kind.replace('_', ' ')} queue",
            both(primary.queues[kind], standby.queues[kind]),
            lambda pair: differences(pair[0], pair[1]),
            lambda _: "the same",
            remedy=DEPLOY,
        )
    yield judge(
        "concurrent executions allowed to the account",
        both(primary.account_concurrency, standby.account_concurrency),
        lambda pair: "" if pair[1] >= pair[0] else f"the standby's must be at least {pair[0]}, is {pair[1]}",
        lambda pair: f"{pair[0]} in the primary, {pair[1]} in the standby",
        remedy=f"{QUOTA}: Lambda, concurrent executions, in {standby_name}",
    )
    yield judge(
        "API requests allowed to the account",
        both(primary.account_throttle, standby.account_throttle),
        _throttle_problem,
        lambda pair: f"{_shown(pair[0])} in the primary, {_shown(pair[1])} in the standby",
        remedy=f"{QUOTA}: API Gateway, throttle rate, in {standby_name}",
    )
    yield judge(
        "API requests allowed by the stage",
        both(primary.stage, standby.stage),
        lambda pair: _throttle_problem((pair[0].throttle, pair[1].throttle)),
        lambda pair: f"{_shown(pair[0].throttle)} in the primary, {_shown(pair[1].throttle)} in the standby",
        remedy=DEPLOY,
    )
    yield judge(
        "configuration of the API's stage",
        both(primary.stage, standby.stage),
        _stage_problem,
        lambda _: "the same",
        remedy=DEPLOY,
    )


def _function(function: Function, primary: RegionFacts, standby: RegionFacts) -> Iterator[CheckFinding]:
    states = both(primary.functions[function], standby.functions[function])
    yield judge(
        f"code of {function}",
        states,
        lambda pair: "" if pair[0].code_sha256 == pair[1].code_sha256 else _differing_code(pair),
        lambda pair: f"the same, SHA-256 {pair[0].code_sha256}",
        remedy=DEPLOY_CODE,
    )
    yield judge(
        f"size of {function}",
        states,
        _size_problem,
        lambda pair: f"{_size(pair[0])}, {_size(pair[1])}",
        remedy=DEPLOY,
    )
    yield judge(
        f"configuration of {function}",
        states,
        lambda pair: differences(pair[0].configuration, pair[1].configuration),
        lambda _: "the same",
        remedy=DEPLOY,
    )
    yield judge(
        f"state of {function}",
        states,
        _state_problem,
        lambda _: "active in both regions",
        remedy=f"wait for Lambda's update to end; if it failed, {DEPLOY}",
    )
    yield judge(
        f"executions reserved for {function}",
        both(primary.reserved_concurrency[function], standby.reserved_concurrency[function]),
        _reserve_problem,
        lambda pair: "none in either region" if pair[0] is None and pair[1] is None else f"{pair[0]}, {pair[1]}",
        remedy=DEPLOY,
    )


def differences(primary: Mapping[str, object], standby: Mapping[str, object]) -> str:
    """Return the names of what differs between two configurations."""
    names = sorted({*primary, *standby})
    differing = [name for name in names if primary.get(name) != standby.get(name)]
    return f"must be the same, but differs in {', '.join(differing)}" if differing else ""


def _differing_code(pair: Pair) -> str:
    return f"must be the same, SHA-256 {pair[0].code_sha256} in the primary, {pair[1].code_sha256} in the standby"


def _size(state: FunctionState) -> str:
    return f"{state.memory_mb} MB and {state.timeout_seconds} s"


def _size_problem(pair: Pair) -> str:
    primary, standby = pair
    fits = standby.memory_mb >= primary.memory_mb and standby.timeout_seconds >= primary.timeout_seconds
    return "" if fits else f"the standby's must be at least {_size(primary)}, is {_size(standby)}"


def _state_problem(pair: Pair) -> str:
    idle = [role for role, state in zip(Role, pair, strict=True) if not state.active]
    return f"must be active, and its last update successful, but is not in the {' and the '.join(idle)}" if idle else ""


def _trigger_problem(pair: tuple[Trigger, Trigger]) -> str:
    idle = [f"{trigger.state} in the {role}" for role, trigger in zip(Role, pair, strict=True) if not trigger.works]
    if idle:
        return f"must be enabled, but is {' and '.join(idle)}"
    return differences(pair[0].configuration, pair[1].configuration)


def _reserve_problem(pair: tuple[int | None, int | None]) -> str:
    primary, standby = pair
    if primary == standby or (primary is not None and standby is not None and standby >= primary):
        return ""
    # Without reserved concurrency the standby uses the account's pool, which other functions may exhaust.
    expected = "none, as in the primary" if primary is None else f"at least {primary}"
    return f"the standby's must be {expected}, is {'none' if standby is None else standby}"


def _throttle_problem(pair: tuple[Throttle, Throttle]) -> str:
    primary, standby = pair
    return "" if standby.covers(primary) else f"the standby's must be at least {_shown(primary)}, is {_shown(standby)}"


def _shown(throttle: Throttle) -> str:
    return f"{throttle.rate:g} a second, {throttle.burst} at once"


def _stage_problem(pair: tuple[Stage, Stage]) -> str:
    return differences(pair[0].configuration, pair[1].configuration)
