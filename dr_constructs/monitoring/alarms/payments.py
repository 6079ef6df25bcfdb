"""The alarm on payments that are turned away."""

from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from constructs import Construct

from contract.environment import Function, Metric
from dr_constructs.monitoring.alarms.group import AlarmGroup, Condition, MissingData, ThresholdComparison
from dr_constructs.monitoring.watched import MonitoredRegion


class PaymentAlarms(AlarmGroup):
    """Watches what clients of one region's payment function are refused."""

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
