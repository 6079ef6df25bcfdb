"""The alarm on a certificate that is about to expire; health checks do not notice one (FACTS 2.1)."""

from cdktf_cdktf_provider_aws.acm_certificate import AcmCertificate
from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from constructs import Construct

from dr_constructs.monitoring.alarms.group import AlarmGroup, Condition, MissingData, ThresholdComparison
from dr_constructs.monitoring.watched import certificate_metric
from dr_constructs.region import Region

EXPIRY_THRESHOLD_DAYS = 30
"""ACM begins to renew weeks earlier: with 30 days left, its own attempts have been failing."""

_DAY_SECONDS = 24 * 3600


class CertificateAlarm(AlarmGroup):
    """Watches the certificate of one region's custom domains."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        region: Region,
        certificate: AcmCertificate,
        suffix: str,
        topic: SnsTopic,
    ) -> None:
        super().__init__(scope, id_, region=region, suffix=suffix, topic=topic)
        self._alarm(
            "certificate-expiry",
            certificate_metric(certificate, region),
            # Published twice a day, not at all for the first hours, and no longer once the certificate has expired: the
            # last state must stand then.
            Condition(
                "Minimum",
                ThresholdComparison.BELOW,
                EXPIRY_THRESHOLD_DAYS,
                MissingData.KEEPS_STATE,
                period_seconds=_DAY_SECONDS,
            ),
            means=f"The certificate in {region.name} expires in less than {EXPIRY_THRESHOLD_DAYS} days and ACM has not "
            f"renewed it. Clients will refuse this region while its health check stays green.",
            look_first="the validation record (CNAME) in the hosted zone: ACM renews only while it is there.",
        )
