"""Zone, records, health checks and custom domains: the same names in both regions, and what leads to which."""

from typing import Any

import pytest

from tests.emulated.site import PRIMARY, REGIONS, STANDBY, Site


@pytest.fixture(scope="module")
def records(site: Site) -> list[dict[str, Any]]:
    (zone,) = site.aws("route53").list_hosted_zones()["HostedZones"]
    answer = site.aws("route53").list_resource_record_sets(HostedZoneId=zone["Id"])
    found: list[dict[str, Any]] = answer["ResourceRecordSets"]
    return found


@pytest.fixture(scope="module")
def checks(site: Site) -> dict[str, dict[str, Any]]:
    """The configurations of the health checks by their names in the outputs."""
    route53, ids = site.aws("route53"), site.deployment.outputs["health_check_ids"]
    return {
        name: route53.get_health_check(HealthCheckId=id_)["HealthCheck"]["HealthCheckConfig"]
        for name, id_ in ids.items()
    }


def target(site: Site, region: str, name: str) -> str:
    return str(site.aws("apigateway", region).get_domain_name(domainName=name)["regionalDomainName"])


def test_the_failover_name_is_served_in_both_regions(site: Site) -> None:
    targets = {target(site, region, site.host) for region in REGIONS}
    assert len(targets) == 2


@pytest.mark.parametrize(("region", "policy"), [(PRIMARY, "PRIMARY"), (STANDBY, "SECONDARY")])
def test_the_failover_records_lead_to_both(site: Site, records: list[dict[str, Any]], region: str, policy: str) -> None:
    (record,) = [each for each in records if each["Name"] == f"{site.host}." and each.get("Failover") == policy]
    assert record["AliasTarget"]["DNSName"].rstrip(".") == target(site, region, site.host)
    assert record["AliasTarget"]["EvaluateTargetHealth"] is False


def test_only_the_primary_record_has_a_check_and_it_is_the_calculated_one(
    site: Site, records: list[dict[str, Any]]
) -> None:
    checks = {each["Failover"]: each.get("HealthCheckId") for each in records if "Failover" in each}
    serving = site.deployment.outputs["health_check_ids"]["serving"]
    assert checks == {"PRIMARY": serving, "SECONDARY": None}


@pytest.mark.parametrize("region", REGIONS)
def test_each_region_has_a_record_of_its_own(site: Site, records: list[dict[str, Any]], region: str) -> None:
    name = f"{region}.{site.host}"
    (record,) = [each for each in records if each["Name"] == f"{name}."]
    assert record["AliasTarget"]["DNSName"].rstrip(".") == target(site, region, name)


def test_one_record_validates_both_certificates(records: list[dict[str, Any]]) -> None:
    assert len([each for each in records if each["Type"] == "CNAME"]) == 1


def test_the_endpoint_checks_watch_the_regions_own_names(site: Site, checks: dict[str, dict[str, Any]]) -> None:
    watched = {
        name: (checks[name]["FullyQualifiedDomainName"], checks[name]["ResourcePath"], checks[name]["EnableSNI"])
        for name in ("primary_writer", "standby_writer", "standby_health")
    }
    assert watched == {
        "primary_writer": (f"{PRIMARY}.{site.host}", "/writer", True),
        "standby_writer": (f"{STANDBY}.{site.host}", "/writer", True),
        "standby_health": (f"{STANDBY}.{site.host}", "/health", True),
    }


def test_only_the_standbys_writer_check_is_inverted(checks: dict[str, dict[str, Any]]) -> None:
    assert [name for name, check in checks.items() if check.get("Inverted")] == ["standby_writer"]


def test_dns_answers_the_primary_while_it_owns_the_writer_and_the_standby_does_not(
    site: Site, checks: dict[str, dict[str, Any]]
) -> None:
    ids = site.deployment.outputs["health_check_ids"]
    assert set(checks["serving"]["ChildHealthChecks"]) == {ids["primary_writer"], ids["standby_writer"]}
    assert checks["serving"]["HealthThreshold"] == 2
