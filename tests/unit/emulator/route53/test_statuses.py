"""The status of checks that depend on checkers, on other checks, on alarms."""

from collections.abc import Mapping
from typing import ClassVar

import pytest

from emulator.regions import CHECKER_REGIONS
from emulator.route53.checks import HealthCheck
from emulator.route53.probes import TIMED_OUT, ProbeOutcome
from emulator.route53.statuses import Checker, Observation, Statuses

PASSED = ProbeOutcome(passed=True, report="Success: HTTP Status Code 200, OK")
TEAM = [Checker(region, number) for region in CHECKER_REGIONS[:3] for number in (1, 2)]


def statuses(checks: Mapping[str, HealthCheck]) -> Statuses:
    made = Statuses(lambda: checks)
    probing = [(check_id, checker) for check_id, check in checks.items() if check.probes for checker in TEAM]
    made.keep(probing, [check_id for check_id, check in checks.items() if check.type == "CLOUDWATCH_METRIC"])
    return made


def see(made: Statuses, check_id: str, team: list[Checker], outcome: ProbeOutcome = TIMED_OUT, times: int = 3) -> None:
    for checker in team:
        for time in range(times):
            made.observe(check_id, checker, Observation(outcome, float(time)), 3)


class TestEndpoints:
    """Checks that are probed."""

    def test_a_new_check_is_healthy_and_an_inverted_one_is_not(self) -> None:
        made = statuses({"plain": HealthCheck("HTTPS"), "inverted": HealthCheck("HTTPS", inverted=True)})
        assert (made.healthy("plain"), made.healthy("inverted")) == (True, False)

    def test_a_partial_view_leaves_it_healthy(self) -> None:
        made = statuses({"a": HealthCheck("HTTPS")})
        see(made, "a", TEAM[:4])
        assert made.healthy("a")
        assert made.healthy_percent("a") == pytest.approx(100 / 3)

    def test_one_of_six_checkers_is_not_enough(self) -> None:
        made = statuses({"a": HealthCheck("HTTPS")})
        see(made, "a", TEAM[:5])
        assert not made.healthy("a")

    def test_it_recovers(self) -> None:
        made = statuses({"a": HealthCheck("HTTPS")})
        see(made, "a", TEAM)
        see(made, "a", TEAM[:2], PASSED)
        assert made.healthy("a")

    def test_the_last_failure_is_kept_beside_the_last_outcome(self) -> None:
        made = statuses({"a": HealthCheck("HTTPS")})
        see(made, "a", TEAM[:1])
        see(made, "a", TEAM[:1], PASSED, times=1)
        view = made.views("a")[TEAM[0]]
        assert view.latest == Observation(PASSED, 0)
        assert view.latest_failure == Observation(TIMED_OUT, 2)

    def test_a_deleted_check_is_forgotten(self) -> None:
        checks = {"a": HealthCheck("HTTPS")}
        made = statuses(checks)
        see(made, "a", TEAM)
        made.keep([], [])
        see(made, "a", TEAM)
        assert made.views("a") == {}

    def test_checkers_have_different_addresses(self) -> None:
        assert len({Checker(region, number).address for region in CHECKER_REGIONS for number in (1, 2)}) == 16


class TestCalculated:
    """Checks of checks, as the failover record has one: primary healthy AND standby not the writer (FACTS 2.10)."""

    CHECKS: ClassVar = {
        "primary": HealthCheck("HTTPS"),
        "standby": HealthCheck("HTTPS", inverted=True),
        "serving": HealthCheck("CALCULATED", children=("primary", "standby"), health_threshold=2),
    }

    def test_it_waits_for_the_inverted_childs_first_data(self) -> None:
        made = statuses(self.CHECKS)
        assert not made.healthy("serving")
        see(made, "standby", TEAM)
        assert made.healthy("serving")
        assert made.healthy_children(self.CHECKS["serving"]) == 2

    def test_the_standby_can_take_over(self) -> None:
        made = statuses(self.CHECKS)
        see(made, "standby", TEAM)
        see(made, "standby", TEAM, PASSED)
        assert made.healthy("primary")
        assert not made.healthy("serving")

    def test_the_primary_can_fail(self) -> None:
        made = statuses(self.CHECKS)
        see(made, "standby", TEAM)
        see(made, "primary", TEAM)
        assert not made.healthy("serving")

    def test_a_disabled_child_is_healthy(self) -> None:
        parent = HealthCheck("CALCULATED", children=("a",), health_threshold=1)
        made = statuses({"a": HealthCheck("HTTPS", disabled=True), "parent": parent})
        assert made.healthy("parent")

    def test_a_deleted_child_is_healthy(self) -> None:
        made = statuses({"parent": HealthCheck("CALCULATED", children=("gone",), health_threshold=1)})
        assert made.healthy("parent")

    def test_no_checker_has_a_share_in_it(self) -> None:
        assert statuses(self.CHECKS).healthy_percent("serving") is None


def test_an_alarm_check_follows_its_data() -> None:
    made = statuses({"a": HealthCheck("CLOUDWATCH_METRIC", alarm=("us-east-1", "lag"))})
    assert made.healthy("a")
    made.observe_alarm("a", "ALARM", "LastKnownStatus")
    assert not made.healthy("a")
