"""Small stacks of the API and DNS constructs, synthesized for the tests beside this module."""

import json
import re
from dataclasses import dataclass
from typing import Any

from fast_synth.activation import activate

activate()

from cdktf import TerraformStack, Testing  # noqa: E402 — after activate()
from cdktf_cdktf_provider_aws.lambda_alias import LambdaAlias  # noqa: E402
from cdktf_cdktf_provider_aws.lambda_function import LambdaFunction  # noqa: E402
from cdktf_cdktf_provider_aws.provider import AwsProvider  # noqa: E402

from contract.environment import Function  # noqa: E402
from contract.roles import Role  # noqa: E402
from dr_constructs.api.api_definition import Authorization  # noqa: E402
from dr_constructs.api.api_gateway_logging import ApiGatewayLogging  # noqa: E402
from dr_constructs.api.function_url import FunctionUrl  # noqa: E402
from dr_constructs.api.payment_api import PaymentApi  # noqa: E402
from dr_constructs.dns.certificate import RegionalCertificate  # noqa: E402
from dr_constructs.dns.custom_domains import CustomDomains  # noqa: E402
from dr_constructs.dns.failover_dns import FailoverDns  # noqa: E402
from dr_constructs.dns.health_checks import HealthChecks  # noqa: E402
from dr_constructs.dns.hosted_zone import HostedZone  # noqa: E402
from dr_constructs.region import Region  # noqa: E402
from tests.synth.constructs.temporary_app import temporary_app  # noqa: E402


@dataclass(frozen=True)
class Synthesized:
    """The JSON of a stack, with resources found by type and by the end of their construct path."""

    content: dict[str, Any]

    def all(self, kind: str) -> list[dict[str, Any]]:
        """Return every resource of a type, such as `aws_api_gateway_stage`."""
        return list(self._named(kind).values())

    def one(self, kind: str, path: str) -> dict[str, Any]:
        """Return the one resource of a type whose construct path ends in `path`."""
        return self._named(kind)[self.name(kind, path)]

    def name(self, kind: str, path: str) -> str:
        """Return the Terraform name of that resource: its path, joined by underscores, and a hash."""
        end = re.compile(rf"(^|.*_){path.replace('/', '_')}(_[0-9A-F]{{8}})?")
        (name,) = (name for name in self._named(kind) if end.fullmatch(name))
        return name

    def address(self, kind: str, path: str) -> str:
        """Return the Terraform address of that resource, as `depends_on` has it."""
        return f"{kind}.{self.name(kind, path)}"

    def reference(self, kind: str, path: str, attribute: str) -> str:
        """Return the expression that another resource uses for an attribute of that resource."""
        return f"${{{self.address(kind, path)}.{attribute}}}"

    def _named(self, kind: str) -> dict[str, dict[str, Any]]:
        named: dict[str, dict[str, Any]] = self.content.get("resource", {}).get(kind, {})
        return named


def synthesize_api(
    *,
    authorization: Authorization = "AWS_IAM",
    managed_logging: bool = True,
    function_url: bool = False,
    timeout: int = 20,
    rate_limit: float = 1000,
    burst_limit: int = 2000,
) -> Synthesized:
    """Synthesize one region's API."""
    stack = _stack()
    region = _region(stack, Role.PRIMARY, "us-east-1")
    alias = _alias(stack, region, timeout)
    logging = ApiGatewayLogging(stack, "logging", region=region, suffix="test") if managed_logging else None
    PaymentApi(
        stack,
        "api",
        region=region,
        suffix="test",
        aliases={Function.PAYMENT_API: alias, Function.PROBES: alias},
        authorization=authorization,
        rate_limit=rate_limit,
        burst_limit=burst_limit,
        log_retention_days=30,
        logging=logging,
    )
    if function_url:
        FunctionUrl(stack, "url", region=region, alias=alias, authorization=authorization)
    return _synthesized(stack)


def synthesize_dns(
    *, domain_name: str = "example.com", hosted_zone_id: str | None = None, standby_region: str = "us-east-2"
) -> Synthesized:
    """Synthesize both regions' names, certificates, checks and records."""
    stack = _stack()
    regions = [_region(stack, Role.PRIMARY, "us-east-1"), _region(stack, Role.STANDBY, standby_region)]
    zone = HostedZone(stack, "zone", region=regions[0], domain_name=domain_name, hosted_zone_id=hosted_zone_id)
    certificates = [RegionalCertificate(stack, f"{r.role}-tls", region=r, domain_name=domain_name) for r in regions]
    record = zone.add_validation_record(certificates[0].certificate)
    primary, standby = (
        CustomDomains(
            stack,
            f"{region.role}-domains",
            region=region,
            zone=zone,
            domain_name=domain_name,
            certificate=certificate.validate(record),
            api=_api(stack, region),
        )
        for region, certificate in zip(regions, certificates, strict=True)
    )
    checks = HealthChecks(
        stack,
        "checks",
        region=regions[0],
        suffix="test",
        primary=primary,
        standby=standby,
        interval_seconds=10,
        failure_threshold=3,
    )
    FailoverDns(stack, "dns", zone=zone, primary=primary, standby=standby, serving=checks.serving)
    return _synthesized(stack)


def _stack() -> TerraformStack:
    return TerraformStack(temporary_app(), "stack")


def _synthesized(stack: TerraformStack) -> Synthesized:
    return Synthesized(json.loads(Testing.synth(stack, True)))  # noqa: FBT003 — jsii takes it by position (FACTS 10.4)


def _region(stack: TerraformStack, role: Role, name: str) -> Region:
    return Region(
        name=name,
        role=role,
        provider=AwsProvider(stack, f"aws-{role}", region=name, alias=role),
        account_id="123456789012",
    )


def _alias(stack: TerraformStack, region: Region, timeout: int) -> LambdaAlias:
    function = LambdaFunction(
        stack,
        f"{region.role}-function",
        provider=region.provider,
        function_name="payment-api",
        role="arn:aws:iam::123456789012:role/test",
        timeout=timeout,
    )
    return LambdaAlias(
        stack,
        f"{region.role}-alias",
        provider=region.provider,
        name="live",
        function_name=function.function_name,
        function_version=function.version,
    )


def _api(stack: TerraformStack, region: Region) -> PaymentApi:
    return PaymentApi(
        stack,
        f"{region.role}-api",
        region=region,
        suffix="test",
        aliases=dict.fromkeys((Function.PAYMENT_API, Function.PROBES), _alias(stack, region, 20)),
        authorization="AWS_IAM",
        rate_limit=1000,
        burst_limit=2000,
        log_retention_days=30,
        logging=None,
    )
