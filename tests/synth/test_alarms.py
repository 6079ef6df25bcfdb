"""Alarms: each tells somebody, decides what silence means, and watches a metric that its region really has."""

from typing import Any

import pytest

from contract.environment import Function, Metric
from contract.roles import Role
from tests.synth.conftest import Synthesize
from tests.synth.reading import Resource, Synthesized

TICKER_METRICS = (
    Metric.HEARTBEAT_AGE,
    Metric.WRITER_UNKNOWN,
    Metric.WRITER_CLOSED,
    Metric.WRITER_HELD,
    Metric.AUTOMATIC_OFF,
    Metric.REGION_UNFIT,
    Metric.TAKEOVER_WITHHELD,
    Metric.GLASS_BROKEN,
    Metric.AUTOMATIC_TAKEOVER,
    Metric.CLOSING_UNDONE,
    Metric.NO_REGION_FIT,
    Metric.RELEASE_RUNNING,
    Metric.RELEASE_UNDONE,
)
OTHER_METRICS = (
    Metric.PAYMENT_REFUSED,
    Metric.PAYMENT_STORED,
    Metric.PAYMENTS_CHANGED,
    Metric.BACKUP_AGE,
    Metric.READINESS_FAILED,
    Metric.OWNS_WRITER,
)
KIND = "aws_cloudwatch_metric_alarm"
DIMENSIONS: dict[tuple[str, str], set[str]] = {
    ("AWS/DynamoDB", "ReplicationLatency"): {"TableName", "ReceivingRegion"},
    ("AWS/S3", "ReplicationLatency"): {"SourceBucket", "DestinationBucket", "RuleId"},
    ("AWS/S3", "OperationsFailedReplication"): {"SourceBucket", "DestinationBucket", "RuleId"},
    ("AWS/Lambda", "Errors"): {"FunctionName"},
    ("AWS/Lambda", "Throttles"): {"FunctionName"},
    ("AWS/Lambda", "IteratorAge"): {"FunctionName"},
    ("AWS/DynamoDB", "SystemErrors"): {"TableName", "Operation"},
    ("AWS/DynamoDB", "ReadThrottleEvents"): {"TableName"},
    ("AWS/DynamoDB", "WriteThrottleEvents"): {"TableName"},
    ("AWS/SNS", "NumberOfNotificationsFailed"): {"TopicName"},
    ("AWS/ApiGateway", "4XXError"): {"ApiName", "Stage"},
    ("AWS/ApiGateway", "5XXError"): {"ApiName", "Stage"},
    ("AWS/ApiGateway", "Latency"): {"ApiName", "Stage"},
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): {"QueueName"},
    ("AWS/SQS", "ApproximateAgeOfOldestMessage"): {"QueueName"},
    ("AWS/Route53", "HealthCheckStatus"): {"HealthCheckId"},
    ("AWS/CertificateManager", "DaysToExpiry"): {"CertificateArn"},
    ("AWS/SQS", "ApproximateNumberOfMessagesNotVisible"): {"QueueName"},
    **{("own", metric): {"service", "Region"} for metric in (*TICKER_METRICS, *OTHER_METRICS)},
}
"""With which dimensions a metric has data: one too few or too many, and the alarm never sees any (FACTS 1.1)."""


def alarm(environment: Synthesized, what: str, role: Role) -> Resource:
    """Return one alarm of one region."""
    return environment.the(KIND, role, alarm_name=environment.name(what, role))


def metrics_of(alarm: Resource) -> list[dict[str, Any]]:
    """Return the metrics that an alarm watches: its own, or those of its expression."""
    if "metric_query" in alarm.body:
        return [part["metric"] for part in alarm["metric_query"] if "metric" in part]
    return [dict(alarm.body)]


def watching(environment: Synthesized, role: Role | None, **arguments: Any) -> list[Resource]:
    """Return the alarms on a metric."""
    return environment.all(KIND, role, **arguments)


