"""Alarms in both regions, those on health checks where they can be, and one dashboard over all of it."""

from collections.abc import Mapping

from constructs import Construct

from contract.environment import Function, metrics_namespace
from contract.roles import Role
from dr_constructs.aws_limits import ROUTE_53_REGION
from dr_constructs.dns.payments_domain import PaymentsDomain
from dr_constructs.monitoring.alarms import RegionalAlarms
from dr_constructs.monitoring.alarms.health_checks import HealthCheckAlarms
from dr_constructs.monitoring.dashboard import Dashboard
from dr_constructs.monitoring.watched import MonitoredChecks, MonitoredRegion
from dr_constructs.regional_service import RegionalService
from dr_constructs.regional_workers import RegionalWorkers
from dr_constructs.settings import Settings
from dr_constructs.storage.payments_table import PaymentsTable


class PairMonitoring(Construct):
    """Watches both regions, each from inside, and each one's replication towards the other."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        settings: Settings,
        table: PaymentsTable,
        services: Mapping[Role, RegionalService],
        workers: Mapping[Role, RegionalWorkers],
        domain: PaymentsDomain | None,
    ) -> None:
        super().__init__(scope, id_)
        self._settings, self._services = settings, services
        monitored = {role: _monitored(table, services[role], workers[role], domain) for role in Role}
        alarms = {
            services[Role.PRIMARY].region.name: self._build_alarms(monitored[Role.PRIMARY], monitored[Role.STANDBY]),
            services[Role.STANDBY].region.name: self._build_alarms(monitored[Role.STANDBY], monitored[Role.PRIMARY]),
        }
        self.alarm_arns = {region: regional.arns for region, regional in alarms.items()}
        self.alarm_names = {region: regional.names for region, regional in alarms.items()}
        checks = None
        if domain is not None:
            health = domain.health_checks
            checks = MonitoredChecks(
                primary_writer=health.primary_writer, standby_health=health.standby_health, serving=health.serving
            )
            on_checks = self._build_health_check_alarms(checks)
            self.alarm_arns[ROUTE_53_REGION] += on_checks.arns
            self.alarm_names[ROUTE_53_REGION] += on_checks.names
        self.dashboard = Dashboard(
            self,
            "dashboard",
            region=services[Role.STANDBY].region,
            suffix=settings.environment_suffix,
            primary=monitored[Role.PRIMARY],
            standby=monitored[Role.STANDBY],
            alarm_arns={f"Alarms in {region}": arns for region, arns in self.alarm_arns.items()},
            lag_threshold_seconds=settings.replication_lag_threshold_seconds,
            health_checks=checks,
        ).dashboard

    def _build_alarms(self, monitored: MonitoredRegion, peer: MonitoredRegion) -> RegionalAlarms:
        role = monitored.region.role
        return RegionalAlarms(
            self,
            role,
            monitored=monitored,
            peer=peer,
            suffix=self._settings.environment_suffix,
            topic=self._services[role].topic.topic,
            lag_threshold_seconds=self._settings.replication_lag_threshold_seconds,
            quiet_minutes=self._settings.quiet_minutes,
        )

    def _build_health_check_alarms(self, checks: MonitoredChecks) -> HealthCheckAlarms:
        # The settings see to it that one of the two regions is this one.
        service = next(each for each in self._services.values() if each.region.name == ROUTE_53_REGION)
        return HealthCheckAlarms(
            self,
            "health-checks",
            region=service.region,
            checks=checks,
            suffix=self._settings.environment_suffix,
            topic=service.topic.topic,
        )


def _monitored(
    table: PaymentsTable, service: RegionalService, workers: RegionalWorkers, domain: PaymentsDomain | None
) -> MonitoredRegion:
    return MonitoredRegion(
        region=service.region,
        metrics_namespace=metrics_namespace(service.profile.suffix),
        table=table.table,
        # Whether a canary fails is for `dr release` to judge.
        functions={
            name: each.function for name, each in workers.functions.items() if name is not Function.PAYMENT_CANARY
        },
        rest_api=service.api.rest_api,
        stage=service.api.stage,
        retry_queue=service.queues.retry,
        dead_letter_queue=service.queues.dead_letters,
        stream_failures_queue=service.queues.stream_failures,
        bucket=service.bucket.bucket,
        topic=service.topic.topic,
        control_table_name=service.control.name,
        certificate=domain.certificates[service.region.role] if domain else None,
    )
