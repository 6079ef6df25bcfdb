"""The zone of the domain, and what its records have in common."""

from cdktf_cdktf_provider_aws.acm_certificate import AcmCertificate
from cdktf_cdktf_provider_aws.api_gateway_domain_name import ApiGatewayDomainName
from cdktf_cdktf_provider_aws.route53_record import Route53Record, Route53RecordAlias
from cdktf_cdktf_provider_aws.route53_zone import Route53Zone
from constructs import Construct

from dr_constructs.region import Region

VALIDATION_TTL_SECONDS = 300


class HostedZone(Construct):
    """The zone of `domain_name`: created, or an existing one by its id.

    The id is taken as given. Looking the zone up would be a data source, and with its region down no plan could be
    made (FACTS 9.1). `name_servers` is None for an existing zone, whose delegation exists.
    """

    def __init__(
        self, scope: Construct, id_: str, *, region: Region, domain_name: str, hosted_zone_id: str | None
    ) -> None:
        super().__init__(scope, id_)
        self.region = region
        self.name_servers: list[str] | None = None
        if hosted_zone_id:
            self.zone_id = hosted_zone_id
        else:
            zone = Route53Zone(
                self,
                "zone",
                provider=region.provider,
                name=domain_name,
                comment="Payments, failing over between two regions",
                force_destroy=True,  # records added by others must not keep it from being destroyed
            )
            self.zone_id = zone.zone_id
            self.name_servers = zone.name_servers

    def add_validation_record(self, certificate: AcmCertificate) -> Route53Record:
        """Return the one record that proves the ownership of all names of all regions (FACTS 3.2).

        Call it once, with the certificate of either region.
        """
        option = certificate.domain_validation_options.get(0)
        return Route53Record(
            self,
            "validation",
            provider=self.region.provider,
            zone_id=self.zone_id,
            name=option.resource_record_name,
            type=option.resource_record_type,
            records=[option.resource_record_value],
            ttl=VALIDATION_TTL_SECONDS,
            # The name depends on account and domain alone: another deployment in the zone may have created it already.
            allow_overwrite=True,
        )


def alias(domain: ApiGatewayDomainName) -> Route53RecordAlias:
    """Return what a record that leads to an API's name holds."""
    # An alias to the custom domain: a CNAME to the execute-api host would fail TLS (FACTS 3.1).
    return Route53RecordAlias(
        name=domain.regional_domain_name,
        zone_id=domain.regional_zone_id,
        evaluate_target_health=False,  # it brings nothing on API Gateway targets (FACTS 2.4)
    )
