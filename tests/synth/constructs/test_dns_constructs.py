"""The synthesized certificates, names, health checks and records of both regions."""

import pytest

from dr_constructs.dns.dns_names import failover_name, regional_api_name
from tests.synth.constructs.api_stacks import Synthesized, synthesize_dns


@pytest.fixture(scope="module")
def dns() -> Synthesized:
    return synthesize_dns()


def test_the_failover_name_is_api_below_the_zone() -> None:
    assert failover_name("example.com") == "api.example.com"


def test_a_regions_own_name_is_below_the_failover_name() -> None:
    assert regional_api_name("us-west-2", "example.com") == "us-west-2.api.example.com"


class TestCertificates:
    """One certificate a region."""

    def test_cover_the_failover_name_and_the_regional_ones_in_each_region(self, dns: Synthesized) -> None:
        certificates = dns.all("aws_acm_certificate")
        assert [c["provider"] for c in certificates] == ["aws.primary", "aws.standby"]
        assert {c["domain_name"] for c in certificates} == {"api.example.com"}
        assert [c["subject_alternative_names"] for c in certificates] == [["*.api.example.com"]] * 2

    def test_are_replaced_before_they_are_deleted(self, dns: Synthesized) -> None:
        assert [c["lifecycle"] for c in dns.all("aws_acm_certificate")] == [{"create_before_destroy": True}] * 2

    def test_share_one_validation_record(self, dns: Synthesized) -> None:
        record = dns.one("aws_route53_record", "validation")
        assert record["allow_overwrite"] is True
        fqdn = dns.reference("aws_route53_record", "validation", "fqdn")
        validations = dns.all("aws_acm_certificate_validation")
        assert [v["validation_record_fqdns"] for v in validations] == [[fqdn]] * 2
        assert [v["provider"] for v in validations] == ["aws.primary", "aws.standby"]


class TestCustomDomains:
    """Two names a region."""

    @pytest.mark.parametrize(
        ("path", "name"),
        [
            ("primary-domains/failover", "api.example.com"),
            ("standby-domains/failover", "api.example.com"),
            ("primary-domains/regional", "us-east-1.api.example.com"),
            ("standby-domains/regional", "us-east-2.api.example.com"),
        ],
    )
    def test_each_region_serves_the_shared_name_and_its_own(self, dns: Synthesized, path: str, name: str) -> None:
        assert dns.one("aws_api_gateway_domain_name", path)["domain_name"] == name

    def test_are_regional_with_tls_1_2(self, dns: Synthesized) -> None:
        for domain in dns.all("aws_api_gateway_domain_name"):
            assert domain["security_policy"] == "TLS_1_2"
            assert domain["endpoint_configuration"] == {"types": ["REGIONAL"]}

    def test_wait_until_the_certificate_is_issued(self, dns: Synthesized) -> None:
        for domain in dns.all("aws_api_gateway_domain_name"):
            assert domain["regional_certificate_arn"].startswith("${aws_acm_certificate_validation.")

    def test_lead_to_the_stage_without_a_base_path(self, dns: Synthesized) -> None:
        mappings = dns.all("aws_api_gateway_base_path_mapping")
        assert len(mappings) == 4
        assert not [m for m in mappings if "base_path" in m]
        assert all(m["stage_name"].startswith("${aws_api_gateway_stage.") for m in mappings)


