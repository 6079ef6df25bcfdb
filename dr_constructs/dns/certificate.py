"""The TLS certificate of one region, for the failover name and the regional names."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.acm_certificate import AcmCertificate
from cdktf_cdktf_provider_aws.acm_certificate_validation import AcmCertificateValidation
from cdktf_cdktf_provider_aws.route53_record import Route53Record
from constructs import Construct

from dr_constructs.dns.dns_names import failover_name
from dr_constructs.region import Region


class RegionalCertificate(Construct):
    """A certificate for `api.<domain>` and `*.api.<domain>`, asked for here and valid once `validate` has been called.

    A wildcard is validated by the record of the name it stands under, and the record is the same in every region: all
    names of all regions share one (FACTS 3.2).
    """

    def __init__(self, scope: Construct, id_: str, *, region: Region, domain_name: str) -> None:
        super().__init__(scope, id_)
        self._region = region
        name = failover_name(domain_name)
        self.certificate = AcmCertificate(
            self,
            "certificate",
            provider=region.provider,
            domain_name=name,
            subject_alternative_names=[f"*.{name}"],
            validation_method="DNS",
            # A certificate in use cannot be deleted: its successor comes first.
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )

    def validate(self, record: Route53Record) -> AcmCertificateValidation:
        """Return the certificate as validated by `record`; its ARN, taken from there, is not used too early."""
        return AcmCertificateValidation(
            self,
            "validation",
            provider=self._region.provider,
            certificate_arn=self.certificate.arn,
            validation_record_fqdns=[record.fqdn],
        )
