"""The verdict: every rule, and that missing evidence fails."""

from typing import Any

import pytest

from contract.roles import Role
from operations.drills.measurements import RaisedAlarm, measure
from operations.drills.scenario import Expectation, Scenario
from operations.drills.scenario_steps import Check, Wait
from operations.drills.verdict import NOT_MEASURED, DrillVerdict, judge
from tests.unit.operations.drills.logs import region_loss

MEASURED = measure(region_loss())
EXPECTED = Expectation(serving=Role.STANDBY, rto={"detection": 30, "TTL": 60, "margin": 10}, rpo=5, dns_moves=1)
TAKEOVER = Check(do="check", replica=Role.STANDBY)
SCENARIO = Scenario(name="mine", what="", steps=(TAKEOVER,), expect=EXPECTED)
NO_TAKEOVER = SCENARIO.model_copy(update={"steps": (Wait(do="wait", seconds=1),)})


def judged(
    expected: dict[str, Any] | None = None, *, complete: bool = True, scenario: Scenario = SCENARIO, **measured: Any
) -> DrillVerdict:
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
        ("the writer belongs to", {"owner": Role.PRIMARY}),
        ("evidence", {"unobserved": ("alarms",)}),
        ("steps", {"failed_steps": ("wait until dns=standby: not seen",)}),
        ("roll back", {"not_put_back": ("heal every fault: no answer",)}),
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
        ("the writer belongs to", {"owner": None}),
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
    fired = (RaisedAlarm(name="replication-lag-us-east-1-dev", role=Role.PRIMARY, at=70),)
    assert judged(expected, alarms=fired).passed
    assert [each.rule for each in judged(expected, alarms=()).failures] == ["alarm"]


@pytest.mark.parametrize(("lost", "late", "holds"), [(True, 0, True), (True, 1, False), (False, 0, False)])
def test_a_lost_writer_must_be_seen_and_hold(*, lost: bool, late: int, holds: bool) -> None:
    measured: dict[str, Any] = {"writer_lost": lost, "stored_without_writer": late}
    assert judged({"writer_holds": True}, **measured).passed == holds


@pytest.mark.parametrize(("moves", "holds"), [(1, True), (0, False), (2, False)])
def test_how_often_the_writer_may_move(moves: int, *, holds: bool) -> None:
    assert judged({"owner_moves": moves}).passed == holds


@pytest.mark.parametrize(
    ("shut", "scale", "holds"), [(15, 1, True), (15.1, 1, False), (150, 10, True), (151, 10, False)]
)
def test_how_long_no_region_may_be_open_is_real_at_any_time_scale(shut: float, scale: float, *, holds: bool) -> None:
    assert judged({"shut": 15}, shut_seconds=shut, time_scale=scale).passed == holds


def test_without_a_look_at_the_writer_that_is_not_known() -> None:
    failed = {each.rule: each.measured for each in judged({"shut": 15}, shut_seconds=None).failures}
    assert failed == {"no region open": NOT_MEASURED}


class TestFasterClock:
    """Real seconds that a budget holds are granted at any time scale, and are no more than the budget at scale 1."""

    @staticmethod
    def late(seconds: float) -> dict[str, Any]:
        return {"recovery": MEASURED.recovery.model_copy(update={"seconds": seconds}) if MEASURED.recovery else None}

    @pytest.mark.parametrize(("scale", "limit"), [(1, 100), (2, 100), (10, 400)])
    def test_budget_of_the_rto(self, scale: float, limit: float) -> None:
        expected = {"rto_real": 40}
        assert judged(expected, time_scale=scale, **self.late(limit)).passed
        failures = judged(expected, time_scale=scale, **self.late(limit + 0.1)).failures
        assert [each.rule for each in failures] == ["RTO, budget"]

    def test_the_demand_names_them(self) -> None:
        (finding,) = (each for each in judged({"rto_real": 40}, time_scale=10).findings if each.rule == "RTO, budget")
        assert finding.demanded == "at most 400 s (detection 30 + TTL 60 + margin 10; at least 40 real seconds)"

    @pytest.mark.parametrize(("scale", "limit"), [(1, 5), (10, 40)])
    def test_budget_of_the_rpo(self, scale: float, limit: float) -> None:
        assert judged({"rpo_real": 4}, time_scale=scale, rpo_seconds=limit).passed
        assert not judged({"rpo_real": 4}, time_scale=scale, rpo_seconds=limit + 0.1).passed

    def test_what_must_not_fail_at_all_is_granted_nothing(self) -> None:
        assert not judged({"rto": {"none": 0}}, time_scale=10, **self.late(0.1)).passed

    @pytest.mark.parametrize("real", [{"rto_real": 101}, {"rpo_real": 6}])
    def test_no_more_than_the_budget(self, real: dict[str, float]) -> None:
        with pytest.raises(ValueError, match="must be part of the budget"):
            Expectation(serving=Role.STANDBY, rto={"all": 100}, rpo=5, **real)
