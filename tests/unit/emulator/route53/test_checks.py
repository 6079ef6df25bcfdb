"""What makes one health check healthy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.regions import CHECKER_REGIONS
from emulator.route53.checks import (
    AlarmData,
    AlarmOpinion,
    HealthCheck,
    Opinion,
    calculated,
    enough,
    health_check,
    status,
)


class TestConfiguration:
    """How the stored configuration is read."""

    def test_https_has_its_defaults(self) -> None:
        check = health_check({"Type": "HTTPS", "FullyQualifiedDomainName": "example.com"})
        assert (check.port, check.path, check.interval_seconds, check.failure_threshold) == (443, "/", 30, 3)
        assert (check.enable_sni, check.regions) == (True, CHECKER_REGIONS)

    def test_a_path_gets_its_leading_slash(self) -> None:
        assert health_check({"Type": "HTTP", "ResourcePath": "health?deep=1"}).path == "/health?deep=1"

    @pytest.mark.parametrize(
        ("type_", "port", "header"),
        [("HTTPS", 443, "a.example.com"), ("HTTPS", 8443, "a.example.com:8443"), ("HTTP", 443, "a.example.com:443")],
    )
    def test_the_host_header_names_other_ports_than_the_protocols_own(self, type_: str, port: int, header: str) -> None:
        check = health_check({"Type": type_, "Port": port, "FullyQualifiedDomainName": "a.example.com"})
        assert check.host_header == header

    def test_the_address_stands_in_for_a_missing_name(self) -> None:
        assert health_check({"Type": "HTTP", "IPAddress": "192.0.2.1"}).host_header == "192.0.2.1"

    def test_disabled_checks_are_not_probed(self) -> None:
        assert health_check({"Type": "HTTP", "Disabled": False}).probes
        assert not health_check({"Type": "HTTP", "Disabled": True}).probes
        assert not health_check({"Type": "CALCULATED"}).probes


class TestOpinion:
    """One checker."""

    def observed(self, results: str, threshold: int) -> list[bool]:
        opinion = Opinion()
        after = []
        for result in results:
            opinion.observe(passed=result == "+", threshold=threshold)
            after.append(opinion.healthy)
        return after

    def test_it_begins_healthy(self) -> None:
        assert Opinion().healthy

    def test_it_changes_its_mind_at_the_threshold_both_ways(self) -> None:
        assert self.observed("---+++", 3) == [True, True, False, False, False, True]

    def test_what_contradicts_must_come_in_a_row(self) -> None:
        assert self.observed("--+--+--", 3) == [True] * 8

    def test_a_threshold_of_one_follows_every_result(self) -> None:
        assert self.observed("-+-", 1) == [False, True, False]

    @given(st.text("+-", max_size=40), st.integers(1, 10))
    def test_it_never_changes_without_so_many_results_that_agree(self, results: str, threshold: int) -> None:
        healthy = True
        for position, after in enumerate(self.observed(results, threshold), start=1):
            if after != healthy:
                assert results[position - threshold : position] == ("+" if after else "-") * threshold
            healthy = after


class TestAggregation:
    """More than 18 % of the checkers must agree (FACTS 2.1)."""

    @pytest.mark.parametrize(
        ("healthy", "checkers", "expected"),
        [(1, 6, False), (2, 6, True), (2, 16, False), (3, 16, True), (18, 100, False), (19, 100, True), (0, 1, False)],
    )
    def test_the_share(self, *, healthy: int, checkers: int, expected: bool) -> None:
        assert enough([True] * healthy + [False] * (checkers - healthy)) is expected

    def test_nobody_has_looked_yet(self) -> None:
        assert enough([])

    @pytest.mark.parametrize(("threshold", "expected"), [(0, True), (1, True), (2, False), (4, False)])
    def test_calculated_checks_count_their_children(self, *, threshold: int, expected: bool) -> None:
        assert calculated([True, False, False], threshold) is expected

    def test_a_threshold_above_the_number_of_children_is_never_reached(self) -> None:
        assert not calculated([True, True], 3)


@pytest.mark.parametrize(
    ("found", "disabled", "inverted", "healthy"),
    [
        (True, False, False, True),
        (False, False, False, False),
        (True, False, True, False),
        (False, False, True, True),
        (False, True, False, True),
        (True, True, True, False),
        (False, True, True, False),
    ],
)
def test_disabling_and_inverting(*, found: bool, disabled: bool, inverted: bool, healthy: bool) -> None:
    check = HealthCheck(type="HTTPS", disabled=disabled, inverted=inverted)
    assert status(check, found=found) is healthy


class TestAlarmOpinion:
    """A check of a CloudWatch alarm's data."""

    @pytest.mark.parametrize(
        ("setting", "data", "expected"),
        [
            ("LastKnownStatus", ["INSUFFICIENT_DATA"], True),
            ("LastKnownStatus", ["ALARM", "INSUFFICIENT_DATA"], False),
            ("LastKnownStatus", ["ALARM", "OK", "INSUFFICIENT_DATA"], True),
            ("Healthy", ["ALARM", "INSUFFICIENT_DATA"], True),
            ("Unhealthy", ["OK", "INSUFFICIENT_DATA"], False),
            ("Unhealthy", ["OK"], True),
        ],
    )
    def test_what_missing_data_mean(self, *, setting: str, data: list[AlarmData], expected: bool) -> None:
        opinion = AlarmOpinion()
        for each in data:
            opinion.observe(each, setting)
        assert opinion.healthy is expected
