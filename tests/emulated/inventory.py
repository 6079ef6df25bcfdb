"""Everything that a deployment creates, found without Terraform: what AWS itself lists."""

from collections.abc import Callable
from typing import Any

from tests.emulated.site import REGIONS, Aws

Lister = Callable[[Aws, str], list[str]]
"""Returns the names of what there is in a region."""


def _listed(service: str, operation: str, member: str, name: str | None = None) -> Lister:
    """Return a lister: all pages of an operation, and of each element its name."""

    def names(aws: Aws, region: str) -> list[str]:
        client = aws(service, region)
        if client.can_paginate(operation):
            pages = list(client.get_paginator(operation).paginate())
        else:
            pages = [getattr(client, operation)()]
        found: list[Any] = [element for page in pages for element in page.get(member) or []]
        return [str(element[name] if name else element) for element in found]

    return names


def _records(aws: Aws, region: str) -> list[str]:
    """Return the records of every zone, without those that a zone has by itself."""
    route53 = aws("route53", region)
    return [
        f"{record['Name']} {record['Type']}"
        for zone in route53.list_hosted_zones()["HostedZones"]
        for record in route53.list_resource_record_sets(HostedZoneId=zone["Id"])["ResourceRecordSets"]
        if record["Type"] not in {"NS", "SOA"}
    ]


def _buckets(aws: Aws, region: str) -> list[str]:
    """Return the buckets of a region; listing knows no regions."""
    s3 = aws("s3", region)
    names = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    # The oldest region has no constraint.
    places = {name: s3.get_bucket_location(Bucket=name)["LocationConstraint"] or "us-east-1" for name in names}
    return [name for name, place in places.items() if place == region]


def _alarms(aws: Aws, region: str) -> list[str]:
    """Return the alarms of both types."""
    types = ["MetricAlarm", "CompositeAlarm"]
    pages = list(aws("cloudwatch", region).get_paginator("describe_alarms").paginate(AlarmTypes=types))
    return [alarm["AlarmName"] for page in pages for kind in types for alarm in page[f"{kind}s"]]


def _dashboards(aws: Aws, _region: str) -> list[str]:
    """Return the dashboards of both regions: there is one, in either."""
    listed = _listed("cloudwatch", "list_dashboards", "DashboardEntries", "DashboardName")
    return [name for region in REGIONS for name in listed(aws, region)]


REGIONAL: dict[str, Lister] = {
    "tables": _listed("dynamodb", "list_tables", "TableNames"),
    "buckets": _buckets,
    "log groups": _listed("logs", "describe_log_groups", "logGroups", "logGroupName"),
    "parameters": _listed("ssm", "describe_parameters", "Parameters", "Name"),
    "alarms": _alarms,
    "functions": _listed("lambda", "list_functions", "Functions", "FunctionName"),
    "event source mappings": _listed("lambda", "list_event_source_mappings", "EventSourceMappings", "UUID"),
    "queues": _listed("sqs", "list_queues", "QueueUrls"),
    "topics": _listed("sns", "list_topics", "Topics", "TopicArn"),
    "APIs": _listed("apigateway", "get_rest_apis", "items", "name"),
    "rules": _listed("events", "list_rules", "Rules", "Name"),
}
"""What each region has of its own."""

WITH_DOMAIN: dict[str, Lister] = {
    "custom domains": _listed("apigateway", "get_domain_names", "items", "domainName"),
    "certificates": _listed("acm", "list_certificates", "CertificateSummaryList", "DomainName"),
}
"""What each region has as well where there is a domain."""

GLOBAL: dict[str, Lister] = {
    "roles": _listed("iam", "list_roles", "Roles", "RoleName"),
    "dashboards": _dashboards,
}
"""What exists once."""

GLOBAL_WITH_DOMAIN: dict[str, Lister] = {
    "hosted zones": _listed("route53", "list_hosted_zones", "HostedZones", "Name"),
    "records": _records,
    "health checks": _listed("route53", "list_health_checks", "HealthChecks", "Id"),
}
"""What exists once where there is a domain."""

DNS = {**WITH_DOMAIN, **GLOBAL_WITH_DOMAIN}
EVERYTHING = {**REGIONAL, **GLOBAL, **DNS}
