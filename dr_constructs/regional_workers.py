"""What works behind one region's API: parameters, retries, transaction logs and the ticker."""

from collections.abc import Mapping
from dataclasses import dataclass

from cdktf_cdktf_provider_aws.lambda_function import LambdaFunction
from constructs import Construct

from contract.environment import Function
from dr_constructs.functions.retry_worker import RetryWorkerFunction
from dr_constructs.functions.ticker import TickerFunction
from dr_constructs.functions.transaction_log import TransactionLogWriter
from dr_constructs.regional_service import RegionalService
from dr_constructs.settings import Settings
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
        )
        self.schedules = [ticker.schedule]
        self.functions: Mapping[Function, LambdaFunction] = {
            Function.PAYMENT_API: service.function,
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
            ).function,
            Function.TRANSACTION_LOG: TransactionLogWriter(
                self,
                "transaction-log",
                profile=profile,
                table=table,
                bucket=service.bucket,
                failures=service.queues.stream_failures,
                receipts=settings.payment_receipts,
            ).function,
            Function.TICKER: ticker.function,
        }
