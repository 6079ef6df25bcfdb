"""The verdict: every rule, and that missing evidence fails."""

from typing import Any

import pytest

from operations.drills.measurements import Alarm, measure
from operations.drills.scenario import Check, Expectation, Scenario, Wait
from operations.drills.verdict import NOT_MEASURED, Verdict, judge
from operations.site import Role
from tests.unit.operations.drills.logs import region_loss

MEASURED = measure(region_loss())
EXPECTED = Expectation(serving=Role.STANDBY, rto={"detection": 30, "TTL": 60, "margin": 10}, rpo=5, dns_moves=1)
TAKEOVER = Check(do="check", replica=Role.STANDBY)
SCENARIO = Scenario(name="mine", what="", steps=(TAKEOVER,), expect=EXPECTED)
NO_TAKEOVER = SCENARIO.model_copy(update={"steps": (Wait(do="wait", seconds=1),)})


def judged(
    expected: dict[str, Any] | None = None, *, complete: bool = True, scenario: Scenario = SCENARIO, **measured: Any
) -> Verdict:
    demanding = scenario.model_copy(update={"expect": EXPECTED.model_copy(update=expected or {})})
    return judge(MEASURED.model_copy(update=measured), demanding, complete=complete)


def test_a_drill_as_it_should_be_passes() -> None:
    assert judged().failures == ()
    assert judged().passed


@pytest.mark.parametrize(
    ("rule", "measured"),
    [
        ("steady state", {"steady_failures": 1}),
        ("steady state", {"steady_acknowledged": 0}),
        (
            "RTO, budget",
            {"recovery": MEASURED.recovery.model_copy(update={"seconds": 100.1}) if MEASURED.recovery else None},
        ),
        ("RPO, budget", {"rpo_seconds": 5.1}),
        ("payments missing in the primary's replica in the end", {"missing_after": {Role.PRIMARY: 1, Role.STANDBY: 0}}),
        ("payments missing in the transaction logs", {"unlogged": 1}),
        ("duplicates", {"duplicates": 1}),
        ("DNS leads to", {"serving": Role.PRIMARY}),
        ("moves of DNS", {"moves": ()}),
        ("evidence", {"unobserved": ("alarms",)}),
        ("steps", {"failed_steps": ("wait until dns=standby: not seen",)}),
        ("roll back", {"not_put_back": ("mend every fault: no answer",)}),
    ],
)
def test_each_rule_fails_alone(rule: str, measured: dict[str, Any]) -> None:
    assert [each.rule for each in judged(**measured).failures] == [rule]


@pytest.mark.parametrize(
    ("rule", "measured"),
    [
        ("RTO, objective", {"recovery": None}),
        ("RPO, objective", {"rpo_seconds": None}),
        ("payments missing in the standby's replica in the end", {"missing_after": {Role.PRIMARY: 0}}),
        ("payments missing in the transaction logs", {"unlogged": None}),
        ("duplicates", {"duplicates": None}),
        ("DNS leads to", {"serving": None}),
    ],
)
def test_what_was_not_measured_fails_and_gets_no_number(rule: str, measured: dict[str, Any]) -> None:
    failed = {each.rule: each.measured for each in judged(**measured).failures}
    assert failed[rule] == NOT_MEASURED


def test_a_drill_that_did_not_end_fails() -> None:
    assert [each.rule for each in judged(complete=False).failures] == ["end"]


def test_a_takeover_that_could_not_be_checked_is_not_judged_by_what_was_at_risk() -> None:
    verdict = judged(missing_at_takeover=None, queued_at_takeover=None, rpo_seconds=None, at_risk_seconds=0)
    failed = [(each.rule, each.measured) for each in verdict.failures]
    assert failed == [("RPO, objective", NOT_MEASURED), ("RPO, budget", NOT_MEASURED)]


def test_nor_is_a_standby_that_could_not_be_read_at_no_risk() -> None:
    verdict = judged(scenario=NO_TAKEOVER, missing_at_takeover=None, rpo_seconds=None, at_risk_seconds=None)
    assert {each.measured for each in verdict.failures} == {NOT_MEASURED}


def test_what_was_at_risk_stands_in_where_nothing_failed_over() -> None:
    verdict = judged(scenario=NO_TAKEOVER, missing_at_takeover=None, rpo_seconds=None, at_risk_seconds=301)
    assert [each.rule for each in verdict.failures] == [
        "at risk, nothing having failed over, objective",
        "at risk, nothing having failed over, budget",
    ]


@pytest.mark.parametrize(("missing", "demanded", "holds"), [(0, "none", True), (1, "none", False), (1, "some", True)])
def test_what_may_be_missing_at_the_takeover(missing: int, demanded: str, *, holds: bool) -> None:
    assert judged({"missing_at_takeover": demanded}, missing_at_takeover=missing).passed == holds


def test_what_waits_in_a_queue_is_not_lost() -> None:
    verdict = judged({"missing_at_takeover": "none"}, missing_at_takeover=0, queued_at_takeover=2)
    assert "0, and 2 wait in a retry queue (202)" in {each.measured for each in verdict.findings}
    assert verdict.passed


def test_an_alarm_that_must_fire() -> None:
    expected = {"alarms": ("replication-lag",)}
    fired = (Alarm(name="replication-lag-us-east-1-dev", role=Role.PRIMARY, at=70),)
    assert judged(expected, alarms=fired).passed
    assert [each.rule for each in judged(expected, alarms=()).failures] == ["alarm"]


@pytest.mark.parametrize(("arrived", "late", "holds"), [(True, 0, True), (True, 1, False), (False, 0, False)])
def test_a_fence_must_be_seen_and_hold(*, arrived: bool, late: int, holds: bool) -> None:
    measured: dict[str, Any] = {"fence_arrived": arrived, "stored_while_fenced": late}
    assert judged({"fence_holds": True}, **measured).passed == holds
