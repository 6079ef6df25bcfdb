"""The settings of a deployment: one validated model; `settings_source` says where the values come from."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from contract.deadlines import MINIMUM_FUNCTION_TIMEOUT_SECONDS
from contract.objectives import RECOVERY_POINT_SECONDS, REPLICATION_LAG_THRESHOLD_SECONDS
from contract.releases import DEFAULT_KEPT_VERSIONS
from dr_constructs import aws_limits, settings_source
from dr_constructs.region_services import FUNCTION_URLS, part_problems
from dr_constructs.region_sets import region_set_problems, witness_candidates


class SettingsError(Exception):
    """The settings cannot be used; the text has one line for each bad value."""


def _checked(problem: Callable[[str], str | None]) -> AfterValidator:
    def validate(value: str) -> str:
        if rule := problem(value):
            raise ValueError(rule)
        return value

    return AfterValidator(validate)


def _one_of(allowed: tuple[int, ...]) -> AfterValidator:
    def validate(value: int) -> int:
        if value not in allowed:
            raise ValueError(f"must be one of {', '.join(map(str, allowed))}")
        return value

    return AfterValidator(validate)


def _distinct(values: list[str]) -> list[str]:
    if len(set(values)) < len(values):
        raise ValueError("must not name anything twice")
    return values


def _canonical(domain: str) -> str:
    """Write a domain in lower case, without the trailing dot."""
    return domain.lower().removesuffix(".")


RegionName = Annotated[str, _checked(aws_limits.region_problem)]
Suffix = Annotated[str, _checked(aws_limits.suffix_problem)]
Domain = Annotated[str, AfterValidator(_canonical), _checked(aws_limits.domain_problem)]
ZoneId = Annotated[str, _checked(aws_limits.zone_id_problem)]
Bucket = Annotated[str, _checked(aws_limits.bucket_problem)]
Emails = Annotated[list[Annotated[str, _checked(aws_limits.email_problem)]], AfterValidator(_distinct)]
HttpsUrls = Annotated[list[Annotated[str, _checked(aws_limits.https_url_problem)]], AfterValidator(_distinct)]
Boundary = Annotated[str, _checked(aws_limits.boundary_problem)]
Principals = Annotated[list[Annotated[str, _checked(aws_limits.principal_problem)]], AfterValidator(_distinct)]
Days = Annotated[int, Field(ge=1, le=36_500)]

_UNRESERVED_EXECUTIONS = 100
"""What Lambda leaves to functions without a reserve, whatever others have reserved."""

_RETRY_SHARE = 4
"""Retries get a quarter of what payments get: a payment waits for its answer, a retry does not."""


class Settings(BaseModel):
    """Everything that may differ between deployments. `environments/dev.toml` explains each key."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    environment_suffix: Suffix = settings_source.DEFAULT_SUFFIX
    primary_region: RegionName = "us-east-1"
    standby_region: RegionName = "us-east-2"
    witness_region: RegionName = "us-west-2"  # of this pair; `_with_witness` finds another pair's
    domain_name: Domain | None = None
    hosted_zone_id: ZoneId | None = None
    authorization: Literal["AWS_IAM", "NONE"] = "AWS_IAM"
    function_urls: bool = False
    payment_receipts: bool = False
    allow_card_numbers: bool = False
    audit_trail: bool = False
    alarm_emails: Emails = []
    alarm_https_endpoints: HttpsUrls = []
    # CloudWatch looks back a day at most (FACTS 14.2).
    quiet_minutes: Annotated[int, Field(ge=1, le=1440)] | None = None
    # A lag alarm above the recovery point objective would come too late.
    replication_lag_threshold_seconds: Annotated[int, Field(ge=1, le=RECOVERY_POINT_SECONDS)] = (
        REPLICATION_LAG_THRESHOLD_SECONDS
    )
    health_check_interval_seconds: Annotated[int, _one_of((10, 30))] = 10  # FACTS 2.2
    health_check_failure_threshold: Annotated[int, Field(ge=1, le=10)] = 3
    log_retention_days: Annotated[int, _one_of(aws_limits.LOG_RETENTION_DAYS)] = 90
    log_archive_days: Days = 90
    log_expiration_days: Days = 2555
    backup_expiration_days: Days = 35
    noncurrent_version_expiration_days: Days = 30
    function_memory_mb: Annotated[int, Field(ge=128, le=10_240)] = 512
    function_timeout_seconds: Annotated[
        int, Field(ge=MINIMUM_FUNCTION_TIMEOUT_SECONDS, le=aws_limits.API_GATEWAY_TIMEOUT_SECONDS)
    ] = 20
    # Route 53's nine checkers may ask at the same time, and payments must not keep them out.
    function_reserved_concurrency: Annotated[int, Field(ge=10)] | None = None
    retry_concurrency: Annotated[int, Field(ge=2, le=1000)] | None = None  # what Lambda accepts for a queue
    api_rate_limit: Annotated[int, Field(ge=1, le=aws_limits.MAX_API_LIMIT)] = 1000
    api_burst_limit: Annotated[int, Field(ge=1, le=aws_limits.MAX_API_LIMIT)] = 2000
    waf: bool = False
    kept_versions: Annotated[int, Field(ge=2, le=50)] = DEFAULT_KEPT_VERSIONS
    protected: bool = False
    object_lock_days: Days = 35
    manage_api_gateway_logging_role: bool = True
    payer_principal_arns: Principals = []
    operator_principal_arns: Principals = []
    restore_principal_arns: Principals = []
    operations_require_mfa: bool = False
    operations_require_source_identity: bool = False
    permissions_boundary_arn: Boundary | None = None
    state_bucket: Bucket | None = None
    state_region: RegionName | None = None
    sts_region: RegionName | None = None
    s3_use_path_style: bool = False

    @property
    def retry_executions(self) -> int:
        """How many retry workers may run at once; without a limit a full queue takes all that the account has."""
        reserved = self.function_reserved_concurrency or _UNRESERVED_EXECUTIONS
        return self.retry_concurrency or min(max(reserved // _RETRY_SHARE, 2), 1000)

    @classmethod
    def load(cls, environ: Mapping[str, str], root: Path) -> Self:
        """Read the settings of `ENVIRONMENT_SUFFIX` from `root`/environments and `environ`.

        Raises:
            SettingsError: One or more values cannot be used.
        """
        values, problems = settings_source.read(environ, root, cls)
        try:
            settings = cls.model_validate(values)
        except ValidationError as error:
            problems += settings_source.lines(error)
        if problems:
            raise SettingsError("\n".join(dict.fromkeys(problems)))
        return settings

    @model_validator(mode="before")
    @classmethod
    def _with_witness(cls, values: dict[str, Any]) -> dict[str, Any]:
        """Fill in the witness where none is named: the first region of the pair's set that is neither."""
        if values.get("witness_region"):
            return values
        primary, standby, fallback = (
            values.get(name) or cls.model_fields[name].default
            for name in ("primary_region", "standby_region", "witness_region")
        )
        # What is no pair of one set is refused with a line of its own.
        return {**values, "witness_region": next(iter(witness_candidates(primary, standby)), fallback)}

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if conflicts := list(self._conflicts()):
            raise ValueError("\n".join(conflicts))
        return self

    def _conflicts(self) -> Iterator[str]:
        regions = (self.primary_region, self.standby_region)
        if self.primary_region == self.standby_region:
            yield f"`standby_region` must differ from `primary_region`, got {self.standby_region} twice"
        else:
            yield from region_set_problems(*regions, self.witness_region)
        if self.function_urls:
            yield from part_problems("function_urls", FUNCTION_URLS, regions)
        yield from aws_limits.name_problems(self.environment_suffix, regions)
        if self.hosted_zone_id and not self.domain_name:
            yield f"`hosted_zone_id` needs `domain_name`, the zone's name, got {self.hosted_zone_id} alone"
        if self.domain_name and aws_limits.ROUTE_53_REGION not in regions:
            yield (
                f"`domain_name` needs {aws_limits.ROUTE_53_REGION} as one of the two regions, where Route 53 publishes "
                f"its health checks' metrics, got {' and '.join(regions)}"
            )
        yield from self._payer_conflicts()
        if self.protected and self.domain_name and not self.hosted_zone_id:
            # Destroyed with the stack, it comes back with other name servers, and the domain leads nowhere.
            yield (
                "`hosted_zone_id` must be set where `protected` is on, since a zone of the stack's own is destroyed "
                f"with it, got none for {self.domain_name}"
            )
        if self.protected:
            # Versions that outlive their objects are paid for, and nothing shows them.
            for key in ("backup_expiration_days", "log_expiration_days"):
                if self.object_lock_days > getattr(self, key):
                    yield (
                        f"`object_lock_days` must not be greater than `{key}` ({getattr(self, key)}), "
                        f"got {self.object_lock_days}"
                    )
        if self.log_expiration_days <= self.log_archive_days:
            yield (
                f"`log_expiration_days` must be greater than `log_archive_days` ({self.log_archive_days}), "
                f"got {self.log_expiration_days}"
            )
        yield from self._state_conflicts(regions)

    def _payer_conflicts(self) -> Iterator[str]:
        if not self.payer_principal_arns:
            return
        if self.authorization == "NONE":
            yield "`payer_principal_arns` needs `authorization` AWS_IAM, since nobody else has a name, got NONE"
        if self.function_urls:  # its policy lets the account in, and knows no list
            yield "`payer_principal_arns` needs `function_urls` off, by which everybody else could still pay, got true"

    def _state_conflicts(self, regions: tuple[str, ...]) -> Iterator[str]:
        if self.state_bucket and not self.state_region:
            yield f"`state_bucket` needs `state_region`, got {self.state_bucket} alone"
        if self.state_region and not self.state_bucket:
            yield f"`state_region` needs `state_bucket`, got {self.state_region} alone"
        if self.state_region in regions:  # the state must outlive either region (FACTS 9.2)
            yield f"`state_region` must be a third region, got {self.state_region}"
