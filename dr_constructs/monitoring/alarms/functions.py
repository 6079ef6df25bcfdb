"""Alarms on the functions: errors, throttles, and the transaction log falling behind the stream."""

from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from constructs import Construct

from contract.environment import Function
from dr_constructs.monitoring.alarms.group import AlarmGroup, Condition, MissingData, ThresholdComparison
from dr_constructs.monitoring.watched import MonitoredRegion

ITERATOR_AGE_THRESHOLD_MILLISECONDS = 5 * 60 * 1000
"""The recovery point aimed at; the stream itself forgets after 24 hours."""

_CONSEQUENCE = {
    Function.PAYMENT_API: "clients of this region get errors instead of answers",
    Function.PROBES: "Route 53 gets no answer from `/writer`; where this region owns the writer, DNS leaves it",
    Function.RETRY_WORKER: "queued payments wait, in a region that serves and in one whose queue is to be forwarded",
    Function.TRANSACTION_LOG: "payments are stored but logged late; failed batches end in the stream-failures queue",
    Function.TICKER: "nobody in this region takes over from its peer, opens after a takeover or undoes a closing",
    Function.READINESS_CHECK: "nobody looks whether this region could take over; see alarm readiness-failed",
}

# Two bad minutes out of five: one crash or one lost cold start wakes nobody, a fault that lasts or returns does. Lambda
# publishes a datapoint for each invocation, so silence means not invoked; that the ticker runs at all is what the
# heartbeat alarm watches.
_REPEATED = Condition("Sum", ThresholdComparison.AT_LEAST, 1, MissingData.NOT_BREACHING, periods=5, datapoints=2)


class FunctionAlarms(AlarmGroup):
    """Watches every function of one region."""

    def __init__(self, scope: Construct, id_: str, *, monitored: MonitoredRegion, suffix: str, topic: SnsTopic) -> None:
        super().__init__(scope, id_, region=monitored.region, suffix=suffix, topic=topic)
        for function in monitored.functions:
            self._build_errors(monitored, function)
            self._build_throttles(monitored, function)
        self._build_iterator_age(monitored)

    def _build_errors(self, monitored: MonitoredRegion, function: Function) -> None:
        self._alarm(
            f"{function}-errors",
            monitored.function_metric(function, "Errors"),
            _REPEATED,
            means=f"Function {function} in {monitored.region.name} crashes or times out: {_CONSEQUENCE[function]}.",
            look_first="its log group, lines of level ERROR and `Task timed out`; then whether it was just deployed.",
        )

    def _build_throttles(self, monitored: MonitoredRegion, function: Function) -> None:
        self._alarm(
            f"{function}-throttles",
            monitored.function_metric(function, "Throttles"),
            _REPEATED,
            means=f"Lambda turns invocations of {function} in {monitored.region.name} away: {_CONSEQUENCE[function]}.",
            look_first="the function's reserved concurrency and the account's concurrency limit in this region; "
            "after a failover the standby needs the primary's quotas.",
        )

    def _build_iterator_age(self, monitored: MonitoredRegion) -> None:
        self._alarm(
            "transaction-log-lag",
            monitored.function_metric(Function.TRANSACTION_LOG, "IteratorAge"),
            # Published only when records are read: a reader that is stuck is as silent as a stream without payments.
            Condition(
                "Maximum",
                ThresholdComparison.ABOVE,
                ITERATOR_AGE_THRESHOLD_MILLISECONDS,
                MissingData.KEEPS_STATE,
                periods=5,
                datapoints=3,
            ),
            means=f"The transaction log in {monitored.region.name} is more than five minutes behind the table; after "
            f"24 hours the stream forgets what was not logged.",
            look_first="alarms transaction-log-errors and transaction-log-throttles, then the stream-failures queue.",
        )
