"""The optional domain: one zone, a certificate and two names a region, health checks and failover records."""

from cdktf_cdktf_provider_aws.acm_certificate import AcmCertificate
from constructs import Construct

from contract.roles import Role
from dr_constructs.dns.certificate import RegionalCertificate
from dr_constructs.dns.custom_domains import CustomDomains
from dr_constructs.dns.dns_names import failover_name, regional_api_name
from dr_constructs.dns.failover_dns import FailoverDns
from dr_constructs.dns.health_checks import HealthChecks
from dr_constructs.dns.hosted_zone import HostedZone
from dr_constructs.regional_service import RegionalService
from dr_constructs.settings import Settings


class PaymentsDomain(Construct):
    """Puts both regions' APIs behind names, and moves the shared one between them."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        domain_name: str,
        settings: Settings,
        primary: RegionalService,
        standby: RegionalService,
    ) -> None:
        super().__init__(scope, id_)
        self._domain_name = domain_name
        # Route 53 belongs to no region; the primary's provider only carries the calls.
        self.zone = HostedZone(
            self, "zone", region=primary.region, domain_name=domain_name, hosted_zone_id=settings.hosted_zone_id
        )
        requested = {
            service.region.role: RegionalCertificate(
                self, f"{service.region.role}-certificate", region=service.region, domain_name=domain_name
            )
            for service in (primary, standby)
        }
        record = self.zone.add_validation_record(requested[Role.PRIMARY].certificate)
        names = {
            service.region.role: CustomDomains(
                self,
                f"{service.region.role}-names",
                region=service.region,
                zone=self.zone,
                domain_name=domain_name,
                certificate=requested[service.region.role].validate(record),
                api=service.api,
            )
            for service in (primary, standby)
        }
        self.certificates: dict[Role, AcmCertificate] = {role: each.certificate for role, each in requested.items()}
        self.health_checks = HealthChecks(
            self,
            "health",
            region=primary.region,
            suffix=settings.environment_suffix,
            primary=names[Role.PRIMARY],
            standby=names[Role.STANDBY],
            interval_seconds=settings.health_check_interval_seconds,
            failure_threshold=settings.health_check_failure_threshold,
        )
        FailoverDns(
            self,
            "records",
            zone=self.zone,
            primary=names[Role.PRIMARY],
            standby=names[Role.STANDBY],
            serving=self.health_checks.serving,
        )

    @property
    def failover_endpoint(self) -> str:
        """The URL that always leads to the region that serves."""
        return f"https://{failover_name(self._domain_name)}"

    def regional_endpoint(self, service: RegionalService) -> str:
        """Return the URL that always leads to the region of `service`."""
        return f"https://{regional_api_name(service.region.name, self._domain_name)}"
