"""The stack: creates the two providers and wires the constructs; everything else is theirs."""

from cdktf import AssetType, S3Backend, TerraformAsset, TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags
from constructs import Construct

from contract.names import PROJECT, global_name, resource_tags
from contract.roles import Role
from dr_constructs.audit.stranger_rule import StrangerRule
from dr_constructs.audit.trail import DataEventTrail
from dr_constructs.dns.payments_domain import PaymentsDomain
from dr_constructs.earlier_stacks import forgotten_resources
from dr_constructs.fixed_settings import FixedSettings
from dr_constructs.function_package import FunctionPackage
from dr_constructs.functions.lambda_function import FunctionCode, FunctionProfile
from dr_constructs.monitoring.pair_monitoring import PairMonitoring
from dr_constructs.operations_role import OperatedRegion, OperationsPermissions
from dr_constructs.outputs import Outputs
from dr_constructs.policies import OperatorRole, OperatorTrust, bound_roles
from dr_constructs.region import Region
from dr_constructs.regional_service import RegionalService
from dr_constructs.regional_workers import BaseUrls, RegionalWorkers
from dr_constructs.release_role import ReleasedRegion, ReleasePermissions
from dr_constructs.restore_role import RestoredRegion, RestorePermissions
from dr_constructs.settings import Settings
from dr_constructs.storage.bucket_replication import BucketReplication
from dr_constructs.storage.control_table import ControlTable
from dr_constructs.storage.copy_healing import CopyHealing
from dr_constructs.storage.operations_site import OperationsSite
from dr_constructs.storage.payments_table import PaymentsTable

TERRAFORM_VERSION = ">= 1.11.0"


