"""Alarms on what the functions themselves report: a takeover nobody ordered, and payments turned away."""

from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from constructs import Construct

from dr_constructs.monitoring.alarms.group import AlarmGroup, Comparison, Condition, MissingData
from dr_constructs.monitoring.watched import MonitoredRegion
from dr_constructs.region import Role
from handlers.environment import Function, Metric


class PaymentAlarms(AlarmGroup):
    """Watches the business metrics of one region."""

    def __init__(self, scope: Construct, id_: str, *, monitored: MonitoredRegion, suffix: str, topic: SnsTopic) -> None:
        super().__init__(scope, id_, region=monitored.region, suffix=suffix, topic=topic)
        if (
            monitored.region.role is Role.STANDBY
        ):  # the only one whose sentinel takes over; nothing fails back by itself
            self._build_takeover(monitored)
        self._build_refused(monitored)

    def _build_takeover(self, monitored: MonitoredRegion) -> None:
        name = monitored.region.name
        self._alarm(
            "automatic-takeover",
            monitored.business_metric(Function.SENTINEL, Metric.AUTOMATIC_TAKEOVER),
            # An event: published when it happens and never otherwise.
            Condition("Sum", Comparison.AT_LEAST, 1, MissingData.NOT_BREACHING),
            means=f"The sentinel of {name} has fenced the dead primary: {name} serves alone, nothing fails back by "
            f"itself. OK means only that it happened once; the fence stays until people remove it.",
            look_first="payments stored in this region on the dashboard, then prepare the failback; payments not yet "
            "replicated appear when the primary returns.",
        )

    def _build_refused(self, monitored: MonitoredRegion) -> None:
        name = monitored.region.name
        self._alarm(
            "payments-refused",
            monitored.business_metric(Function.PAYMENT_API, Metric.PAYMENT_REFUSED),
            # Published only for refused payments. DNS answers live for a minute (FACTS 2.12), so clients with stale
            # ones are gone after it; three minutes in a row are clients with nowhere to go.
            Condition("Sum", Comparison.AT_LEAST, 1, MissingData.NOT_BREACHING, periods=3),
            means=f"{name} has been answering payments with 503 for three minutes: it is fenced while clients still "
            f"come, or neither table nor retry queue takes them.",
            look_first="whether both regions are fenced (then unfence the one that serves); else the errors of "
            "DynamoDB and SQS in this region.",
        )
