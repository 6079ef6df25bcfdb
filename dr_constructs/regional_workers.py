"""What works behind one region's API: parameters, retries, logs, backups, the ticker and the canary."""

from collections.abc import Mapping
from dataclasses import dataclass

from constructs import Construct

from contract.environment import Function
from dr_constructs.functions.lambda_function import RegionalFunction
from dr_constructs.functions.payment_api import PaymentApiFunction, PaymentStores
from dr_constructs.functions.readiness_check import ReadinessCheckFunction
from dr_constructs.functions.retry_worker import RetryWorkerFunction
from dr_constructs.functions.ticker import TickerFunction
from dr_constructs.functions.transaction_log import TransactionLogWriter
from dr_constructs.regional_service import RegionalService
from dr_constructs.settings import Settings
from dr_constructs.storage.backups import DailyBackups
from dr_constructs.storage.canary_stores import CanaryStores
from dr_constructs.storage.parameters import RegionParameters
from dr_constructs.storage.payments_table import PaymentsTable


@dataclass(frozen=True)
class BaseUrls:
    """Base URLs as one region sees them; `failover` is None without a domain."""

    own: str
    peer: str
    failover: str | None


class RegionalWorkers(Construct):
    """Completes one region once the peer's endpoint and queues are known."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: Settings,
        service: RegionalService,
        peer: RegionalService,
        table: PaymentsTable,
        endpoints: BaseUrls,
    ) -> None:
        super().__init__(scope, id_)
        profile = service.profile
        self.endpoints = endpoints
        self.parameters = RegionParameters(
            self,
            "parameters",
            region=service.region,
            suffix=profile.suffix,
            own_endpoint=endpoints.own,
            peer_endpoint=endpoints.peer,
            failover_endpoint=endpoints.failover,
            table_name=table.table.name,
        )
        ticker = TickerFunction(
            self,
            "ticker",
            profile=profile,
            table=table,
            control=service.control,
            primary_region=settings.primary_region,
            standby_region=settings.standby_region,
            parameters=self.parameters,
            targets=sorted([service.release_target, peer.release_target], key=lambda target: target.region.role),
        )
        self.canary_stores = CanaryStores(self, "canary-stores", region=service.region, suffix=profile.suffix)
        self.backups = DailyBackups(
            self,
            "backups",
            region=service.region,
            suffix=profile.suffix,
            bucket=service.bucket,
            tables={"payments": table.arn(service.region), "control": service.control.arn},
            after=[service.control.table],
        )
        readiness = ReadinessCheckFunction(
            self,
            "readiness",
            profile=profile,
            table=table,
            control=service.control,
            primary_region=settings.primary_region,
            standby_region=settings.standby_region,
            queues=service.queues,
            bucket=service.bucket,
        )
        self.schedules = [ticker.schedule, readiness.schedule]
        self.functions: Mapping[Function, RegionalFunction] = {
            Function.PAYMENT_API: service.function,
            Function.PROBES: service.probes,
            Function.PAYMENT_CANARY: self._build_canary(settings, service),
            Function.RETRY_WORKER: RetryWorkerFunction(
                self,
                "retry-worker",
                profile=profile,
                table=table,
                control=service.control,
                primary_region=settings.primary_region,
                standby_region=settings.standby_region,
                queues=service.queues,
                peer_retry_queue=peer.queues.retry,
                connection_string=self.parameters.connection_string,
                maximum_concurrency=settings.retry_executions,
            ).function,
            Function.TRANSACTION_LOG: TransactionLogWriter(
                self,
                "transaction-log",
                profile=profile,
                table=table,
                bucket=service.bucket,
                primary_region=settings.primary_region,
                standby_region=settings.standby_region,
                failures=service.queues.stream_failures,
                receipts=settings.payment_receipts,
            ).function,
            Function.TICKER: ticker.function,
            Function.READINESS_CHECK: readiness.function,
        }

    def _build_canary(self, settings: Settings, service: RegionalService) -> RegionalFunction:
        stores = self.canary_stores
        return PaymentApiFunction(
            self,
            "payment-canary",
            function=Function.PAYMENT_CANARY,
            profile=service.profile,
            stores=PaymentStores(
                table_name=stores.table.name,
                table_arn=stores.table.arn,
                control_name=stores.table.name,
                control_arn=stores.table.arn,
                queue=stores.queue,
                after=[stores.writer],
            ),
            primary_region=settings.primary_region,
            standby_region=settings.standby_region,
            allow_card_numbers=settings.allow_card_numbers,
        ).function