class TestHealthChecks:
    """What decides where DNS leads."""

    @pytest.mark.parametrize(
        ("check", "domain", "path", "inverted"),
        [
            ("primary-writer", "primary-domains/regional", "/writer", False),
            ("standby-writer", "standby-domains/regional", "/writer", True),
            ("standby-health", "standby-domains/regional", "/health", False),
        ],
    )
    def test_watch_real_endpoints_by_the_regions_own_names(
        self, dns: Synthesized, check: str, domain: str, path: str, *, inverted: bool
    ) -> None:
        found = dns.one("aws_route53_health_check", f"checks/{check}")
        assert found["fqdn"] == dns.reference("aws_api_gateway_domain_name", domain, "domain_name")
        assert (found["type"], found["port"], found["resource_path"]) == ("HTTPS", 443, path)
        assert found["invert_healthcheck"] is inverted
        assert found["enable_sni"] is True

    def test_the_primary_serves_while_it_owns_the_writer_and_the_standby_does_not(self, dns: Synthesized) -> None:
        serving = dns.one("aws_route53_health_check", "checks/serving")
        assert serving["type"] == "CALCULATED"
        assert serving["child_health_threshold"] == 2
        assert serving["child_healthchecks"] == [
            dns.reference("aws_route53_health_check", "checks/primary-writer", "id"),
            dns.reference("aws_route53_health_check", "checks/standby-writer", "id"),
        ]

    def test_are_all_enabled_and_named(self, dns: Synthesized) -> None:
        checks = dns.all("aws_route53_health_check")
        assert [c["disabled"] for c in checks] == [False] * 4
        assert {c["tags"]["Name"] for c in checks} == {
            "payments-primary-writer-test",
            "payments-standby-writer-test",
            "payments-standby-health-test",
            "payments-serving-test",
        }

    @pytest.mark.parametrize(
        ("check", "domain"),
        [("primary-writer", "primary"), ("standby-writer", "standby"), ("standby-health", "standby")],
    )
    def test_are_made_once_their_name_exists_and_replaced_before_they_are_deleted(
        self, dns: Synthesized, check: str, domain: str
    ) -> None:
        found = dns.one("aws_route53_health_check", f"checks/{check}")
        record = dns.reference("aws_route53_record", f"{domain}-domains/record", "name")
        assert found["depends_on"] == [record.removeprefix("${").removesuffix(".name}")]
        assert found["lifecycle"] == {"create_before_destroy": True}

    @pytest.mark.parametrize("standby", ["us-east-2", "us-west-2", "eu-west-1"])
    def test_no_checker_is_inside_a_deployed_region(self, standby: str) -> None:
        checks = synthesize_dns(standby_region=standby).all("aws_route53_health_check")
        checkers = {region for check in checks for region in check.get("regions", [])}
        assert len(checkers) == 3
        assert not checkers & {"us-east-1", standby}


class TestRecords:
    """What DNS answers."""

    @pytest.mark.parametrize("role", ["primary", "standby"])
    def test_a_regions_own_name_never_fails_over(self, dns: Synthesized, role: str) -> None:
        record = dns.one("aws_route53_record", f"{role}-domains/record")
        assert "failover_routing_policy" not in record
        assert record["name"] == dns.reference("aws_api_gateway_domain_name", f"{role}-domains/regional", "domain_name")

    @pytest.mark.parametrize(("role", "policy"), [("primary", "PRIMARY"), ("standby", "SECONDARY")])
    def test_the_shared_name_prefers_the_primary(self, dns: Synthesized, role: str, policy: str) -> None:
        record = dns.one("aws_route53_record", f"{role}-failover")
        assert record["failover_routing_policy"] == {"type": policy}
        assert record["set_identifier"] == role

    def test_only_the_primary_has_a_check_and_it_is_the_calculated_one(self, dns: Synthesized) -> None:
        primary, standby = (dns.one("aws_route53_record", f"{role}-failover") for role in ("primary", "standby"))
        assert primary["health_check_id"] == dns.reference("aws_route53_health_check", "checks/serving", "id")
        assert "health_check_id" not in standby

    @pytest.mark.parametrize(("name", "record"), [("failover", "{}-failover"), ("regional", "{}-domains/record")])
    @pytest.mark.parametrize("role", ["primary", "standby"])
    def test_are_aliases_to_the_custom_domains(self, dns: Synthesized, role: str, name: str, record: str) -> None:
        domain = ("aws_api_gateway_domain_name", f"{role}-domains/{name}")
        assert dns.one("aws_route53_record", record.format(role))["alias"] == {
            "name": dns.reference(*domain, "regional_domain_name"),
            "zone_id": dns.reference(*domain, "regional_zone_id"),
            "evaluate_target_health": False,
        }


class TestZone:
    """The zone, own or existing."""

    def test_is_created_and_can_be_destroyed(self, dns: Synthesized) -> None:
        (zone,) = dns.all("aws_route53_zone")
        assert (zone["name"], zone["force_destroy"]) == ("example.com", True)

    def test_an_existing_one_is_used_without_being_looked_up(self) -> None:
        dns = synthesize_dns(hosted_zone_id="Z0123456789ABC")
        assert dns.all("aws_route53_zone") == []
        assert {r["zone_id"] for r in dns.all("aws_route53_record")} == {"Z0123456789ABC"}
        assert "data" not in dns.content
