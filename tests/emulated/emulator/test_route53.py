"""Route 53 in a running emulator: records and checks made with boto3, probed over TLS, asked for over DNS."""

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from botocore.exceptions import ClientError
from dnslib import RCODE, DNSRecord

from client.dns import ResolutionError, Resolver
from emulator import Emulator, running
from emulator.clock import ScaledEmulatorClock
from emulator.regions import ADDRESSES, region_of_address
from tests.emulated.emulator.sample_api import FAILOVER_NAME, REGIONS, ZONE, administrator, deploy
from tests.emulated.emulator.sending import ApiCaller
from tests.emulated.programs import require

SCALE = 10
PRIMARY, STANDBY = (ADDRESSES[region] for region in REGIONS)
SUCCESS = "Success: HTTP Status Code 200, OK"
CHECKERS = ["us-west-2", "us-west-1", "eu-west-1"]


@dataclass(frozen=True)
class Deployed:
    """One zone with the names of a small API in two regions, failing over by a check of the primary."""

    emulator: Emulator
    client: Callable[..., Any]
    zone_id: str
    endpoint_check: str
    serving_check: str

    @property
    def dns_port(self) -> int:
        """The DNS server's port."""
        return int(self.emulator.environment["EMULATOR_DNS_PORT"])

    def ask(self, name: str, type_: str = "A", *, tcp: bool = False) -> Any:
        """Ask the DNS server."""
        answer = DNSRecord.question(name, type_).send("127.0.0.1", self.dns_port, tcp=tcp, timeout=5)
        return DNSRecord.parse(answer)

    def address(self) -> str:
        """Return what the failover name resolves to now."""
        return str(self.ask(FAILOVER_NAME).rr[0].rdata)

    def check_path(self, path: str) -> None:
        """Let the primary's check ask for another path."""
        self.client("route53").update_health_check(HealthCheckId=self.endpoint_check, ResourcePath=path)

    def change(self, **record: Any) -> None:
        """Create or change a record."""
        batch = {"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record}]}
        self.client("route53").change_resource_record_sets(HostedZoneId=self.zone_id, ChangeBatch=batch)

    def reports(self, operation: str = "get_health_check_status") -> set[str]:
        """Return what the checkers of the primary's check report."""
        answer = getattr(self.client("route53"), operation)(HealthCheckId=self.endpoint_check)
        return {each["StatusReport"]["Status"] for each in answer["HealthCheckObservations"]}


def until(holds: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def deployed() -> Iterator[Deployed]:
    with running(time_scale=SCALE) as emulator:
        client = administrator(emulator)
        deploy(client)
        made = _create(emulator, client)
        until(lambda: made.reports() == {SUCCESS})
        yield made


def _create(emulator: Emulator, client: Callable[..., Any]) -> Deployed:
    """Create the names first: a check that does not find its name fails like any other."""
    route53 = client("route53")
    zone_id = route53.create_hosted_zone(Name=ZONE, CallerReference="zone")["HostedZone"]["Id"].rpartition("/")[2]
    made = Deployed(emulator, client, zone_id, endpoint_check="", serving_check="")
    for region in REGIONS:
        made.change(**_alias(client, region, f"{region}.{FAILOVER_NAME}"))
    endpoint = {
        "Type": "HTTPS",
        "FullyQualifiedDomainName": f"us-east-1.{FAILOVER_NAME}",
        "Port": 443,
        "ResourcePath": "/health",
        "RequestInterval": 30,
        "FailureThreshold": 1,
        "EnableSNI": True,
        "Regions": CHECKERS,
    }
    endpoint_check = _check(route53, "endpoint", endpoint)
    serving = {"Type": "CALCULATED", "ChildHealthChecks": [endpoint_check], "HealthThreshold": 1}
    made = replace(made, endpoint_check=endpoint_check, serving_check=_check(route53, "serving", serving))
    primary, standby = (_alias(client, region, FAILOVER_NAME) for region in REGIONS)
    made.change(**primary, SetIdentifier="primary", Failover="PRIMARY", HealthCheckId=made.serving_check)
    made.change(**standby, SetIdentifier="standby", Failover="SECONDARY")
    return made


def _check(route53: Any, reference: str, configuration: dict[str, Any]) -> str:
    made = route53.create_health_check(CallerReference=reference, HealthCheckConfig=configuration)
    return str(made["HealthCheck"]["Id"])


def _alias(client: Callable[..., Any], region: str, name: str) -> dict[str, Any]:
    domain = client("apigateway", region).get_domain_name(domainName=name)
    target = {
        "HostedZoneId": domain["regionalHostedZoneId"],
        "DNSName": domain["regionalDomainName"],
        "EvaluateTargetHealth": False,
    }
    return {"Name": name, "Type": "A", "AliasTarget": target}


class TestFailover:
    """What the check finds is what DNS says."""

    def test_the_primary_answers_while_its_endpoint_does(self, deployed: Deployed) -> None:
        answer = deployed.ask(FAILOVER_NAME)
        assert [(str(each.rdata), each.ttl) for each in answer.rr] == [(PRIMARY, 60)]
        assert deployed.reports() == {SUCCESS}

    def test_dns_moves_when_the_endpoint_fails_and_returns_with_it(self, deployed: Deployed) -> None:
        resolver = Resolver(("127.0.0.1", deployed.dns_port), clock=ScaledEmulatorClock(SCALE))
        assert resolver.address(FAILOVER_NAME) == PRIMARY
        resolved = time.monotonic()
        deployed.check_path("/nothing")
        try:
            until(lambda: deployed.address() == STANDBY)
            assert deployed.reports("get_health_check_last_failure_reason") == {
                "Failure: HTTP Status Code 403, Forbidden"
            }
            # A client goes on with what it knows until the TTL is over, which passes at the emulator's pace.
            until(lambda: resolver.address(FAILOVER_NAME) == STANDBY)
            assert time.monotonic() - resolved >= 60 / SCALE
            region = region_of_address(resolver.address(FAILOVER_NAME))
            answer = ApiCaller(deployed.emulator, FAILOVER_NAME).send(region, "GET", "/health")
            assert answer.json()["region"] == REGIONS[1]
        finally:
            deployed.check_path("/health")
        until(lambda: deployed.address() == PRIMARY)

    def test_status_is_published_every_minute(self, deployed: Deployed) -> None:
        cloudwatch = deployed.client("cloudwatch")

        def published(check_id: str) -> set[str]:
            dimensions = [{"Name": "HealthCheckId", "Value": check_id}]
            metrics = cloudwatch.list_metrics(Namespace="AWS/Route53", Dimensions=dimensions)["Metrics"]
            return {each["MetricName"] for each in metrics}

        until(lambda: "HealthCheckStatus" in published(deployed.serving_check))
        assert published(deployed.endpoint_check) == {"HealthCheckStatus", "HealthCheckPercentageHealthy"}
        assert deployed.client("cloudwatch", "us-east-2").list_metrics(Namespace="AWS/Route53")["Metrics"] == []

    def test_calculated_checks_have_no_observations(self, deployed: Deployed) -> None:
        with pytest.raises(ClientError, match="is for checks of endpoints"):
            deployed.client("route53").get_health_check_status(HealthCheckId=deployed.serving_check)

    def test_an_unknown_check_has_none_either(self, deployed: Deployed) -> None:
        with pytest.raises(ClientError, match="NoSuchHealthCheck"):
            deployed.client("route53").get_health_check_status(HealthCheckId="none")


class TestDns:
    """The DNS server in DNS's own words."""

    @pytest.mark.parametrize("tcp", [False, True])
    def test_each_region_has_its_address(self, deployed: Deployed, *, tcp: bool) -> None:
        for region, address in zip(REGIONS, (PRIMARY, STANDBY), strict=True):
            assert str(deployed.ask(f"{region}.{FAILOVER_NAME}", tcp=tcp).rr[0].rdata) == address

    def test_the_zone_itself(self, deployed: Deployed) -> None:
        assert str(deployed.ask(ZONE, "NS").rr[0].rdata) == "ns-1.awsdns-1.com."
        assert len(deployed.ask(ZONE, "SOA").rr) == 1

    def test_a_missing_name(self, deployed: Deployed) -> None:
        answer = deployed.ask(f"missing.{ZONE}")
        assert (answer.header.rcode, len(answer.auth)) == (RCODE.NXDOMAIN, 1)
        with pytest.raises(ResolutionError, match="NXDOMAIN"):
            Resolver(("127.0.0.1", deployed.dns_port)).address(f"missing.{ZONE}")

    def test_plain_records_follow_their_changes(self, deployed: Deployed) -> None:
        for value in ("192.0.2.1", "192.0.2.2"):
            deployed.change(Name=f"plain.{ZONE}", Type="A", TTL=30, ResourceRecords=[{"Value": value}])
            assert [(str(each.rdata), each.ttl) for each in deployed.ask(f"plain.{ZONE}").rr] == [(value, 30)]

    def test_a_long_answer_comes_over_tcp(self, deployed: Deployed) -> None:
        addresses = [{"Value": f"192.0.2.{number}"} for number in range(1, 101)]
        deployed.change(Name=f"many.{ZONE}", Type="A", TTL=30, ResourceRecords=addresses)
        assert deployed.ask(f"many.{ZONE}").header.tc == 1
        assert len(Resolver(("127.0.0.1", deployed.dns_port)).addresses(f"many.{ZONE}")) == 100

    @pytest.mark.parametrize("transport", ["+notcp", "+tcp"])
    def test_dig_works(self, deployed: Deployed, transport: str) -> None:
        require("dig")
        command = ["dig", "@127.0.0.1", "-p", str(deployed.dns_port), transport, f"us-east-2.{FAILOVER_NAME}", "+noall"]
        shown = subprocess.run([*command, "+answer"], capture_output=True, text=True, check=True).stdout
        assert shown.split() == [f"us-east-2.{FAILOVER_NAME}.", "60", "IN", "A", STANDBY]

    def test_bad_packets_do_not_end_it(self, deployed: Deployed) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for noise in (b"", b"\0", b"\xff" * 600, bytes(range(256))):
                sender.sendto(noise, ("127.0.0.1", deployed.dns_port))
        with socket.create_connection(("127.0.0.1", deployed.dns_port)) as connection:
            connection.sendall(b"\0\x05noise")
        assert deployed.ask(f"us-east-2.{FAILOVER_NAME}").rr


class TestRefusals:
    """What would not behave as on AWS cannot be deployed."""

    def test_other_routing_policies(self, deployed: Deployed) -> None:
        with pytest.raises(ClientError, match="weighted routing is not emulated"):
            deployed.change(
                Name=f"weighted.{ZONE}",
                Type="A",
                SetIdentifier="one",
                Weight=1,
                TTL=60,
                ResourceRecords=[{"Value": "192.0.2.1"}],
            )

    def test_malformed_values(self, deployed: Deployed) -> None:
        with pytest.raises(ClientError, match="is malformed"):
            deployed.change(Name=f"bad.{ZONE}", Type="A", TTL=60, ResourceRecords=[{"Value": "nonsense"}])

    def test_calculated_checks_of_calculated_ones(self, deployed: Deployed) -> None:
        nested = {"Type": "CALCULATED", "ChildHealthChecks": [deployed.serving_check], "HealthThreshold": 1}
        with pytest.raises(ClientError, match="calculated one itself"):
            _check(deployed.client("route53"), "nested", nested)

    def test_a_change_that_breaks_a_check(self, deployed: Deployed) -> None:
        with pytest.raises(ClientError, match="gone does not exist"):
            deployed.client("route53").update_health_check(
                HealthCheckId=deployed.serving_check, ChildHealthChecks=["gone"]
            )
