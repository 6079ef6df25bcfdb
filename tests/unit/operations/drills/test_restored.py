"""How soon damaged payments were found and repaired, from event logs made by hand, and what the verdict demands."""

from typing import Any

import pytest

from contract.roles import Role
from operations.drills.bad_data import DamageKind
from operations.drills.events import (
    AlarmSample,
    AnyEvent,
    DamageFound,
    DataDamaged,
    DataRepaired,
    LogCheck,
    RestoreChecked,
)
from operations.drills.losses import duplicates
from operations.drills.measurements import measure
from operations.drills.restored import MeasuredRestore, measure_restore
from operations.drills.scenario import Expectation, RestoreExpectation, Scenario
from operations.drills.scenario_steps import Wait
from operations.drills.verdict import NOT_MEASURED, judge
from tests.unit.operations.drills.logs import attempt, event, region_loss

RINGS = ("payments-changed-us-east-1-dev",)
DAMAGED = {DamageKind.ALTERED: ("a", "b"), DamageKind.ADDED: ("c",)}


def restore() -> list[AnyEvent]:
    """Return damage at 20 s that rings at 65 s and is repaired at 200 s, while a payment a second is acknowledged."""
    return [
        event(AlarmSample, 10, role=Role.PRIMARY, firing=RINGS),
        *(attempt(second, f"paid-{second}") for second in (5, 20, 100, 200, 201)),
        event(DataDamaged, 20, moment=1, seed=7, damaged=DAMAGED),
        event(AlarmSample, 30, role=Role.STANDBY, firing=("heartbeat-age",)),
        event(AlarmSample, 65, role=Role.STANDBY, firing=RINGS),
        event(DamageFound, 150, repairs=3, added=4, missed=(), unexpected=(), unknown=()),
        event(DataRepaired, 200, repairs=3, others=()),
        event(RestoreChecked, 300, left=0, kept=0, wrong=(), changed=(), untouched=9, later=4),
    ]


def measured(events: list[AnyEvent]) -> MeasuredRestore:
    found = measure_restore(events)
    assert found
    return found


def test_without_damage_there_is_nothing_to_measure() -> None:
    assert measure_restore(region_loss()) is None


def test_times_count_from_the_damage_and_payments_at_risk_until_the_repair() -> None:
    found = measured(restore())
    assert (found.damaged, found.found_seconds, found.repaired_seconds, found.at_risk) == (3, 45, 180, 3)


def test_what_was_not_seen_is_not_measured() -> None:
    found = measured([each for each in restore() if each.elapsed <= 30])
    assert (found.found_seconds, found.repaired_seconds, found.at_risk) == (None,) * 3
    assert (found.missed, found.unexpected, found.left, found.wrong, found.changed) == (None,) * 5


def test_damaged_payments_are_no_duplicates() -> None:
    """The logs hold what they were, what they became and what they were again."""
    both = (Role.PRIMARY, Role.PRIMARY)
    check = event(LogCheck, 400, payments=5, repeated={"a": both, "paid-5": both}, contradicting=("a",))
    assert duplicates([*restore(), check], check) == (1, 0)


EXPECTED = Expectation(
    serving=Role.STANDBY,
    rto={"detection": 30, "TTL": 60, "margin": 10},
    rpo=150,
    restore=RestoreExpectation(found=60, repaired=180),
)
SCENARIO = Scenario.model_construct(name="mine", what="", steps=(Wait(do="wait", seconds=1),), expect=EXPECTED)


def failures(**changed: Any) -> list[str]:
    """Return the rules that fail of a drill that is as it should be but for these measurements of its restore."""
    of = measure(region_loss()).model_copy(update={"restore": measured(restore()).model_copy(update=changed)})
    return [each.rule for each in judge(of, SCENARIO, complete=True).failures]


def test_damage_that_is_found_and_repaired_passes() -> None:
    assert failures() == []


@pytest.mark.parametrize(
    ("rule", "changed"),
    [
        ("damage found by an alarm, budget", {"found_seconds": 60.1}),
        ("damage found by an alarm, budget", {"found_seconds": None}),
        ("damage repaired, budget", {"repaired_seconds": 180.1}),
        ("damaged payments that the proposal misses, of 3", {"missed": 1}),
        ("other payments that the proposal names", {"unexpected": None}),
        ("witnesses of the restore", {"unknown": ("the access log in us-east-1",)}),
        ("damaged payments that are not what they were", {"wrong": 1}),
        ("other payments that are not byte for byte what they were, of 9", {"changed": 1}),
        ("left by a second comparison", {"left": 1}),
        ("payments at risk, of a restore of the whole table", {"at_risk": None}),
    ],
)
def test_each_rule_of_a_restore_fails_alone(rule: str, changed: dict[str, Any]) -> None:
    assert failures(**changed) == [rule]


def test_data_that_were_not_damaged_are_not_measured() -> None:
    findings = judge(measure(region_loss()), SCENARIO, complete=True).failures
    assert [(each.rule, each.measured) for each in findings] == [("the damage", NOT_MEASURED)]
