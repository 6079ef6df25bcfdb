"""Health checks: real endpoints, the regions' own names, and which region owns the writer (FACTS 2.1 to 2.10)."""

import pytest

from contract.roles import Role
from tests.synth.reading import Resource, Synthesized

ENDPOINTS = {
    "primary-writer": (Role.PRIMARY, "/writer"),
    "standby-writer": (Role.STANDBY, "/writer"),
    "standby-health": (Role.STANDBY, "/health"),
}

each_endpoint = pytest.mark.parametrize("check", ENDPOINTS)


def endpoint_check(environment: Synthesized, check: str) -> Resource:
    """Return the check of one endpoint."""
    role, path = ENDPOINTS[check]
    found = environment.all("aws_route53_health_check", type="HTTPS", resource_path=path)
    (one,) = (each for each in found if environment.referred(each["fqdn"]).role is role)
    return one


class TestEndpointChecks:
    """The three that ask the API."""

    def test_there_are_three(self, with_domain: Synthesized) -> None:
        assert len(with_domain.all("aws_route53_health_check", type="HTTPS")) == 3

    @each_endpoint
    def test_it_asks_for_the_regions_own_name(self, with_domain: Synthesized, check: str) -> None:
        """The failover name would lead to whichever region serves (FACTS 2.3)."""
        role, _ = ENDPOINTS[check]
        name = with_domain.referred(endpoint_check(with_domain, check)["fqdn"])["domain_name"]
        assert name == f"{with_domain.region(role)}.api.{with_domain.settings.domain_name}"

    @each_endpoint
    def test_its_path_is_a_route_that_needs_no_signature(self, with_domain: Synthesized, check: str) -> None:
        """A path that answers 403 is unhealthy for ever (FACTS 3.5)."""
        role, path = ENDPOINTS[check]
        resource = with_domain.the("aws_api_gateway_resource", role, path_part=path.removeprefix("/"))
        method = with_domain.the("aws_api_gateway_method", role, resource_id=resource.attribute("id"))
        assert method.has({"http_method": "GET", "authorization": "NONE"})

    @each_endpoint
    def test_it_speaks_tls_with_the_name(self, with_domain: Synthesized, check: str) -> None:
        assert endpoint_check(with_domain, check).has({"port": 443, "enable_sni": True})

    @each_endpoint
    def test_it_is_as_quick_as_the_settings_say(self, with_domain: Synthesized, check: str) -> None:
        one = endpoint_check(with_domain, check)
        assert (one["request_interval"], one["failure_threshold"]) == (
            with_domain.settings.health_check_interval_seconds,
            with_domain.settings.health_check_failure_threshold,
        )

    @each_endpoint
    def test_it_asks_from_three_regions_that_cannot_fail_with_the_endpoint(
        self, with_domain: Synthesized, check: str
    ) -> None:
        regions = set(endpoint_check(with_domain, check)["regions"])
        assert len(regions) >= 3
        assert not regions & {with_domain.settings.primary_region, with_domain.settings.standby_region}

    @pytest.mark.parametrize(
        ("check", "inverted"), [("primary-writer", False), ("standby-writer", True), ("standby-health", False)]
    )
    def test_only_the_standbys_ownership_is_inverted(
        self,
        with_domain: Synthesized,
        check: str,
        inverted: bool,  # noqa: FBT001 — pytest passes it by name
    ) -> None:
        assert endpoint_check(with_domain, check)["invert_healthcheck"] is inverted


class TestServingCheck:
    """The one that the primary's record follows: it owns the writer AND NOT the standby does."""

    def test_its_children_are_what_both_regions_say_of_the_writer(self, with_domain: Synthesized) -> None:
        serving = with_domain.the("aws_route53_health_check", type="CALCULATED")
        expected = {endpoint_check(with_domain, check) for check in ("primary-writer", "standby-writer")}
        assert with_domain.references(serving["child_healthchecks"]) == expected

    def test_health_route_is_not_checked(self, with_domain: Synthesized) -> None:
        """DNS follows the writer: a region that is unwell and owns it is left by a takeover, not by DNS alone."""
        serving = with_domain.the("aws_route53_health_check", type="CALCULATED")
        paths = {child["resource_path"] for child in with_domain.references(serving["child_healthchecks"])}
        assert paths == {"/writer"}

    def test_it_needs_both(self, with_domain: Synthesized) -> None:
        assert with_domain.the("aws_route53_health_check", type="CALCULATED")["child_health_threshold"] == 2

    def test_its_answer_stands_as_it_is(self, with_domain: Synthesized) -> None:
        assert with_domain.the("aws_route53_health_check", type="CALCULATED")["invert_healthcheck"] is False

    def test_its_children_are_no_calculated_checks(self, with_domain: Synthesized) -> None:
        """They cannot nest (FACTS 2.8)."""
        serving = with_domain.the("aws_route53_health_check", type="CALCULATED")
        assert {child["type"] for child in with_domain.references(serving["child_healthchecks"])} == {"HTTPS"}


def test_none_is_disabled(with_domain: Synthesized) -> None:
    """A disabled one counts as healthy (FACTS 2.8)."""
    assert {each["disabled"] for each in with_domain.all("aws_route53_health_check")} == {False}


def test_each_has_a_name_of_its_own(with_domain: Synthesized) -> None:
    suffix = with_domain.settings.environment_suffix
    names = {each["tags"]["Name"] for each in with_domain.all("aws_route53_health_check")}
    assert names == {f"payments-{check}-{suffix}" for check in (*ENDPOINTS, "serving")}


def test_interval_and_threshold_are_settings(adjusted: Synthesized) -> None:
    assert endpoint_check(adjusted, "primary-writer").has({"request_interval": 30, "failure_threshold": 5})
