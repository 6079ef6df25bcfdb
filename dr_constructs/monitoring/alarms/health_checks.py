"""Alarms on the Route 53 health checks; they can only live in us-east-1 (FACTS 2.6)."""

from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from constructs import Construct

from dr_constructs.monitoring.alarms.group import AlarmGroup, Comparison, Condition, MissingData
from dr_constructs.monitoring.watched import MonitoredChecks, health_check_metric
from dr_constructs.region import Region

# Route 53 publishes every minute, healthy or not: silence means that nobody knows. One bad minute is enough, since DNS
# has moved by then.
_UNHEALTHY = Condition("Minimum", Comparison.BELOW, 1, MissingData.BREACHING)


class HealthCheckAlarms(AlarmGroup):
    """Watches both endpoints and the calculated check that the failover record follows.

    When us-east-1 is lost, these alarms are lost with it; `heartbeat-age` in the other region is the second alert path.
    """

    def __init__(
        self, scope: Construct, id_: str, *, region: Region, checks: MonitoredChecks, suffix: str, topic: SnsTopic
    ) -> None:
        super().__init__(scope, id_, region=region, suffix=suffix, topic=topic)
        self._alarm(
            "health-primary",
            health_check_metric(checks.primary),
            _UNHEALTHY,
            means="Route 53 finds the primary's /health failing: DNS answers with the standby within about a minute.",
            look_first="whether payments arrive in the standby (dashboard), then the primary's API and table.",
        )
        self._alarm(
            "health-standby",
            health_check_metric(checks.standby),
            _UNHEALTHY,
            means="The standby's /health fails: there is nowhere to fail over to.",
            look_first="the standby's API, payment-api function and table; fence nothing until this is green.",
        )
        self._alarm(
            "health-failover",
            health_check_metric(checks.serving),
            _UNHEALTHY,
            means="DNS answers with the standby: the primary is unhealthy, or it has been fenced.",
            look_first="alarm health-primary: red means an outage, green means that the primary is fenced, by an "
            "operator or by the standby's sentinel (alarm automatic-takeover).",
        )
