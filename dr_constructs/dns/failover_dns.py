"""The name that fails over.

Everything is provisioned beforehand and nothing is edited to fail over: Route 53's control plane is in us-east-1, while
its answers and health checks are not (FACTS 2.9).
"""

from typing import Literal

from cdktf_cdktf_provider_aws.route53_health_check import Route53HealthCheck
from cdktf_cdktf_provider_aws.route53_record import Route53Record, Route53RecordFailoverRoutingPolicy
from constructs import Construct

from dr_constructs.dns.custom_domains import CustomDomains
from dr_constructs.dns.hosted_zone import HostedZone, alias


class FailoverDns(Construct):
    """The failover name's records: the primary is answered while `serving` is healthy, and the standby otherwise."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        zone: HostedZone,
        primary: CustomDomains,
        standby: CustomDomains,
        serving: Route53HealthCheck,
    ) -> None:
        super().__init__(scope, id_)
        self._zone = zone
        self._build_failover_record(primary, "PRIMARY", serving)
        # Without a check a secondary is always healthy; with one, two unhealthy records would return the primary, the
        # region that was just left (FACTS 2.5).
        self._build_failover_record(standby, "SECONDARY", None)

    def _build_failover_record(
        self, domains: CustomDomains, policy: Literal["PRIMARY", "SECONDARY"], check: Route53HealthCheck | None
    ) -> None:
        Route53Record(
            self,
            f"{domains.region.role}-failover",
            provider=self._zone.region.provider,
            zone_id=self._zone.zone_id,
            name=domains.failover.domain_name,
            type="A",
            set_identifier=domains.region.role,
            failover_routing_policy=Route53RecordFailoverRoutingPolicy(type=policy),
            health_check_id=check.id if check else None,
            alias=alias(domains.failover),
        )
