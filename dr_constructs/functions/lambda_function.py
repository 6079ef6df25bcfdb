"""What every function has: the same code, versions and their alias, a log group, a role, and the variables it reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cdktf import ITerraformDependable, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup
from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import DataAwsIamPolicyDocumentStatement
from cdktf_cdktf_provider_aws.lambda_alias import LambdaAlias
from cdktf_cdktf_provider_aws.lambda_function import (
    LambdaFunction,
    LambdaFunctionEnvironment,
    LambdaFunctionLoggingConfig,
    LambdaFunctionTracingConfig,
)
from constructs import Construct

from contract.environment import HANDLERS, VARIABLES, Function, Variable, metrics_namespace
from contract.names import regional_name
from contract.releases import DATA_FORMATS, LIVE_ALIAS
from dr_constructs.function_package import RUNTIME
from dr_constructs.policies import ServiceRole, allow
from dr_constructs.region import Region

ARCHITECTURE = "arm64"  # the code is pure Python, so the cheaper one serves


@dataclass(frozen=True)
class FunctionCode:
    """The zip as Terraform sees it: its path beside the synthesized JSON, and the hash that tells releases apart."""

    path: str
    hash: str


@dataclass(frozen=True)
class FunctionProfile:
    """What the functions of one region share: where they run, their code, and their size."""

    region: Region
    suffix: str
    code: FunctionCode
    memory_mb: int
    timeout_seconds: int
    log_retention_days: int


class RegionalFunction(Construct):
    """One function of one region, allowed what `statements` say and nothing else; it is made `after` what it needs.

    Whatever invokes it names `alias`. Every change of code or configuration publishes a version and leaves the alias
    where it is: `dr release` moves it.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        function: Function,
        profile: FunctionProfile,
        variables: Mapping[Variable, str],
        statements: Sequence[DataAwsIamPolicyDocumentStatement],
        after: Sequence[ITerraformDependable] = (),
        reserved_concurrency: int | None = None,
    ) -> None:
        super().__init__(scope, id_)
        missing = set(VARIABLES[function]) ^ set(variables)
        if missing:
            raise ValueError(f"`variables` of {function} must be the contract's, differing in {sorted(missing)}")
        name = regional_name(function, profile.region.name, profile.suffix)
        self.log_group = self._build_log_group(name, profile)
        role = self._build_role(name, profile, self.log_group, statements)
        self.function = self._build_function(
            name, function, profile, role, self.log_group, variables, after, reserved_concurrency
        )
        self.alias = self._build_alias(profile.region)

    def _build_log_group(self, name: str, profile: FunctionProfile) -> CloudwatchLogGroup:
        # Declared, and before the function, so that destroy leaves no orphan (FACTS 4.5).
        return CloudwatchLogGroup(
            self,
            "log-group",
            provider=profile.region.provider,
            name=f"/aws/lambda/{name}",
            retention_in_days=profile.log_retention_days,
        )

    def _build_role(
        self,
        name: str,
        profile: FunctionProfile,
        log_group: CloudwatchLogGroup,
        statements: Sequence[DataAwsIamPolicyDocumentStatement],
    ) -> ServiceRole:
        write_logs = allow(["logs:CreateLogStream", "logs:PutLogEvents"], [f"{log_group.arn}:*"])
        return ServiceRole(
            self,
            "role",
            region=profile.region,
            name=name,
            service="lambda.amazonaws.com",
            statements=[write_logs, *statements],
        )

    def _build_function(
        self,
        name: str,
        function: Function,
        profile: FunctionProfile,
        role: ServiceRole,
        log_group: CloudwatchLogGroup,
        variables: Mapping[Variable, str],
        after: Sequence[ITerraformDependable],
        reserved_concurrency: int | None,
    ) -> LambdaFunction:
        return LambdaFunction(
            self,
            "function",
            provider=profile.region.provider,
            function_name=name,
            role=role.role.arn,
            runtime=RUNTIME,
            architectures=[ARCHITECTURE],
            handler=HANDLERS[function],
            filename=profile.code.path,
            source_code_hash=profile.code.hash,
            publish=True,
            memory_size=profile.memory_mb,
            timeout=profile.timeout_seconds,
            reserved_concurrent_executions=reserved_concurrency,
            environment=LambdaFunctionEnvironment(
                variables={
                    Variable.SERVICE: function,
                    Variable.METRICS_NAMESPACE: metrics_namespace(profile.suffix),
                    Variable.LOG_LEVEL: "INFO",
                    Variable.DATA_FORMATS: DATA_FORMATS.text(),  # of the code beside it, so it is the version's
                    **{str(name): value for name, value in variables.items()},
                }
            ),
            logging_config=LambdaFunctionLoggingConfig(log_format="Text", log_group=log_group.name),
            tracing_config=LambdaFunctionTracingConfig(mode="PassThrough"),
            # The log group must be there before the first line, and the rights before the first call.
            depends_on=[log_group, role.policy, *after],
        )

    def _build_alias(self, region: Region) -> LambdaAlias:
        return LambdaAlias(
            self,
            "alias",
            provider=region.provider,
            name=LIVE_ALIAS,
            description="What traffic reaches; dr release moves it",
            function_name=self.function.function_name,
            function_version=self.function.version,
            # The first deployment points it at what it brought; moving it later, in both regions at once, is what a
            # plan must never do. Each move writes what it is for into the description.
            lifecycle=TerraformResourceLifecycle(ignore_changes=["description", "function_version", "routing_config"]),
        )
