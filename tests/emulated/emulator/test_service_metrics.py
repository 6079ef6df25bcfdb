"""What services publish in a running emulator, sixty times as fast as real, and what a deleted domain leaves behind."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from dnslib import DNSRecord

from emulator import Emulator, running
from tests.emulated.emulator.sample_api import FAILOVER_NAME, REGIONS, STAGE, SampleApi, administrator, deploy
from tests.emulated.emulator.sending import ApiCaller
from tests.emulated.waiting import eventually

EAST, STANDBY = REGIONS

Client = Callable[..., Any]


@pytest.fixture(scope="module")
def hurried() -> Iterator[Emulator]:
    with running(time_scale=60) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def aws(hurried: Emulator) -> Client:
    return administrator(hurried)


@pytest.fixture(scope="module")
def api(aws: Client) -> SampleApi:
    return deploy(aws)


@pytest.fixture(autouse=True)
def healed(hurried: Emulator) -> Iterator[None]:
    yield
    hurried.heal()


def alarm(client: Any, name: str, **what: Any) -> Callable[[str], None]:
    """Put an alarm, and return what waits for a state of it."""
    defaults = {"EvaluationPeriods": 1, "Period": 60, "TreatMissingData": "notBreaching"}
    client.put_metric_alarm(AlarmName=name, **{**defaults, **what})

    def await_state(state: str) -> None:
        def reached() -> None:
            (shown,) = client.describe_alarms(AlarmNames=[name])["MetricAlarms"]
            assert shown["StateValue"] == state

        eventually(reached)

    return await_state


def test_a_stages_error_rate_turns_red_by_the_services_own_errors(
    hurried: Emulator, aws: Client, api: SampleApi
) -> None:
    await_state = alarm(
        aws("cloudwatch", STANDBY),
        "errors",
        Namespace="AWS/ApiGateway",
        MetricName="5XXError",
        Dimensions=[{"Name": "ApiName", "Value": f"sample-{STANDBY}"}, {"Name": "Stage", "Value": STAGE}],
        Statistic="Average",
        ComparisonOperator="GreaterThanThreshold",
        Threshold=0.5,
    )
    with hurried.inject("region-errors", region=STANDBY, service="execute-api", share=1):
        assert ApiCaller(hurried, FAILOVER_NAME).send(STANDBY, "GET", "/health").status >= 500
        await_state("ALARM")
    await_state("OK")


def test_a_certificate_that_expires_soon_turns_its_alarm_red(hurried: Emulator, aws: Client) -> None:
    acm = aws("acm", STANDBY)
    arn = acm.request_certificate(DomainName="sample.example.com", ValidationMethod="DNS")["CertificateArn"]
    await_state = alarm(
        aws("cloudwatch", STANDBY),
        "certificate",
        Namespace="AWS/CertificateManager",
        MetricName="DaysToExpiry",
        Dimensions=[{"Name": "CertificateArn", "Value": arn}],
        Statistic="Minimum",
        ComparisonOperator="LessThanThreshold",
        Threshold=30,
        Period=24 * 3600,
        TreatMissingData="ignore",
    )
    await_state("OK")
    with hurried.inject("certificate-expiring", region=STANDBY, days=20):
        shown = acm.describe_certificate(CertificateArn=arn)["Certificate"]
        assert (shown["NotAfter"] - shown["NotBefore"]).days in (19, 20)
        await_state("ALARM")


def test_an_alias_to_a_deleted_custom_domain_resolves_no_more(hurried: Emulator, aws: Client, api: SampleApi) -> None:
    gateway, name = aws("apigateway", EAST), "gone.sample.example.com"
    domain = gateway.create_domain_name(domainName=name, endpointConfiguration={"types": ["REGIONAL"]})
    zone = aws("route53").create_hosted_zone(Name="sample.example.com", CallerReference="gone")["HostedZone"]["Id"]
    alias = {
        "HostedZoneId": domain["regionalHostedZoneId"],
        "DNSName": domain["regionalDomainName"],
        "EvaluateTargetHealth": False,
    }
    record = {"Name": name, "Type": "A", "AliasTarget": alias}
    aws("route53").change_resource_record_sets(
        HostedZoneId=zone, ChangeBatch={"Changes": [{"Action": "CREATE", "ResourceRecordSet": record}]}
    )

    def addresses() -> list[str]:
        answer: Any = DNSRecord.parse(DNSRecord.question(name, "A").send("127.0.0.1", hurried.dns_port, timeout=5))
        return [str(each.rdata) for each in answer.rr]

    assert addresses() == [hurried.addresses[EAST]]
    gateway.delete_domain_name(domainName=name)
    assert addresses() == []
