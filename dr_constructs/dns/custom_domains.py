"""The two names by which one region's API answers."""

from cdktf_cdktf_provider_aws.acm_certificate_validation import AcmCertificateValidation
from cdktf_cdktf_provider_aws.api_gateway_base_path_mapping import ApiGatewayBasePathMapping
from cdktf_cdktf_provider_aws.api_gateway_domain_name import (
    ApiGatewayDomainName,
    ApiGatewayDomainNameEndpointConfiguration,
)
from cdktf_cdktf_provider_aws.route53_record import Route53Record
from constructs import Construct

from dr_constructs.api.payment_api import PaymentApi
from dr_constructs.dns.dns_names import failover_name, regional_api_name
from dr_constructs.dns.hosted_zone import HostedZone, alias
from dr_constructs.region import Region


class CustomDomains(Construct):
    """The failover name, which both regions serve, and the region's own, which health checks watch (FACTS 2.3, 3.2).

    `api` is mapped to the root of both, so that `/health` is `/health` without the stage (FACTS 3.3).
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        region: Region,
        zone: HostedZone,
        domain_name: str,
        certificate: AcmCertificateValidation,
        api: PaymentApi,
    ) -> None:
        super().__init__(scope, id_)
        self.region = region
        self.failover = self._build_domain("failover", failover_name(domain_name), certificate, api)
        self.regional = self._build_domain("regional", regional_api_name(region.name, domain_name), certificate, api)
        self.regional_record = Route53Record(
            self,
            "record",
            provider=zone.region.provider,
            zone_id=zone.zone_id,
            name=self.regional.domain_name,
            type="A",
            alias=alias(self.regional),
        )

    def _build_domain(
        self, id_: str, name: str, certificate: AcmCertificateValidation, api: PaymentApi
    ) -> ApiGatewayDomainName:
        domain = ApiGatewayDomainName(
            self,
            id_,
            provider=self.region.provider,
            domain_name=name,
            # Of the validation, not of the certificate: API Gateway refuses one that is not issued yet.
            regional_certificate_arn=certificate.certificate_arn,
            security_policy="TLS_1_2",
            endpoint_configuration=ApiGatewayDomainNameEndpointConfiguration(types=["REGIONAL"]),
        )
        ApiGatewayBasePathMapping(
            self,
            f"{id_}-mapping",
            provider=self.region.provider,
            domain_name=domain.domain_name,
            api_id=api.rest_api.id,
            stage_name=api.stage.stage_name,
        )
        return domain