class TestEveryAlarm:
    """What all owe to the person on call."""

    @pytest.mark.parametrize("actions", ["alarm_actions", "ok_actions"])
    def test_alarm_notifies_its_own_regions_topic(self, shipped: Synthesized, role: Role, actions: str) -> None:
        topic = shipped.the("aws_sns_topic", role).attribute("arn")
        assert not [each.address for each in shipped.all(KIND, role) if each.get(actions) != [topic]]

    def test_its_actions_are_on(self, shipped: Synthesized) -> None:
        assert not [each.address for each in shipped.all(KIND) if each.get("actions_enabled") is False]

    def test_it_decides_what_missing_data_means(self, shipped: Synthesized) -> None:
        """The default differs by service (FACTS 1.4)."""
        assert {each["treat_missing_data"] for each in shipped.all(KIND)} <= {"breaching", "ignore", "notBreaching"}

    def test_its_dimensions_are_those_that_have_data(self, shipped: Synthesized) -> None:
        own = f"PaymentsDR/{shipped.settings.environment_suffix}"
        for each in shipped.all(KIND):
            for metric in metrics_of(each):
                namespace = "own" if metric["namespace"] == own else metric["namespace"]
                assert set(metric["dimensions"]) == DIMENSIONS[namespace, metric["metric_name"]], each.address

    def test_what_it_watches_is_in_its_own_region(self, shipped: Synthesized, role: Role) -> None:
        """No alarm can watch another region's metric (FACTS 1.2)."""
        everywhere = {"aws_dynamodb_table", "aws_route53_health_check", "aws_s3_bucket"}
        for each in shipped.all(KIND, role):
            watched = [one for metric in metrics_of(each) for one in shipped.references(metric["dimensions"])]
            assert all(one.role is role for one in watched if one.kind not in everywhere), each.address

    def test_it_says_what_to_look_at(self, shipped: Synthesized) -> None:
        assert all("Look first at" in each["alarm_description"] for each in shipped.all(KIND))

    def test_no_legacy_metric_is_watched(self, shipped: Synthesized) -> None:
        assert not watching(shipped, None, metric_name="PendingReplicationCount")


class TestReplication:
    """In both directions."""

    def test_lag_is_watched_towards_the_peer(self, shipped: Synthesized, role: Role) -> None:
        lag = alarm(shipped, "replication-lag", role)
        assert lag["dimensions"] == {
            "TableName": shipped.payments_table.attribute("name"),
            "ReceivingRegion": shipped.region(shipped.peer(role)),
        }

    def test_lag_above_thirty_seconds_alarms(self, shipped: Synthesized, role: Role) -> None:
        lag = alarm(shipped, "replication-lag", role)
        assert (lag["threshold"], lag["comparison_operator"]) == (30_000, "GreaterThanThreshold")

    def test_its_threshold_is_a_setting(self, adjusted: Synthesized, role: Role) -> None:
        assert alarm(adjusted, "replication-lag", role)["threshold"] == 5_000

    @pytest.mark.parametrize("what", ["replication-lag", "heartbeat-age"])
    def test_silence_is_a_fault(self, shipped: Synthesized, role: Role, what: str) -> None:
        """Stalled replication publishes nothing, and so does a dead region (FACTS 1.2, 1.3)."""
        assert alarm(shipped, what, role)["treat_missing_data"] == "breaching"

    def test_the_peers_heartbeat_is_watched_from_here(self, shipped: Synthesized, role: Role) -> None:
        """The alert path that survives us-east-1 (FACTS 2.6)."""
        age = alarm(shipped, "heartbeat-age", role)
        assert age["dimensions"] == {"service": "ticker", "Region": shipped.region(role)}

    @pytest.mark.parametrize(
        ("what", "source_is_here"), [("object-replication-lag", False), ("object-replication-failures", True)]
    )
    def test_objects_are_watched_where_s3_publishes(
        self,
        shipped: Synthesized,
        role: Role,
        what: str,
        source_is_here: bool,  # noqa: FBT001 — by name, from pytest
    ) -> None:
        """Latency in the destination region, failures in the source region (FACTS 5.2)."""
        dimensions = alarm(shipped, what, role)["dimensions"]
        source = shipped.referred(dimensions["SourceBucket"])
        destination = shipped.referred(dimensions["DestinationBucket"])
        expected = (role, shipped.peer(role)) if source_is_here else (shipped.peer(role), role)
        assert (source.role, destination.role) == expected

    def test_the_watched_rule_exists(self, shipped: Synthesized, role: Role) -> None:
        (rule,) = shipped.the("aws_s3_bucket_replication_configuration", role)["rule"]
        assert alarm(shipped, "object-replication-failures", role)["dimensions"]["RuleId"] == rule["id"]


