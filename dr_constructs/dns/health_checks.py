"""What Route 53 watches: which region says that it owns the writer, and whether the standby is well."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.route53_health_check import Route53HealthCheck
from constructs import Construct

from contract.names import global_name
from dr_constructs.dns.custom_domains import CustomDomains
from dr_constructs.dns.failover_time import FailoverBounds, failover_bounds
from dr_constructs.fixed_settings import FixedSettings
from dr_constructs.region import Region

HTTPS_PORT = 443
MINIMUM_CHECKER_REGIONS = 3

# Where Route 53 has checkers, in the order of preference.
CHECKER_REGIONS = (
    "us-west-2",
    "us-west-1",
    "eu-west-1",
    "us-east-1",
    "sa-east-1",
    "ap-northeast-1",
    "ap-southeast-1",
    "ap-southeast-2",
)


def checker_regions(*deployed: str) -> list[str]:
    """Return the three regions to check from, none of them one of the `deployed`.

    18 % of the checkers suffice to call an endpoint healthy (FACTS 2.1). With checkers inside it, a region that is cut
    off from everybody else would go on being healthy. The minimum of three also keeps the load of a 10 s interval low.
    """
    return [region for region in CHECKER_REGIONS if region not in deployed][:MINIMUM_CHECKER_REGIONS]


class HealthChecks(Construct):
    """Decides whether the primary is answered: its `/writer` says 200 AND NOT the standby's `/writer` says 200.

    So DNS follows the writer, not health. `serving` is the calculated check for the primary's failover record.
    `standby_health` only raises alarms: a secondary record is answered whatever its state (FACTS 2.5).
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        region: Region,
        suffix: str,
        primary: CustomDomains,
        standby: CustomDomains,
        interval_seconds: int,
        failure_threshold: int,
    ) -> None:
        super().__init__(scope, id_)
        self._region = region
        self._suffix = suffix
        self._interval_seconds = interval_seconds
        self._failure_threshold = failure_threshold
        FixedSettings(
            self,
            "fixed",
            values={"health_check_interval_seconds": interval_seconds},
            remedy="Another interval means other health checks, and a new inverted one begins unhealthy: DNS would "
            'leave a primary that serves. See the section "Another health check interval" of docs/deploying.md.',
        )
        self._checkers = checker_regions(primary.region.name, standby.region.name)
        self.primary_writer = self._build_endpoint_check("primary-writer", primary, "/writer")
        self.standby_writer = self._build_standby_writer_check(standby)
        self.standby_health = self._build_endpoint_check("standby-health", standby, "/health")
        self.serving = self._build_serving_check()

    @property
    def endpoint_checks(self) -> dict[str, Route53HealthCheck]:
        """The checks that ask an endpoint, by their names among the outputs."""
        return {
            "primary_writer": self.primary_writer,
            "standby_writer": self.standby_writer,
            "standby_health": self.standby_health,
        }

    @property
    def failover_bounds(self) -> FailoverBounds:
        """How long a failover takes at most with these checks."""
        return failover_bounds(interval_seconds=self._interval_seconds, failure_threshold=self._failure_threshold)

    def url(self, check: Route53HealthCheck) -> str:
        """Return the address that an endpoint check asks for."""
        return f"https://{check.fqdn}{check.resource_path}"

    def _build_endpoint_check(
        self, id_: str, domains: CustomDomains, path: str, *, inverted: bool = False
    ) -> Route53HealthCheck:
        return Route53HealthCheck(
            self,
            id_,
            provider=self._region.provider,
            type="HTTPS",
            # The region's own name: the failover name would lead to whichever region serves (FACTS 2.3).
            fqdn=domains.regional.domain_name,
            port=HTTPS_PORT,
            resource_path=path,
            enable_sni=True,  # custom domains share their addresses
            request_interval=self._interval_seconds,
            failure_threshold=self._failure_threshold,
            regions=self._checkers,
            measure_latency=True,
            invert_healthcheck=inverted,
            disabled=False,  # a disabled check counts as healthy (FACTS 2.8)
            tags=self._name_tag(id_),
            # Before its name exists a check would fail, and checkers may remember that there was none.
            depends_on=[domains.regional_record],
            # Another interval is another check, and one that `serving` still counts must not be gone.
            lifecycle=TerraformResourceLifecycle(create_before_destroy=True),
        )

    def _build_standby_writer_check(self, standby: CustomDomains) -> Route53HealthCheck:
        # Normally the standby's `/writer` answers 404, which a checker calls unhealthy, which inverted is healthy. Once
        # the standby owns the writer it answers 200, and DNS leaves the primary, even one that is cut off and still
        # thinks that it owns. That needs nothing in the primary's region (FACTS 2.9, 2.10). A dead standby, or one that
        # knows nothing, answers no 200 either: losing the standby cannot take the primary off the air.
        return self._build_endpoint_check("standby-writer", standby, "/writer", inverted=True)

    def _build_serving_check(self) -> Route53HealthCheck:
        children = [self.primary_writer.id, self.standby_writer.id]
        return Route53HealthCheck(
            self,
            "serving",
            provider=self._region.provider,
            type="CALCULATED",
            child_healthchecks=children,
            child_health_threshold=len(children),  # AND
            invert_healthcheck=False,
            disabled=False,
            tags=self._name_tag("serving"),
        )

    def _name_tag(self, kind: str) -> dict[str, str]:
        # A health check has no name but this tag, which the console shows.
        return {"Name": global_name(f"payments-{kind}", self._suffix)}