class PaymentsStack(TerraformStack):
    """A payment API in two regions, with everything that a failover between them needs."""

    def __init__(self, scope: Construct, id_: str, *, settings: Settings, package: FunctionPackage) -> None:
        super().__init__(scope, id_)
        self._settings = settings
        self._build_backend()
        # Without it an older Terraform fails late, at the first write-only argument (FACTS 7.2).
        self.add_override("terraform.required_version", TERRAFORM_VERSION)
        regions = {
            Role.PRIMARY: self._build_region(Role.PRIMARY, settings.primary_region),
            Role.STANDBY: self._build_region(Role.STANDBY, settings.standby_region),
        }
        FixedSettings(
            self,
            "fixed-regions",
            values={name: getattr(settings, name) for name in ("primary_region", "standby_region", "witness_region")},
            # Else another region's resources are made and the old ones are left behind, with schedules that run on.
            remedy="To change a region, destroy and deploy (docs/deploying.md).",
        )
        self._table = PaymentsTable(
            self,
            "table",
            primary=regions[Role.PRIMARY],
            standby=regions[Role.STANDBY],
            suffix=settings.environment_suffix,
            protected=settings.protected,
        )
        self._control_table = ControlTable(
            self,
            "control-table",
            primary=regions[Role.PRIMARY],
            standby=regions[Role.STANDBY],
            witness_region=settings.witness_region,
            suffix=settings.environment_suffix,
            protected=settings.protected,
        )
        code = self._build_code(package)
        self._services = {role: self._build_service(region, code) for role, region in regions.items()}
        self._domain = self._build_domain()
        self._workers = {
            Role.PRIMARY: self._build_workers(Role.PRIMARY, peer=Role.STANDBY),
            Role.STANDBY: self._build_workers(Role.STANDBY, peer=Role.PRIMARY),
        }
        self._build_replication(source=Role.PRIMARY, destination=Role.STANDBY)
        self._build_replication(source=Role.STANDBY, destination=Role.PRIMARY)
        self._healing = {role: self._build_healing(service) for role, service in self._services.items()}
        if settings.audit_trail:
            self._build_audit_trail()
        monitoring = self._build_monitoring()
        operators = self._settings.operator_principal_arns
        operations_role = self._build_operator_role(
            "operations",
            OperatorTrust(
                operators,
                mfa=self._settings.operations_require_mfa,
                source_identity=self._settings.operations_require_source_identity,
            ),
        )
        # Pipelines assume it, and they have neither MFA nor a source identity.
        release_role = self._build_operator_role("release", OperatorTrust(operators))
        restore_role = self._build_restore_role()
        outputs = Outputs(
            self,
            table=self._table,
            control_table=self._control_table,
            services=self._services,
            workers=self._workers,
            domain=self._domain,
            monitoring=monitoring,
            operations_role=operations_role,
            release_role=release_role,
            restore_role=restore_role,
            lag_threshold_seconds=self._settings.replication_lag_threshold_seconds,
            kept_versions=self._settings.kept_versions,
            log_retention_days=self._settings.log_retention_days,
        )
        site = OperationsSite(
            self,
            "operations-site",
            regions=regions,
            suffix=settings.environment_suffix,
            outputs=outputs.values,
            alarm_names=monitoring.alarm_names,
        )
        self._build_operations_permissions(operations_role, site)
        self._build_release_permissions(release_role, site)
        if restore_role is not None:
            self._build_restore_permissions(restore_role, site)
        self.add_override("removed", forgotten_resources(settings))  # cdktf has no class for these blocks
        if settings.permissions_boundary_arn:
            bound_roles(self, settings.permissions_boundary_arn)

    def _build_backend(self) -> None:
        # Without a bucket Terraform keeps its state in a local file, which is cdktf's default.
        if self._settings.state_bucket and self._settings.state_region:
            S3Backend(
                self,
                bucket=self._settings.state_bucket,
                region=self._settings.state_region,
                key=f"{PROJECT}/{self._settings.environment_suffix}.tfstate",
                encrypt=True,
            )
            # S3's own locks (FACTS 9.2); cdktf's class is older than the argument.
            self.add_override("terraform.backend.s3.use_lockfile", True)  # noqa: FBT003 — the value is positional

    def _build_audit_trail(self) -> None:
        """Build the trail in a third region, which is the control table's: it outlives either of the two."""
        name, suffix = self._settings.witness_region, self._settings.environment_suffix
        provider = AwsProvider(
            self,
            "audit-provider",
            alias="audit",
            region=name,
            default_tags=[AwsProviderDefaultTags(tags=resource_tags(name, "audit", suffix))],
            sts_region=self._settings.sts_region,
            s3_use_path_style=True if self._settings.s3_use_path_style else None,
        )
        DataEventTrail(
            self,
            "audit-trail",
            provider=provider,
            region_name=name,
            suffix=suffix,
            account_id=self._services[Role.STANDBY].topic.topic.owner,
            control_table_arns=[service.control.arn for service in self._services.values()],
            bucket_arns=[service.bucket.bucket.arn for service in self._services.values()],
            expiration_days=self._settings.log_expiration_days,
            protected=self._settings.protected,
        )
        for role, service in self._services.items():
            StrangerRule(
                self,
                f"{role}-stranger",
                region=service.region,
                region_names={each: one.region.name for each, one in self._services.items()},
                suffix=suffix,
                topic=service.topic,
                control_table_name=service.control.name,
            )

    def _build_region(self, role: Role, name: str) -> Region:
        tags = resource_tags(name, role, self._settings.environment_suffix)
        provider = AwsProvider(
            self,
            f"{role}-provider",
            alias=role,
            region=name,
            default_tags=[AwsProviderDefaultTags(tags=tags)],
            # Where credentials are checked: else each provider asks its own region, which may be gone.
            sts_region=self._settings.sts_region,
            # An emulator has no host name for each bucket (FACTS 11.7).
            s3_use_path_style=True if self._settings.s3_use_path_style else None,
        )
        return Region(name, role, provider)

    def _build_code(self, package: FunctionPackage) -> FunctionCode:
        # An asset is copied beside the JSON, so that the plan knows no path of the machine it was made on.
        asset = TerraformAsset(
            self, "functions", path=str(package.path), type=AssetType.FILE, asset_hash=package.digest
        )
        return FunctionCode(path=asset.path, hash=package.sha256_base64)

    def _build_service(self, region: Region, code: FunctionCode) -> RegionalService:
        profile = FunctionProfile(
            region=region,
            suffix=self._settings.environment_suffix,
            code=code,
            memory_mb=self._settings.function_memory_mb,
            timeout_seconds=self._settings.function_timeout_seconds,
            log_retention_days=self._settings.log_retention_days,
        )
        return RegionalService(
            self,
            region.role,
            settings=self._settings,
            profile=profile,
            table=self._table,
            control_table=self._control_table,
        )

    def _build_domain(self) -> PaymentsDomain | None:
        if self._settings.domain_name is None:
            return None
        return PaymentsDomain(
            self,
            "domain",
            domain_name=self._settings.domain_name,
            settings=self._settings,
            primary=self._services[Role.PRIMARY],
            standby=self._services[Role.STANDBY],
        )

    def _build_workers(self, role: Role, *, peer: Role) -> RegionalWorkers:
        return RegionalWorkers(
            self,
            f"{role}-workers",
            settings=self._settings,
            service=self._services[role],
            peer=self._services[peer],
            table=self._table,
            endpoints=BaseUrls(
                own=self._endpoint(role),
                peer=self._endpoint(peer),
                failover=self._domain.failover_endpoint if self._domain else None,
            ),
        )

    def _endpoint(self, role: Role) -> str:
        service = self._services[role]
        return self._domain.regional_endpoint(service) if self._domain else service.api.invoke_url

    def _build_replication(self, *, source: Role, destination: Role) -> None:
        BucketReplication(
            self,
            f"{source}-replication",
            source=self._services[source].bucket,
            destination=self._services[destination].bucket,
            suffix=self._settings.environment_suffix,
        )

    def _build_healing(self, service: RegionalService) -> CopyHealing:
        return CopyHealing(
            self,
            f"{service.region.role}-copy-healing",
            source=service.bucket,
            suffix=self._settings.environment_suffix,
        )

    def _build_monitoring(self) -> PairMonitoring:
        return PairMonitoring(
            self,
            "monitoring",
            settings=self._settings,
            table=self._table,
            services=self._services,
            workers=self._workers,
            domain=self._domain,
        )

    def _build_restore_role(self) -> OperatorRole | None:
        # It can overwrite payments, so it exists only where people are named for it.
        principals = self._settings.restore_principal_arns
        return self._build_operator_role("restore", OperatorTrust(principals)) if principals else None

    def _build_operator_role(self, kind: str, trusted: OperatorTrust) -> OperatorRole:
        standby = self._services[Role.STANDBY]
        return OperatorRole(
            self,
            kind,
            # The standby's provider: the roles are for the day on which the primary is gone.
            region=standby.region,
            name=global_name(f"dr-{kind}", self._settings.environment_suffix),
            account_id=standby.topic.topic.owner,
            trusted=trusted,
        )

    def _build_operations_permissions(self, role: OperatorRole, site: OperationsSite) -> None:
        standby = self._services[Role.STANDBY]
        checks = self._domain.health_checks if self._domain else None
        OperationsPermissions(
            self,
            "operations-permissions",
            region=standby.region,
            role=role,
            account_id=standby.topic.topic.owner,
            table=self._table,
            regions=[
                OperatedRegion(
                    region=service.region,
                    control=service.control,
                    queues=service.queues,
                    bucket=service.bucket,
                    site=site.parameters[place],
                    functions=list(self._workers[place].functions.values()),
                    schedules=self._workers[place].schedules,
                    stage=service.api.stage,
                    topic=service.topic.topic,
                    healing=self._healing[place],
                )
                for place, service in self._services.items()
            ],
            health_checks=[*checks.endpoint_checks.values(), checks.serving] if checks else [],
        )

    def _build_release_permissions(self, role: OperatorRole, site: OperationsSite) -> None:
        standby = self._services[Role.STANDBY]
        ReleasePermissions(
            self,
            "release-permissions",
            region=standby.region,
            role=role,
            account_id=standby.topic.topic.owner,
            regions=[
                ReleasedRegion(service, self._workers[place], site.parameters[place])
                for place, service in self._services.items()
            ],
        )

    def _build_restore_permissions(self, role: OperatorRole, site: OperationsSite) -> None:
        standby = self._services[Role.STANDBY]
        RestorePermissions(
            self,
            "restore-permissions",
            region=standby.region,
            role=role,
            account_id=standby.topic.topic.owner,
            suffix=self._settings.environment_suffix,
            table=self._table,
            regions=[RestoredRegion(service, site.parameters[place]) for place, service in self._services.items()],
        )