class TestService:
    """What else is watched in each region."""

    @pytest.mark.parametrize("metric", ["Errors", "Throttles"])
    @pytest.mark.parametrize("function", Function)
    def test_every_function(self, shipped: Synthesized, role: Role, function: Function, metric: str) -> None:
        """All versions of it; but for the canary, which `dr release` judges."""
        dimensions = {"FunctionName": shipped.function(function, role).attribute("function_name")}
        watched = 0 if function is Function.PAYMENT_CANARY else 1
        assert len(watching(shipped, role, metric_name=metric, dimensions=dimensions)) == watched

    @pytest.mark.parametrize("metric", ["5XXError", "Latency"])
    def test_the_api(self, shipped: Synthesized, role: Role, metric: str) -> None:
        (one,) = watching(shipped, role, namespace="AWS/ApiGateway", metric_name=metric)
        api = shipped.the("aws_api_gateway_rest_api", role)
        assert one["dimensions"]["ApiName"] == api.attribute("name")

    @pytest.mark.parametrize("kind", ["retry", "dead-letter", "stream-failures"])
    def test_the_depth_of_every_queue(self, shipped: Synthesized, role: Role, kind: str) -> None:
        queue = shipped.the("aws_sqs_queue", role, name=shipped.name(kind, role))
        dimensions = {"QueueName": queue.attribute("name")}
        assert watching(shipped, role, metric_name="ApproximateNumberOfMessagesVisible", dimensions=dimensions)

    @pytest.mark.parametrize("what", ["dead-letters", "stream-failures"])
    def test_one_given_up_message_is_enough(self, shipped: Synthesized, role: Role, what: str) -> None:
        one = alarm(shipped, what, role)
        assert (one["threshold"], one["comparison_operator"]) == (1, "GreaterThanOrEqualToThreshold")

    def test_the_age_of_what_waits(self, shipped: Synthesized, role: Role) -> None:
        assert alarm(shipped, "retry-age", role)["metric_name"] == "ApproximateAgeOfOldestMessage"

    def test_certificates_before_they_expire(self, with_domain: Synthesized, role: Role) -> None:
        """Route 53 does not look at them (FACTS 2.1)."""
        expected = with_domain.the("aws_acm_certificate", role).attribute("arn")
        assert alarm(with_domain, "certificate-expiry", role)["dimensions"] == {"CertificateArn": expected}


class TestTicker:
    """What each region's ticker reports, in both: either may be the one that is left."""

    @pytest.mark.parametrize("metric", TICKER_METRICS)
    def test_every_metric_of_it(self, shipped: Synthesized, role: Role, metric: Metric) -> None:
        dimensions = {"service": "ticker", "Region": shipped.region(role)}
        (one,) = watching(shipped, role, metric_name=metric, dimensions=dimensions)
        assert one["period"] == 60

    def test_silence_of_the_ticker_is_one_alarm(self, shipped: Synthesized, role: Role) -> None:
        """A first deployment has one red alarm of it, not ten."""
        own = f"PaymentsDR/{shipped.settings.environment_suffix}"
        silent = watching(shipped, role, namespace=own, treat_missing_data="breaching")
        ticker = [each["metric_name"] for each in silent if each["dimensions"]["service"] == Function.TICKER]
        assert ticker == [Metric.HEARTBEAT_AGE]


class TestHealthChecks:
    """Route 53 publishes in us-east-1 alone (FACTS 2.6)."""

    def test_ownership_the_standbys_health_and_what_dns_answers_are_watched(self, with_domain: Synthesized) -> None:
        suffix = f"-{with_domain.settings.environment_suffix}"
        checks = {
            with_domain.referred(each["dimensions"]["HealthCheckId"])["tags"]["Name"].removesuffix(suffix)
            for each in watching(with_domain, None, namespace="AWS/Route53")
        }
        assert checks == {"payments-primary-writer", "payments-standby-health", "payments-serving"}

    def test_they_live_in_us_east_1(self, with_domain: Synthesized) -> None:
        roles = {each.role for each in watching(with_domain, None, namespace="AWS/Route53")}
        assert {with_domain.region(role) for role in roles} == {"us-east-1"}

    def test_they_do_so_when_it_is_the_standby(self, synthesize: Synthesize) -> None:
        turned = synthesize("dev", DR_PRIMARY_REGION="us-east-2", DR_STANDBY_REGION="us-east-1")
        assert {each.role for each in watching(turned, None, namespace="AWS/Route53")} == {Role.STANDBY}

    def test_without_a_domain_there_are_none(self, no_domain: Synthesized) -> None:
        gone = {"AWS/Route53", "AWS/CertificateManager"}
        assert not [each for each in no_domain.all(KIND) if each.get("namespace") in gone]


class TestQuietPayments:
    """The alarm on payments that do not come is a setting."""

    def test_it_is_off_unless_set(self, shipped: Synthesized) -> None:
        built = {each["alarm_name"].startswith("payments-quiet-") for each in shipped.all(KIND)}
        assert (True in built) is (shipped.settings.quiet_minutes is not None)

    def test_so_many_minutes_without_one_ring(self, prod: Synthesized, role: Role) -> None:
        assert alarm(prod, "payments-quiet", role)["evaluation_periods"] == prod.settings.quiet_minutes == 60
