"""Alarms on states that no failing request shows: no region is fit, a release hangs, nobody pays or is notified."""

from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from constructs import Construct

from contract.environment import Function, Metric
from dr_constructs.functions.readiness_check import CHECK_MINUTES
from dr_constructs.monitoring.alarms.group import AlarmGroup, Condition, MissingData, ThresholdComparison
from dr_constructs.monitoring.watched import MonitoredRegion

RELEASE_HOURS = 4
"""A release with the usual shares and bake time takes one: its alarm is late rather than a part of every release."""

_CHECKS = 3
"""Runs of the readiness check that must fail one after the other: a switchover under way fails one."""


class QuietAlarms(AlarmGroup):
    """Watches what one region's ticker and readiness check say of both, and whether anybody pays or hears of alarms."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        monitored: MonitoredRegion,
        suffix: str,
        topic: SnsTopic,
        quiet_minutes: int | None,
    ) -> None:
        super().__init__(scope, id_, region=monitored.region, suffix=suffix, topic=topic)
        self._build_fitness(monitored)
        self._build_releases(monitored)
        if quiet_minutes is not None:
            self._build_payments(monitored, quiet_minutes)
        self._alarm(
            "notifications-failed",
            monitored.notifications_failed,
            # Published only while something is delivered; mails are not counted once a mail server has taken them.
            Condition("Sum", ThresholdComparison.AT_LEAST, 1, MissingData.NOT_BREACHING, periods=5, datapoints=1),
            means=f"A subscriber of the alarm topic in {monitored.region.name} did not take an alarm.",
            look_first="the endpoints in `alarm_https_endpoints`; the alarm itself is in CloudWatch, and the others "
            "were told.",
        )

    def _build_fitness(self, monitored: MonitoredRegion) -> None:
        name = monitored.region.name
        self._alarm(
            "no-region-fit",
            monitored.business_metric(Function.TICKER, Metric.NO_REGION_FIT),
            # The lowest of each minute, as of `region-unfit`; the ticker's silence is `heartbeat-age`'s.
            Condition("Minimum", ThresholdComparison.AT_LEAST, 1, MissingData.KEEPS_STATE, periods=2),
            means=f"Neither region could take payments now, as {name} sees it: its own /health fails, and its peer "
            f"does not prove its fitness. Nobody takes over.",
            look_first="`dr status`; repair the region that owns the writer first, it serves again at once.",
        )
        self._alarm(
            "readiness-failed",
            monitored.business_metric(Function.READINESS_CHECK, Metric.READINESS_FAILED),
            # Published by every run, as 0 in the region that serves: without it nobody has looked.
            Condition(
                "Maximum",
                ThresholdComparison.AT_LEAST,
                1,
                MissingData.BREACHING,
                period_seconds=60 * CHECK_MINUTES,
                periods=_CHECKS,
            ),
            means=f"{name} might not be able to take over, or its readiness check has not run for "
            f"{CHECK_MINUTES * _CHECKS} minutes.",
            look_first="lines `not ready` in the log of readiness, then `dr readiness`.",
        )

    def _build_releases(self, monitored: MonitoredRegion) -> None:
        self._alarm(
            "release-long",
            monitored.business_metric(Function.TICKER, Metric.RELEASE_RUNNING),
            Condition("Maximum", ThresholdComparison.ABOVE, RELEASE_HOURS * 3600, MissingData.KEEPS_STATE),
            means=f"A release has been under way for more than {RELEASE_HOURS} hours: both regions run two versions, "
            f"and planned moves are refused.",
            look_first="`dr release status`: who drives it and what it waits for; `dr release abort` ends it.",
        )
        self._alarm(
            "release-undone",
            monitored.business_metric(Function.TICKER, Metric.RELEASE_UNDONE),
            # A 1 every few seconds for as long as it lasts, which may be a few seconds.
            Condition("Maximum", ThresholdComparison.AT_LEAST, 1, MissingData.NOT_BREACHING, periods=5, datapoints=1),
            means="A release is being put back, or was: its driver is gone, or the writer has moved.",
            look_first="`dr release status`: why, and whether both regions run the versions before.",
        )

    def _build_payments(self, monitored: MonitoredRegion, minutes: int) -> None:
        self._alarm_on(
            "payments-quiet",
            "IF(FILL(owns, 0) > 0, FILL(stored, 0), 1)",
            {
                "owns": monitored.business_metric(Function.TICKER, Metric.OWNS_WRITER),
                "stored": monitored.business_metric(Function.PAYMENT_API, Metric.PAYMENT_STORED),
            },
            Condition("Sum", ThresholdComparison.BELOW, 1, MissingData.KEEPS_STATE, periods=minutes),
            means=f"{monitored.region.name} may store payments, and has stored none for {minutes} minutes.",
            look_first="a payment of your own by the failover name (`./run client pay`); then DNS, certificates and "
            "the payers' own status pages: what does not arrive fails nowhere here.",
        )
