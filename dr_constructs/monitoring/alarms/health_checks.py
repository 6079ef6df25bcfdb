"""Alarms on the Route 53 health checks; they can only live in us-east-1 (FACTS 2.6)."""

from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from constructs import Construct

from dr_constructs.monitoring.alarms.group import AlarmGroup, Condition, MissingData, ThresholdComparison
from dr_constructs.monitoring.watched import MonitoredChecks, health_check_metric
from dr_constructs.region import Region

# Route 53 publishes every minute, healthy or not: silence means that nobody knows. One bad minute is enough, since DNS
# has moved by then.
_UNHEALTHY = Condition("Minimum", ThresholdComparison.BELOW, 1, MissingData.BREACHING)


class HealthCheckAlarms(AlarmGroup):
    """Watches the primary's ownership, the standby's health and the calculated check that the failover record follows.

    When us-east-1 is lost, these alarms are lost with it; `heartbeat-age` in the other region is the second alert path.
    """

    def __init__(
        self, scope: Construct, id_: str, *, region: Region, checks: MonitoredChecks, suffix: str, topic: SnsTopic
    ) -> None:
        super().__init__(scope, id_, region=region, suffix=suffix, topic=topic)
        self._alarm(
            "health-primary",
            health_check_metric(checks.primary_writer),
            _UNHEALTHY,
            means="The primary does not say that it owns the writer, or says nothing: DNS answers with the standby "
            "within about a minute.",
            look_first="who owns the writer (`dr status`). The standby: see alarm automatic-takeover. The primary: its "
            "API is out of reach.",
        )
        self._alarm(
            "health-standby",
            health_check_metric(checks.standby_health),
            _UNHEALTHY,
            means="The standby's /health fails: there is nowhere to fail over to.",
            look_first="the standby's API, payment-api function and tables; start no switchover until this is green.",
        )
        self._alarm(
            "health-failover",
            health_check_metric(checks.serving),
            _UNHEALTHY,
            means="DNS answers with the standby: it owns the writer, or the primary does not say that it does.",
            look_first="who owns the writer (`dr status`), and whether an operator moved it or a ticker (alarm "
            "automatic-takeover).",
        )
