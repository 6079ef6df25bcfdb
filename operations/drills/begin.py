"""What must hold before a drill begins: a drill on top of an incident would be one more."""

from collections.abc import Mapping

from botocore.exceptions import BotoCoreError, ClientError

from handlers.payments.fence import MalformedFenceError, read_fence
from operations.aws import Aws
from operations.clock import Clock
from operations.drills.faults import EmulatorFaults, Faults
from operations.drills.fis import FisFaults
from operations.drills.scenario import Scenario
from operations.errors import OperationError, UsageError
from operations.site import Site
from operations.surroundings import Surroundings
from operations.topology.asking import reason


def faults_for(
    scenario: Scenario, *, surroundings: Surroundings, site: Site, aws: Aws, clock: Clock, templates: Mapping[str, str]
) -> Faults:
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
            "stale-clients and planned-switchover need none"
        )
    return FisFaults(aws, site.primary.name, {each: templates[each] for each in scenario.faults}, clock)


def require_peace(site: Site, aws: Aws) -> None:
    """Refuse to begin while a region is fenced, or without a name that fails over.

    Raises:
        UsageError: A drill cannot begin now.
        OperationError: Whether it can is not known.
    """
    if site.failover_endpoint_url is None:
        raise UsageError(f"{site.suffix} must have a domain: without one, clients choose the region and nothing moves")
    try:
        fenced = fenced_regions(site, aws)
    except (BotoCoreError, ClientError, MalformedFenceError) as error:
        raise OperationError(f"the fences in {site.standby.name} must be readable: {reason(error)}") from error
    if fenced:
        raise UsageError(f"no region may be fenced when a drill begins, but {' and '.join(fenced)} is: see `dr status`")


def fenced_regions(site: Site, aws: Aws) -> list[str]:
    """Return the names of the regions that are fenced, as the standby's replica holds it.

    Raises:
        BotoCoreError, ClientError, MalformedFenceError: The replica does not tell.
    """
    client = aws.client("dynamodb", site.standby.name)
    return [each.name for each in site.regions.values() if read_fence(client, site.table_name, each.name).fenced]


def outputs_of(site: Site) -> dict[str, object]:
    """Return the stack's outputs that the site was read from, for commands that are started."""
    by_role = site.regions.items()
    kinds = next(iter(site.regions.values())).queue_urls
    return {
        "table_name": site.table_name,
        "operations_role_arn": site.operations_role_arn,
        "regions": {role: region.name for role, region in by_role},
        **{f"{role}_endpoint_url": region.endpoint_url for role, region in by_role},
        "execute_api_urls": {role: region.execute_api_url for role, region in by_role},
        "bucket_names": {role: region.bucket_name for role, region in by_role},
        **{f"{kind}_queue_urls": {role: region.queue_urls[kind] for role, region in by_role} for kind in kinds},
        "function_names": {role: dict(region.function_names) for role, region in by_role},
        "alarm_names": {region.name: list(region.alarm_names) for region in site.regions.values()},
        "failover_endpoint_url": site.failover_endpoint_url,
        "health_check_ids": None if site.health_check_ids is None else dict(site.health_check_ids),
    }
