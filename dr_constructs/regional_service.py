"""What one region needs to take payments on its own: queues, a bucket, the API and the functions behind it."""

from dataclasses import replace

from constructs import Construct

from contract.environment import Function
from contract.names import regional_name
from dr_constructs.api.api_gateway_logging import ApiGatewayLogging
from dr_constructs.api.function_url import FunctionUrl
from dr_constructs.api.payment_api import PaymentApi
from dr_constructs.api.web_acl import WebAcl
from dr_constructs.audit.stranger_rule import STRANGER_RULE
from dr_constructs.functions.lambda_function import FunctionProfile, RegionalFunction
from dr_constructs.functions.payment_api import PaymentApiFunction, PaymentStores
from dr_constructs.functions.probes import ProbesFunction
from dr_constructs.monitoring.notifications import AlarmTopic
from dr_constructs.release_targets import ReleaseTarget
from dr_constructs.settings import Settings
from dr_constructs.storage.control_table import ControlTable
from dr_constructs.storage.payments_bucket import PaymentsBucket
from dr_constructs.storage.payments_table import PaymentsTable
from dr_constructs.storage.queues import PaymentQueues


class RegionalService(Construct):
    """Takes payments in one region; knows its peer by name only."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: Settings,
        profile: FunctionProfile,
        table: PaymentsTable,
        control_table: ControlTable,
    ) -> None:
        super().__init__(scope, id_)
        stranger = regional_name(STRANGER_RULE, profile.region.name, profile.suffix)
        self.topic = AlarmTopic(
            self,
            "alarms",
            region=profile.region,
            suffix=profile.suffix,
            emails=settings.alarm_emails,
            https_endpoints=settings.alarm_https_endpoints,
            event_rule=stranger if settings.audit_trail else None,
        )
        # The topic's own attribute tells the account, so that no data source needs the region to be up (FACTS 9.1).
        self.region = replace(profile.region, account_id=self.topic.topic.owner)
        self.profile = profile = replace(profile, region=self.region)
        self.control = control_table.replica(self.region, account_id=self.topic.topic.owner)
        self.queues = PaymentQueues(
            self,
            "queues",
            region=self.region,
            suffix=profile.suffix,
            function_timeout_seconds=profile.timeout_seconds,
        )
        self.bucket = self._build_bucket(settings)
        self.function = self._build_function(settings, table)
        self.probes = ProbesFunction(
            self,
            "probes",
            profile=profile,
            table=table,
            control=self.control,
            primary_region=settings.primary_region,
            standby_region=settings.standby_region,
        ).function
        self.api = self._build_api(settings)
        if settings.waf:
            WebAcl(self, "waf", region=self.region, suffix=self.profile.suffix, stage=self.api.stage)
        self.function_url = self._build_function_url(settings)

    @property
    def release_target(self) -> ReleaseTarget:
        """What a release moves in this region."""
        return ReleaseTarget(self.region, self.topic.topic.owner, self.profile.suffix, self.api)

    def _build_bucket(self, settings: Settings) -> PaymentsBucket:
        return PaymentsBucket(
            self,
            "bucket",
            region=self.region,
            suffix=self.profile.suffix,
            log_archive_days=settings.log_archive_days,
            log_expiration_days=settings.log_expiration_days,
            backup_expiration_days=settings.backup_expiration_days,
            noncurrent_version_expiration_days=settings.noncurrent_version_expiration_days,
            locked_days=settings.object_lock_days if settings.protected else None,
        )

    def _build_function(self, settings: Settings, table: PaymentsTable) -> RegionalFunction:
        return PaymentApiFunction(
            self,
            "payment-api",
            profile=self.profile,
            stores=PaymentStores(
                table_name=table.table.name,
                table_arn=table.arn(self.region),
                control_name=self.control.name,
                control_arn=self.control.arn,
                queue=self.queues.retry,
                after=[self.control.table],
            ),
            primary_region=settings.primary_region,
            standby_region=settings.standby_region,
            allow_card_numbers=settings.allow_card_numbers,
            reserved_concurrency=settings.function_reserved_concurrency,
        ).function

    def _build_api(self, settings: Settings) -> PaymentApi:
        logging = None
        if settings.manage_api_gateway_logging_role:
            logging = ApiGatewayLogging(self, "api-logging", region=self.region, suffix=self.profile.suffix)
        return PaymentApi(
            self,
            "api",
            region=self.region,
            suffix=self.profile.suffix,
            aliases={Function.PAYMENT_API: self.function.alias, Function.PROBES: self.probes.alias},
            authorization=settings.authorization,
            rate_limit=settings.api_rate_limit,
            burst_limit=settings.api_burst_limit,
            log_retention_days=settings.log_retention_days,
            logging=logging,
            payer_principal_arns=settings.payer_principal_arns,
        )

    def _build_function_url(self, settings: Settings) -> FunctionUrl | None:
        if not settings.function_urls:
            return None
        return FunctionUrl(
            self, "url", region=self.region, alias=self.function.alias, authorization=settings.authorization
        )
