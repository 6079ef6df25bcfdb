"""What must hold before a drill begins: a drill on top of an incident would be one more."""

from collections.abc import Mapping

from handlers.writer.item import Writer
from operations.aws import Aws
from operations.clock import OperationsClock
from operations.current_writer import current_writer
from operations.drills.faults import EmulatorFaults, FaultInjection
from operations.drills.fis import FisFaults
from operations.drills.scenario import Scenario, shipped
from operations.endpoints import EndpointSettings
from operations.errors import UsageError
from operations.site import Site
from operations.topology.words import who_did_what


def faults_for(
    scenario: Scenario,
    *,
    surroundings: EndpointSettings,
    site: Site,
    aws: Aws,
    clock: OperationsClock,
    templates: Mapping[str, str],
) -> FaultInjection:
    """Return what brings the scenario's faults about.

    Raises:
        UsageError: Here they cannot be brought about, or somebody else's are there.
    """
    if surroundings.control_url is not None:
        faults = EmulatorFaults(surroundings.control_url)
        if faults.others:
            raise UsageError(f"no other fault may be injected, got {', '.join(faults.others)}: heal it first")
        return faults
    if missing := [each for each in scenario.faults if each not in templates]:
        raise UsageError(
            f"on AWS each fault of {scenario.name} needs an experiment of FIS: --fis-template {missing[0]}=EXT…; "
            f"{', '.join(name for name, each in shipped().items() if not each.faults)} need none"
        )
    return FisFaults(aws, site.primary.name, {each: templates[each] for each in scenario.faults}, clock)


def require_steady_state(site: Site, aws: Aws) -> None:
    """Refuse to begin unless the primary owns an open writer, and only with a name that fails over.

    Raises:
        UsageError: A drill cannot begin now.
        OperationError: Whether it can is not known.
    """
    if site.failover_endpoint_url is None:
        raise UsageError(f"{site.suffix} must have a domain: without one, clients choose the region and nothing moves")
    if found := disorder(site, current_writer(site, aws)):
        raise UsageError(f"a drill begins with {site.primary.name} serving, but {found}: see `dr status`")


def disorder(site: Site, writer: Writer | None) -> str:
    """Return how the writer differs from the steady state, in which drills begin and end; nothing if it does not."""
    if writer is None:
        return "there is no writer item"
    if writer.region != site.primary.name:
        return f"the owner is {writer.region}: {who_did_what(writer)}"
    if not writer.is_open:
        return f"no region is open: {who_did_what(writer)}"
    return "" if writer.automatic else "unattended takeovers are switched off (`dr automatic on`)"


def outputs_of(site: Site) -> dict[str, object]:
    """Return the stack's outputs that the site was read from, for commands that are started."""
    by_role = site.regions.items()
    kinds = next(iter(site.regions.values())).queue_urls
    return {
        "table_name": site.table_name,
        "control_table_name": site.control_table_name,
        "witness_region": site.witness_region,
        "operations_role_arn": site.operations_role_arn,
        "regions": {role: region.name for role, region in by_role},
        **{f"{role}_endpoint_url": region.endpoint_url for role, region in by_role},
        "execute_api_urls": {role: region.execute_api_url for role, region in by_role},
        "bucket_names": {role: region.bucket_name for role, region in by_role},
        **{f"{kind}_queue_urls": {role: region.queue_urls[kind] for role, region in by_role} for kind in kinds},
        "function_names": {role: dict(region.function_names) for role, region in by_role},
        "rest_api_ids": {role: region.rest_api_id for role, region in by_role},
        "canary_table_names": {role: region.canary_table_name for role, region in by_role},
        "kept_versions": site.kept_versions,
        "alarm_names": {region.name: list(region.alarm_names) for region in site.regions.values()},
        "failover_endpoint_url": site.failover_endpoint_url,
        "replication_lag_threshold_seconds": site.replication_lag_threshold_seconds,
        "health_check_ids": None if site.health_check_ids is None else dict(site.health_check_ids),
    }
