"""The names of the API: certificates, custom domains, and a setup without any."""

import pytest

from contract.environment import Function
from contract.roles import Role
from tests.synth.reading import Resource, Synthesized


def names(environment: Synthesized, role: Role) -> tuple[str, str]:
    """Return the failover name and the region's own."""
    failover = f"api.{environment.settings.domain_name}"
    return failover, f"{environment.region(role)}.{failover}"


def domains(environment: Synthesized, role: Role) -> list[Resource]:
    """Return the custom domains of one region."""
    return environment.all("aws_api_gateway_domain_name", role)


class TestCustomDomains:
    """Two a region (FACTS 3.1 to 3.6)."""

    def test_they_are_the_failover_name_and_the_regions_own(self, with_domain: Synthesized, role: Role) -> None:
        assert {each["domain_name"] for each in domains(with_domain, role)} == set(names(with_domain, role))

    def test_they_take_tls_1_2_and_better(self, with_domain: Synthesized, role: Role) -> None:
        assert {each["security_policy"] for each in domains(with_domain, role)} == {"TLS_1_2"}

    def test_they_are_regional(self, with_domain: Synthesized, role: Role) -> None:
        for each in domains(with_domain, role):
            assert each["endpoint_configuration"] == {"types": ["REGIONAL"]}

    def test_they_wait_for_their_regions_certificate(self, with_domain: Synthesized, role: Role) -> None:
        validation = with_domain.the("aws_acm_certificate_validation", role).attribute("certificate_arn")
        assert {each["regional_certificate_arn"] for each in domains(with_domain, role)} == {validation}

    def test_they_lead_to_the_stage_without_a_base_path(self, with_domain: Synthesized, role: Role) -> None:
        """So that `/health` is `/health` (FACTS 3.3)."""
        stage = with_domain.the("aws_api_gateway_stage", role).attribute("stage_name")
        api = with_domain.the("aws_api_gateway_rest_api", role).attribute("id")
        for each in domains(with_domain, role):
            mapping = with_domain.the(
                "aws_api_gateway_base_path_mapping", role, domain_name=each.attribute("domain_name")
            )
            assert mapping.has({"stage_name": stage, "api_id": api, "base_path": None})


class TestCertificates:
    """One a region, all validated by one record (FACTS 3.2)."""

    def test_each_covers_both_names(self, with_domain: Synthesized, role: Role) -> None:
        failover, _ = names(with_domain, role)
        certificate = with_domain.the("aws_acm_certificate", role)
        assert certificate.has({"domain_name": failover, "subject_alternative_names": [f"*.{failover}"]})

    def test_each_is_validated_by_dns(self, with_domain: Synthesized, role: Role) -> None:
        assert with_domain.the("aws_acm_certificate", role)["validation_method"] == "DNS"

    def test_there_is_one_validation_record(self, with_domain: Synthesized) -> None:
        assert len([each for each in with_domain.all("aws_route53_record") if "records" in each.body]) == 1

    def test_both_are_validated_against_it(self, with_domain: Synthesized, role: Role) -> None:
        (record,) = (each for each in with_domain.all("aws_route53_record") if "records" in each.body)
        validation = with_domain.the("aws_acm_certificate_validation", role)
        assert validation["validation_record_fqdns"] == [record.attribute("fqdn")]

    def test_the_successor_comes_first(self, with_domain: Synthesized, role: Role) -> None:
        assert with_domain.the("aws_acm_certificate", role)["lifecycle"] == {"create_before_destroy": True}


class TestWithoutDomain:
    """The `no-domain` environment: clients choose the region themselves."""

    @pytest.mark.parametrize(
        "prefix", ["aws_route53", "aws_acm", "aws_api_gateway_domain_name", "aws_api_gateway_base_path_mapping"]
    )
    def test_there_is_no(self, no_domain: Synthesized, prefix: str) -> None:
        assert not [each.address for each in no_domain.resources if each.kind.startswith(prefix)]

    def test_each_function_has_a_url(self, no_domain: Synthesized, role: Role) -> None:
        alias = no_domain.referred(no_domain.the("aws_lambda_function_url", role)["function_name"])
        assert alias == no_domain.alias(Function.PAYMENT_API, role)

    def test_the_url_needs_a_signature(self, no_domain: Synthesized, role: Role) -> None:
        assert no_domain.the("aws_lambda_function_url", role)["authorization_type"] == "AWS_IAM"

    def test_the_url_is_for_the_own_account(self, no_domain: Synthesized, role: Role) -> None:
        """`*` would let in every account that allows it to itself."""
        permission = no_domain.the("aws_lambda_permission", role, action="lambda:InvokeFunctionUrl")
        assert permission["principal"] != "*"
        assert no_domain.referred(permission["principal"]).role is role
