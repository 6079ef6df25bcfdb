"""What the deployment tells its users: endpoints, health checks, alarms and the names of everything."""

from collections.abc import Callable, Mapping

from cdktf import TerraformOutput
from constructs import Construct

from contract.objectives import RECOVERY_TIME_SECONDS
from contract.outputs import ENDPOINT_URLS, CheckName, Output
from contract.roles import Role
from dr_constructs.dns.payments_domain import PaymentsDomain
from dr_constructs.monitoring.pair_monitoring import PairMonitoring
from dr_constructs.policies import OperatorRole
from dr_constructs.regional_service import RegionalService
from dr_constructs.regional_workers import RegionalWorkers
from dr_constructs.storage.control_table import ControlTable
from dr_constructs.storage.payments_table import PaymentsTable


class Outputs:
    """Declares the outputs on a stack; what exists once a region is a map from role to value.

    `values` holds them by name.
    """

    def __init__(
        self,
        stack: Construct,
        *,
        table: PaymentsTable,
        control_table: ControlTable,
        services: Mapping[Role, RegionalService],
        workers: Mapping[Role, RegionalWorkers],
        domain: PaymentsDomain | None,
        monitoring: PairMonitoring,
        operations_role: OperatorRole,
        release_role: OperatorRole,
        restore_role: OperatorRole | None,
        lag_threshold_seconds: int,
        kept_versions: int,
        log_retention_days: int,
    ) -> None:
        self._stack, self._services, self._workers = stack, services, workers
        self.values: dict[str, object] = {}
        self._declare(Output.TABLE_NAME, table.table.name, "The global table, the same name in both regions")
        self._declare(Output.CONTROL_TABLE_NAME, control_table.name, "The table that says who may store payments")
        self._declare(
            Output.WITNESS_REGION, control_table.witness_region, "The third region of the control table's quorum"
        )
        self._declare(
            Output.OPERATIONS_ROLE_ARN, operations_role.role.arn, "Assumed to move traffic, redrive and reconcile"
        )
        self._declare("release_role_arn", release_role.role.arn, "Assumed to release")
        if restore_role is not None:
            self._declare("restore_role_arn", restore_role.role.arn, "Assumed to put payments right")
        self._declare(Output.KEPT_VERSIONS, kept_versions, "So many versions of each function are kept")
        self._declare(Output.LOG_RETENTION_DAYS, log_retention_days, "So long CloudWatch keeps each log")
        self._declare(Output.ALARM_ARNS, monitoring.alarm_arns, "All alarms, by the region that evaluates them")
        self._declare(
            Output.REPLICATION_LAG_THRESHOLD_SECONDS,
            lag_threshold_seconds,
            "Slower replication between the tables alarms",
        )
        self._declare("dashboard_name", monitoring.dashboard.dashboard_name, "The CloudWatch dashboard over both")
        self._declare_endpoints()
        self._declare_names()
        if domain is not None:
            self._declare_domain(domain)

    def _declare_endpoints(self) -> None:
        for role, workers in self._workers.items():
            self._declare(ENDPOINT_URLS[role], workers.endpoints.own, f"The {role} region's API, whoever serves")
        self._declare_each(
            Output.EXECUTE_API_URLS, lambda service: service.api.invoke_url, "The APIs by AWS's own names"
        )
        urls = {
            role: service.function_url.function_url.function_url
            for role, service in self._services.items()
            if service.function_url
        }
        if urls:
            self._declare(Output.FUNCTION_URLS, urls, "The payment functions without the API Gateway")

    def _declare_names(self) -> None:
        self._declare_each(Output.REGIONS, lambda service: service.region.name, "Which region has which role")
        self._declare_each(
            Output.BUCKET_NAMES, lambda service: service.bucket.bucket.bucket, "Logs, receipts and backups"
        )
        self._declare_each(Output.RETRY_QUEUE_URLS, lambda service: service.queues.retry.url, "Payments to be retried")
        self._declare_each(
            Output.DEAD_LETTER_QUEUE_URLS, lambda service: service.queues.dead_letters.url, "Given up on"
        )
        self._declare_each(
            Output.STREAM_FAILURE_QUEUE_URLS,
            lambda service: service.queues.stream_failures.url,
            "Stream batches that could not be logged",
        )
        self._declare_each("queue_names", lambda service: service.queues.names, "The queues of each region")
        self._declare_each("alarm_topic_arns", lambda service: service.topic.topic.arn, "Where alarms are heard")
        functions = {
            role: {function: each.function.function_name for function, each in workers.functions.items()}
            for role, workers in self._workers.items()
        }
        self._declare(Output.FUNCTION_NAMES, functions, "The functions of each region")
        self._declare_each(Output.REST_API_IDS, lambda service: service.api.rest_api.id, "The API of each region")
        canaries = {role: workers.canary_stores.table.name for role, workers in self._workers.items()}
        self._declare(Output.CANARY_TABLE_NAMES, canaries, "Where canary payments go")
        failures = {role: workers.backups.failures.name for role, workers in self._workers.items()}
        self._declare("backup_failure_queue_names", failures, "Daily exports that were given up, with the reason")

    def _declare_domain(self, domain: PaymentsDomain) -> None:
        health = domain.health_checks
        self._declare(
            Output.FAILOVER_ENDPOINT_URL, domain.failover_endpoint, "The API: leads to the region that serves"
        )
        ids = {name: check.id for name, check in {**health.endpoint_checks, CheckName.SERVING: health.serving}.items()}
        self._declare(Output.HEALTH_CHECK_IDS, ids, "Route 53's health checks; `serving` decides what DNS answers")
        urls = {name: health.url(check) for name, check in health.endpoint_checks.items()}
        self._declare("health_check_urls", urls, "What the health checks ask for")
        bounds = health.failover_bounds
        seconds = {
            "endpoint_lost": bounds.endpoint_lost,
            "not_owner": bounds.not_owner,
            "target": RECOVERY_TIME_SECONDS,
        }
        self._declare(
            "failover_seconds",
            seconds,
            "From a failure to a DNS client's next payment, at most: the primary's endpoint is gone; the primary lives "
            "and does not own the writer, or a serving standby is gone; the RTO",
        )
        if domain.zone.name_servers is not None:
            self._declare("zone_name_servers", domain.zone.name_servers, "Delegate the domain to these")

    def _declare_each(self, name: str, value: Callable[[RegionalService], object], description: str) -> None:
        self._declare(name, {role: value(service) for role, service in self._services.items()}, description)

    def _declare(self, name: str, value: object, description: str) -> None:
        self.values[name] = value
        # Declared on the stack itself, so that the output's name is exactly this one.
        TerraformOutput(self._stack, name, value=value, description=description)
