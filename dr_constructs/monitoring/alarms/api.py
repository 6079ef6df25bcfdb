"""Alarms on what clients of one region's API see."""

from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from constructs import Construct

from contract.environment import Function, Metric
from dr_constructs.monitoring.alarms.group import AlarmGroup, Condition, MissingData, ThresholdComparison
from dr_constructs.monitoring.watched import MonitoredRegion

ERROR_RATE_THRESHOLD = 0.05
"""Low enough to see failing payments through the health checks, which are most of the requests of a quiet API."""

LATENCY_THRESHOLD_MILLISECONDS = 2000
"""Route 53 gives up on an answer after two seconds (FACTS 2.1): slower than this, DNS is about to move."""


CLIENT_ERROR_RATE_THRESHOLD = 0.10
"""Twice as much as of server errors, since callers make mistakes; health checks are most of the requests here, too."""


class ApiAlarms(AlarmGroup):
    """Watches error rate and latency of one stage.

    In a quiet minute a single failed or slow request is 100 % of them. Three bad minutes out of five are the guard:
    they need at least three such requests, and still fire before clients have waited for long.
    """

    def __init__(self, scope: Construct, id_: str, *, monitored: MonitoredRegion, suffix: str, topic: SnsTopic) -> None:
        super().__init__(scope, id_, region=monitored.region, suffix=suffix, topic=topic)
        self._alarm(
            "api-errors",
            monitored.api_metric("5XXError"),
            # No request, no failure; that requests arrive at all is what the health checks watch.
            Condition(
                "Average",
                ThresholdComparison.ABOVE,
                ERROR_RATE_THRESHOLD,
                MissingData.NOT_BREACHING,
                periods=5,
                datapoints=3,
            ),
            means=f"More than {ERROR_RATE_THRESHOLD:.0%} of requests to {monitored.region.name} are answered with 5xx. "
            f"In a region that is not the writer this is clients with stale DNS, and passes.",
            look_first="whether this region owns the writer; then alarm payment-api-errors, then the API's access log.",
        )
        self._alarm_on(
            "api-client-errors",
            # Where the region does not own the writer, `/writer` is answered with 404 by design.
            "IF(FILL(owns, 0) > 0, errors, 0)",
            {
                "owns": monitored.business_metric(Function.TICKER, Metric.OWNS_WRITER),
                "errors": monitored.api_metric("4XXError"),
            },
            Condition(
                "Average",
                ThresholdComparison.ABOVE,
                CLIENT_ERROR_RATE_THRESHOLD,
                MissingData.NOT_BREACHING,
                periods=5,
                datapoints=3,
            ),
            means=f"More than {CLIENT_ERROR_RATE_THRESHOLD:.0%} of requests to {monitored.region.name}, which serves, "
            f"are answered with 4xx: payers cannot pay, and no server fails.",
            look_first="the API's access log by status: 403 is a signature or a right, 400 a payer's mistake or a "
            "release's new rule, 429 the throttle, 409 an id used twice.",
        )
        self._alarm(
            "api-latency",
            monitored.api_metric("Latency"),
            # Without requests nothing says that the next one would be fast.
            Condition(
                "p99",
                ThresholdComparison.ABOVE,
                LATENCY_THRESHOLD_MILLISECONDS,
                MissingData.KEEPS_STATE,
                periods=5,
                datapoints=3,
            ),
            means=f"One request in 100 to {monitored.region.name} takes over {LATENCY_THRESHOLD_MILLISECONDS} ms; "
            f"Route 53 counts a health check that slow as failed.",
            look_first="duration and throttles of payment-api, then DynamoDB's latency in this region.",
        )
