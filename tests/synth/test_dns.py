"""DNS: the zone and its records (FACTS 2)."""

import pytest

from contract.roles import Role
from tests.synth.reading import ROLES, Resource, Synthesized

POLICIES = {Role.PRIMARY: "PRIMARY", Role.STANDBY: "SECONDARY"}


def aliases(environment: Synthesized, name: str) -> list[Resource]:
    """Return the records that lead to the custom domain of a name, by the name they answer."""
    return [
        each
        for each in environment.all("aws_route53_record")
        if "alias" in each.body and environment.referred(each["name"])["domain_name"] == name
    ]


def failover_record(environment: Synthesized, role: Role) -> Resource:
    """Return one region's record of the failover name."""
    found = aliases(environment, f"api.{environment.settings.domain_name}")
    (record,) = (each for each in found if each["failover_routing_policy"] == {"type": POLICIES[role]})
    return record


class TestZone:
    """Created, or an existing one."""

    def test_it_is_the_domain(self, dev: Synthesized) -> None:
        assert dev.the("aws_route53_zone")["name"] == dev.settings.domain_name

    def test_all_records_are_in_it(self, with_domain: Synthesized) -> None:
        existing = with_domain.settings.hosted_zone_id
        zone = existing or with_domain.the("aws_route53_zone").attribute("zone_id")
        assert {each["zone_id"] for each in with_domain.all("aws_route53_record")} == {zone}

    def test_an_existing_one_is_used_as_it_is(self, adjusted: Synthesized) -> None:
        assert not adjusted.all("aws_route53_zone")
        assert {each["zone_id"] for each in adjusted.all("aws_route53_record")} == {"Z0123456789ABCDEFGHIJ"}

    def test_an_existing_one_has_its_delegation(self, adjusted: Synthesized) -> None:
        assert "zone_name_servers" not in adjusted.json["output"]


class TestFailoverRecords:
    """The name that fails over."""

    def test_there_is_one_for_each_region(self, with_domain: Synthesized) -> None:
        found = aliases(with_domain, f"api.{with_domain.settings.domain_name}")
        assert sorted(each["failover_routing_policy"]["type"] for each in found) == ["PRIMARY", "SECONDARY"]

    def test_it_leads_to_its_regions_custom_domain(self, with_domain: Synthesized, role: Role) -> None:
        """An alias to the execute-api host would fail TLS (FACTS 3.1)."""
        failover = f"api.{with_domain.settings.domain_name}"
        domain = with_domain.the("aws_api_gateway_domain_name", role, domain_name=failover)
        alias = failover_record(with_domain, role)["alias"]
        assert (alias["name"], alias["zone_id"]) == (
            domain.attribute("regional_domain_name"),
            domain.attribute("regional_zone_id"),
        )

    def test_the_primary_follows_the_calculated_check(self, with_domain: Synthesized) -> None:
        check = with_domain.referred(failover_record(with_domain, Role.PRIMARY)["health_check_id"])
        assert check["type"] == "CALCULATED"

    def test_the_secondary_has_no_check_and_is_always_answered(self, with_domain: Synthesized) -> None:
        """With one, two unhealthy records would return the primary (FACTS 2.5)."""
        assert "health_check_id" not in failover_record(with_domain, Role.STANDBY).body

    def test_their_identifiers_differ(self, with_domain: Synthesized) -> None:
        assert len({failover_record(with_domain, role)["set_identifier"] for role in ROLES}) == 2


class TestRegionalRecords:
    """The names that never fail over."""

    def test_each_leads_to_its_region_and_to_nothing_else(self, with_domain: Synthesized, role: Role) -> None:
        name = f"{with_domain.region(role)}.api.{with_domain.settings.domain_name}"
        (record,) = aliases(with_domain, name)
        assert with_domain.referred(record["alias"]["name"]).role is role

    def test_they_have_neither_check_nor_policy(self, with_domain: Synthesized, role: Role) -> None:
        (record,) = aliases(with_domain, f"{with_domain.region(role)}.api.{with_domain.settings.domain_name}")
        assert not {"health_check_id", "failover_routing_policy"} & set(record.body)


class TestAllRecords:
    """What they have in common."""

    def test_the_targets_own_health_is_not_asked(self, with_domain: Synthesized) -> None:
        """It brings nothing on API Gateway (FACTS 2.4)."""
        answers = [
            each["alias"]["evaluate_target_health"]
            for each in with_domain.all("aws_route53_record")
            if "alias" in each.body
        ]
        assert answers == [False] * 4

    @pytest.mark.parametrize("kind", ["aws_route53_record", "aws_route53_zone", "aws_route53_health_check"])
    def test_none_needs_the_standbys_provider(self, with_domain: Synthesized, kind: str) -> None:
        assert {each.role for each in with_domain.all(kind)} <= {Role.PRIMARY}
