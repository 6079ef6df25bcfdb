"""Alarms on payments that are turned away, and on those that something changed."""

from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from constructs import Construct

from contract.environment import Function, Metric
from dr_constructs.monitoring.alarms.group import AlarmGroup, Condition, MissingData, ThresholdComparison
from dr_constructs.monitoring.watched import MonitoredRegion


class PaymentAlarms(AlarmGroup):
    """Watches what one region's clients are refused, and what its stream shows of payments that are insert-only."""

    def __init__(self, scope: Construct, id_: str, *, monitored: MonitoredRegion, suffix: str, topic: SnsTopic) -> None:
        super().__init__(scope, id_, region=monitored.region, suffix=suffix, topic=topic)
        name = monitored.region.name
        self._alarm(
            "payments-refused",
            monitored.business_metric(Function.PAYMENT_API, Metric.PAYMENT_REFUSED),
            # Published only for refused payments. DNS answers live for a minute (FACTS 2.12), so clients with stale
            # ones are gone after it; three minutes in a row are clients with nowhere to go.
            Condition("Sum", ThresholdComparison.AT_LEAST, 1, MissingData.NOT_BREACHING, periods=3),
            means=f"{name} has been answering payments with 503 for three minutes: it is not the writer while clients "
            f"still come, it cannot tell, or neither table nor retry queue takes them.",
            look_first="who owns the writer (`dr status`) and alarms writer-closed and writer-unknown; else the errors "
            "of DynamoDB and SQS in this region.",
        )
        self._alarm(
            "payments-changed",
            monitored.business_metric(Function.TRANSACTION_LOG, Metric.PAYMENTS_CHANGED),
            # Payments are inserted and never changed: one is one too many. Each batch publishes its number, 0 too, and
            # an empty one comes every minute; that somebody publishes at all is what `backup-age` watches. The number
            # may reach CloudWatch late, so older minutes count.
            Condition("Sum", ThresholdComparison.AT_LEAST, 1, MissingData.NOT_BREACHING, periods=5, datapoints=1),
            means=f"The table's stream in {name} shows payments that were changed or deleted, here or in the peer. A "
            f"mistake is in both regions within a second. OK means only that no more were seen.",
            look_first="whether two regions stored lately (`dr history`, alarm glass-broken): then the later write has "
            "replaced the same id, which `dr reconcile` lists as conflicting. Else it is a release, a script or a "
            "stolen role: lines `payments changed` in the log of transaction-log name the ids; `dr release abort`, "
            "`dr stop`.",
        )
