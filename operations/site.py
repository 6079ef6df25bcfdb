"""The deployed site: its regions, resources and names, read from the stack's outputs."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from contract.environment import Function
from contract.names import environment_of, regional_kind, regional_name
from contract.objectives import REPLICATION_LAG_THRESHOLD_SECONDS
from contract.outputs import ENDPOINT_URLS, QUEUE_URLS, CheckName, Output, QueueKind
from contract.parameters import ParameterPath, parameter_name
from contract.roles import Role
from operations.errors import OperationError
from operations.role_names import OPERATIONS_ROLE

_ALARM_SEPARATOR = ":alarm:"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class RegionSite(_Frozen):
    """One region's resources by name."""

    name: str
    """The region, such as "us-east-2"."""
    role: Role
    endpoint_url: str
    """The region's own API, whichever region serves."""
    execute_api_url: str
    """The same by AWS's own name: it names the API and its stage."""
    bucket_name: str
    queue_urls: dict[QueueKind, str]
    function_names: dict[Function, str]
    rest_api_id: str = ""
    """What a release moves; outputs from before releases name neither this nor the table."""
    canary_table_name: str = ""
    """Where canary payments are stored."""
    alarm_names: tuple[str, ...]
    """Whole names."""


class Site(_Frozen):
    """Both regions of one environment."""

    suffix: str
    table_name: str
    """The payments table, a global table of the same name in both regions."""
    control_table_name: str
    """The table of the writer item, strongly consistent in both regions (FACTS 1.10)."""
    witness_region: str
    """The third region of the control table: it stores nothing and serves nothing, but counts for a quorum."""
    operations_role_arn: str
    regions: dict[Role, RegionSite]
    failover_endpoint_url: str | None = None
    """None without a domain."""
    health_check_ids: dict[CheckName, str] | None = None
    replication_lag_threshold_seconds: float = REPLICATION_LAG_THRESHOLD_SECONDS
    """Slower replication rings the deployment's alarm; outputs that do not say so are judged by the usual one."""

    log_retention_days: int | None = None
    """How long access logs are kept; None in outputs that do not say it."""

    has_function_urls: bool = False
    """Whether payments may come by Function URLs, of which no access log tells."""

    kept_versions: int | None = None
    """How many versions of each function are kept; None in outputs from before releases."""

    def role_arn(self, role: str) -> str:
        """Return the ARN of one of the site's roles for people, by the prefix of its name."""
        return self.operations_role_arn.replace(f"role/{OPERATIONS_ROLE}-", f"role/{role}-")

    @property
    def primary(self) -> RegionSite:
        """The region that normally serves."""
        return self.regions[Role.PRIMARY]

    @property
    def standby(self) -> RegionSite:
        """The region that serves when the primary cannot."""
        return self.regions[Role.STANDBY]

    def role_of(self, region: str) -> Role | None:
        """Return the role of a region by name; None if the site has no such region."""
        return next((role for role, each in self.regions.items() if each.name == region), None)

    def parameter(self, path: ParameterPath, role: Role) -> str:
        """Return the name of one of a region's parameters."""
        return parameter_name(path, self.regions[role].name, self.suffix)

    @classmethod
    def from_outputs(cls, outputs: object) -> Self:
        """Return the site that the stack's outputs describe.

        Raises:
            OperationError: An output is missing or malformed.
        """
        if not isinstance(outputs, Mapping):
            raise OperationError(f"the stack's outputs must be an object by name, got {outputs!r}")
        try:
            return cls(
                suffix=_suffix(outputs),
                table_name=outputs[Output.TABLE_NAME],
                control_table_name=outputs[Output.CONTROL_TABLE_NAME],
                witness_region=outputs[Output.WITNESS_REGION],
                operations_role_arn=outputs[Output.OPERATIONS_ROLE_ARN],
                regions={role: _region(outputs, role) for role in Role},
                failover_endpoint_url=outputs.get(Output.FAILOVER_ENDPOINT_URL),
                health_check_ids=outputs.get(Output.HEALTH_CHECK_IDS),
                kept_versions=outputs.get(Output.KEPT_VERSIONS),
                log_retention_days=outputs.get(Output.LOG_RETENTION_DAYS),
                has_function_urls=bool(outputs.get(Output.FUNCTION_URLS)),
                replication_lag_threshold_seconds=outputs.get(
                    Output.REPLICATION_LAG_THRESHOLD_SECONDS, REPLICATION_LAG_THRESHOLD_SECONDS
                ),
            )
        except KeyError as missing:
            raise OperationError(
                f"the stack's outputs must hold {missing.args[0]}: deploy this version first"
            ) from None
        except ValidationError as error:
            detail = error.errors(include_url=False)[0]
            where = ".".join(map(str, detail["loc"]))
            raise OperationError(f"the stack's output {where} cannot be used: {detail['msg']}") from None


def _region(outputs: Mapping[str, Any], role: Role) -> RegionSite:
    name = _entry(outputs, Output.REGIONS, role)
    return RegionSite(
        name=name,
        role=role,
        endpoint_url=outputs[ENDPOINT_URLS[role]],
        execute_api_url=_entry(outputs, Output.EXECUTE_API_URLS, role),
        bucket_name=_entry(outputs, Output.BUCKET_NAMES, role),
        queue_urls={kind: _entry(outputs, output, role) for kind, output in QUEUE_URLS.items()},
        function_names=_entry(outputs, Output.FUNCTION_NAMES, role),
        **{
            name: _entry(outputs, output, role)
            for name, output in (
                ("rest_api_id", Output.REST_API_IDS),
                ("canary_table_name", Output.CANARY_TABLE_NAMES),
            )
            if output in outputs
        },
        alarm_names=_alarm_names(outputs, str(name)),
    )


def _alarm_names(outputs: Mapping[str, Any], region: str) -> Any:  # noqa: ANN401 — the site's model judges it
    """Return whole names: outputs give ARNs, and the site parameter kinds, or names in older deployments."""
    output = Output.ALARM_NAMES if Output.ALARM_NAMES in outputs else Output.ALARM_ARNS
    given = _entry(outputs, output, region)
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        return given
    if output is Output.ALARM_ARNS:
        return [each.rpartition(_ALARM_SEPARATOR)[2] for each in given]
    suffix = _suffix(outputs)
    return [regional_name(regional_kind(each, region, suffix), region, suffix) for each in given]


def _suffix(outputs: Mapping[str, Any]) -> str:
    return environment_of(str(outputs[Output.TABLE_NAME]))


def _entry(outputs: Mapping[str, Any], name: str, key: str) -> Any:  # noqa: ANN401 — the site's model judges it
    entries = outputs[name]
    if not isinstance(entries, Mapping):
        raise OperationError(f"the stack's output {name} must be an object that holds {key}, got {entries!r}")
    if key not in entries:
        raise KeyError(f"{name}.{key}")
    return entries[key]
