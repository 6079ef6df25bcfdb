"""The simulated environment as the stack's outputs would describe it."""

from contract.environment import Function
from contract.outputs import QueueKind
from contract.roles import Role
from operations.site import RegionSite, Site
from simulation.primitives.dns import FAILOVER_NAME, regional_url
from simulation.region import CONTROL_TABLE, TABLE, queue_url
from simulation.release_plane import SUFFIX, api_id, canary_table_name, function_name
from simulation.world import PRIMARY, STANDBY, WITNESS

_QUEUES = {QueueKind.RETRY: "retry", QueueKind.DEAD_LETTER: "dead-letter", QueueKind.STREAM_FAILURE: "stream-failure"}


def _region(name: str, role: Role) -> RegionSite:
    return RegionSite(
        name=name,
        role=role,
        endpoint_url=regional_url(name),
        execute_api_url=regional_url(name),
        bucket_name=f"payments-{name}-{SUFFIX}",
        queue_urls={kind: queue_url(text, name) for kind, text in _QUEUES.items()},
        function_names={function: function_name(function, name) for function in Function},
        rest_api_id=api_id(name),
        canary_table_name=canary_table_name(name),
        alarm_names=(),
    )


SITE = Site(
    suffix=SUFFIX,
    table_name=TABLE,
    control_table_name=CONTROL_TABLE,
    witness_region=WITNESS,
    operations_role_arn="",
    kept_versions=5,
    regions={Role.PRIMARY: _region(PRIMARY, Role.PRIMARY), Role.STANDBY: _region(STANDBY, Role.STANDBY)},
    failover_endpoint_url=f"https://{FAILOVER_NAME}",
)
