"""Two small regions to watch: one resource of each kind, and the monitoring constructs around them."""

# ruff: noqa: E402 - the fast synth must be active before anything imports cdktf

import json
from functools import cache
from typing import Any

from fast_synth.activation import activate

activate()

from cdktf import TerraformOutput, TerraformStack, Testing
from cdktf_cdktf_provider_aws.acm_certificate import AcmCertificate
from cdktf_cdktf_provider_aws.api_gateway_rest_api import ApiGatewayRestApi
from cdktf_cdktf_provider_aws.api_gateway_stage import ApiGatewayStage
from cdktf_cdktf_provider_aws.dynamodb_table import DynamodbTable, DynamodbTableAttribute
from cdktf_cdktf_provider_aws.lambda_function import LambdaFunction
from cdktf_cdktf_provider_aws.provider import AwsProvider
from cdktf_cdktf_provider_aws.route53_health_check import Route53HealthCheck
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.sqs_queue import SqsQueue
from constructs import Construct

from contract.environment import Function, metrics_namespace
from contract.names import regional_name
from contract.roles import Role
from dr_constructs.monitoring.alarms import RegionalAlarms
from dr_constructs.monitoring.alarms.health_checks import HealthCheckAlarms
from dr_constructs.monitoring.dashboard import Dashboard
from dr_constructs.monitoring.notifications import AlarmTopic
from dr_constructs.monitoring.watched import MonitoredChecks, MonitoredRegion
from dr_constructs.region import Region
from tests.synth.constructs.temporary_app import temporary_app

SUFFIX = "test"
EMAILS = ("oncall@example.com", "sre@example.com")
HTTPS_ENDPOINTS = ("https://pager.example.com/sns",)
REGIONS = {"us-east-1": "us-east-2", "us-east-2": "us-east-1"}
"""Each region with its peer; the first is the primary."""

LAG_THRESHOLD_SECONDS = 30
QUIET_MINUTES = 30

WATCHED = tuple(function for function in Function if function is not Function.PAYMENT_CANARY)
"""A canary is for `dr release` to judge."""


def metrics_of(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the metrics that an alarm watches: its own, or those of its expression."""
    if "metric_query" in alarm:
        return [part["metric"] for part in alarm["metric_query"] if "metric" in part]
    return [alarm]


def build_region(stack: TerraformStack, name: str, role: Role) -> Region:
    """Return a region with a provider of its own, whose alias is the region's name."""
    return Region(name, role, AwsProvider(stack, f"aws-{name}", region=name, alias=name))


def build_checks(stack: TerraformStack, region: Region) -> MonitoredChecks:
    """Return three health checks."""
    primary_writer, standby_health, serving = (
        Route53HealthCheck(
            stack, f"check-{name}", provider=region.provider, type="HTTPS", fqdn=f"{name}.example.com", port=443
        )
        for name in ("primary-writer", "standby-health", "serving")
    )
    return MonitoredChecks(primary_writer, standby_health, serving)


@cache
def synthesize(*, domain: bool = True) -> dict[str, Any]:
    """Return the synthesized stack, with or without a domain (certificates and health checks)."""
    stack = build_stack(temporary_app(), domain=domain)
    synthesized: dict[str, Any] = json.loads(Testing.synth(stack, True))  # noqa: FBT003 - jsii hands it on by position
    return synthesized


def watch_health_checks_from(name: str) -> None:
    """Build alarms on health checks in the region `name`."""
    stack = TerraformStack(temporary_app(), "elsewhere")
    region = build_region(stack, name, Role.PRIMARY)
    topic = AlarmTopic(stack, "topic", region=region, suffix=SUFFIX, emails=[], https_endpoints=[]).topic
    HealthCheckAlarms(stack, "health", region=region, checks=build_checks(stack, region), suffix=SUFFIX, topic=topic)


def build_stack(scope: Construct, *, domain: bool) -> TerraformStack:
    """Build both regions, watched."""
    stack = TerraformStack(scope, "monitoring")
    primary = build_region(stack, "us-east-1", Role.PRIMARY)
    standby = build_region(stack, "us-east-2", Role.STANDBY)
    table = DynamodbTable(
        stack,
        "table",
        provider=primary.provider,
        name=f"payments-{SUFFIX}",
        billing_mode="PAY_PER_REQUEST",
        hash_key="pk",
        attribute=[DynamodbTableAttribute(name="pk", type="S")],
    )
    here, there = (
        _build_monitored(Construct(stack, region.name), region, table, domain=domain) for region in (primary, standby)
    )
    topics = {monitored.region.name: monitored.topic for monitored in (here, there)}
    alarm_arns = {}
    for monitored, peer in ((here, there), (there, here)):
        name = monitored.region.name
        alarms = RegionalAlarms(
            stack,
            f"alarms-{name}",
            monitored=monitored,
            peer=peer,
            suffix=SUFFIX,
            topic=topics[name],
            lag_threshold_seconds=LAG_THRESHOLD_SECONDS,
            quiet_minutes=QUIET_MINUTES,
        )
        alarm_arns[f"Alarms of {name}"] = alarms.arns
    checks = build_checks(stack, primary) if domain else None
    if checks:
        health = HealthCheckAlarms(
            stack, "health", region=primary, checks=checks, suffix=SUFFIX, topic=topics[primary.name]
        )
        alarm_arns["Health checks"] = health.arns
    Dashboard(
        stack,
        "dashboard",
        region=primary,
        suffix=SUFFIX,
        primary=here,
        standby=there,
        alarm_arns=alarm_arns,
        lag_threshold_seconds=LAG_THRESHOLD_SECONDS,
        health_checks=checks,
    )
    TerraformOutput(stack, "alarm_arns", value=alarm_arns)
    return stack


def _build_monitored(scope: Construct, region: Region, table: DynamodbTable, *, domain: bool) -> MonitoredRegion:
    provider = region.provider
    api = ApiGatewayRestApi(scope, "api", provider=provider, name=regional_name("payments", region.name, SUFFIX))
    stage = ApiGatewayStage(
        scope, "stage", provider=provider, rest_api_id=api.id, stage_name="live", deployment_id="deployment"
    )
    retry, dead_letter, stream_failures = (
        SqsQueue(scope, kind, provider=provider, name=regional_name(kind, region.name, SUFFIX))
        for kind in ("retry", "dead-letter", "stream-failures")
    )
    functions: dict[Function, LambdaFunction] = {
        function: LambdaFunction(
            scope,
            function,
            provider=provider,
            function_name=regional_name(function, region.name, SUFFIX),
            role="arn:aws:iam::123456789012:role/example",
            filename="functions.zip",
            handler="handler",
            runtime="python3.13",
        )
        for function in WATCHED
    }
    certificate = AcmCertificate(
        scope, "certificate", provider=provider, domain_name="api.example.com", validation_method="DNS"
    )
    return MonitoredRegion(
        region=region,
        metrics_namespace=metrics_namespace(SUFFIX),
        table=table,
        functions=functions,
        rest_api=api,
        stage=stage,
        retry_queue=retry,
        dead_letter_queue=dead_letter,
        stream_failures_queue=stream_failures,
        bucket=S3Bucket(scope, "bucket", provider=provider, bucket_prefix=f"payments-{region.name}-"),
        topic=AlarmTopic(
            TerraformStack.of(scope),
            f"topic-{region.name}",
            region=region,
            suffix=SUFFIX,
            emails=EMAILS,
            https_endpoints=HTTPS_ENDPOINTS,
        ).topic,
        control_table_name=f"payments-control-{SUFFIX}",
        certificate=certificate if domain else None,
    )
