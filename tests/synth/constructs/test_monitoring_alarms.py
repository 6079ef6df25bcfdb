"""The alarms: every one reaches people, decides about missing data, and watches a metric that really exists."""

import re
from typing import Any

import pytest

from contract.environment import Function, Metric, metrics_namespace
from tests.synth.constructs.monitoring_example import (
    QUIET_MINUTES,
    REGIONS,
    SUFFIX,
    WATCHED,
    metrics_of,
    synthesize,
    watch_health_checks_from,
)

Alarm = dict[str, Any]


def all_alarms(*, domain: bool = True) -> list[Alarm]:
    """Return every synthesized alarm."""
    return list(synthesize(domain=domain)["resource"]["aws_cloudwatch_metric_alarm"].values())


def region_of(alarm: Alarm) -> str:
    """Return the region whose provider makes the alarm."""
    return str(alarm["provider"].removeprefix("aws."))


def regional(what: str, region: str) -> Alarm:
    """Return one alarm of one region."""
    (found,) = [alarm for alarm in all_alarms() if alarm["alarm_name"] == f"{what}-{region}-{SUFFIX}"]
    return found


def names_of(alarms: list[Alarm]) -> list[str]:
    """Return the alarms' names, so that a failure tells which."""
    return [alarm["alarm_name"] for alarm in alarms]


def refers(alarm: Alarm, resource_type: str, region: str) -> dict[str, bool]:
    """Tell which dimensions refer to a resource of that type in that region."""
    return {key: value.startswith(f"${{{resource_type}.{region}_") for key, value in alarm["dimensions"].items()}


class TestEveryAlarm:
    """What must hold for all of them."""

    def test_names_are_unique(self) -> None:
        names = names_of(all_alarms())
        assert len(set(names)) == len(names)

    def test_name_carries_region_and_suffix(self) -> None:
        wrong = [one for one in all_alarms() if not one["alarm_name"].endswith(f"-{region_of(one)}-{SUFFIX}")]
        assert names_of(wrong) == []

    @pytest.mark.parametrize("actions", ["alarm_actions", "ok_actions"])
    def test_firing_and_clearing_reach_the_topic_of_the_own_region(self, actions: str) -> None:
        topics = {
            f"${{aws_sns_topic.{name}.arn}}": topic["provider"]
            for name, topic in synthesize()["resource"]["aws_sns_topic"].items()
        }
        wrong = [one for one in all_alarms() if [topics[arn] for arn in one[actions]] != [one["provider"]]]
        assert names_of(wrong) == []

    def test_missing_data_is_decided(self) -> None:
        decisions = {"breaching", "ignore", "notBreaching"}
        assert names_of([one for one in all_alarms() if one.get("treat_missing_data") not in decisions]) == []

    def test_metric_has_dimensions_with_values(self) -> None:
        wrong = [
            one
            for one in all_alarms()
            for metric in metrics_of(one)
            if not metric.get("dimensions") or not all(metric["dimensions"].values())
        ]
        assert names_of(wrong) == []

    def test_has_one_kind_of_statistic(self) -> None:
        kinds = {"statistic", "extended_statistic", "stat"}
        wrong = [one for one in all_alarms() for metric in metrics_of(one) if len(kinds & metric.keys()) != 1]
        assert names_of(wrong) == []

    def test_looks_back_a_day_at_most(self) -> None:
        wrong = [
            one
            for one in all_alarms()
            if any(metric["period"] * one["evaluation_periods"] > 86_400 for metric in metrics_of(one))
        ]
        assert names_of(wrong) == []

    def test_needs_no_more_bad_datapoints_than_it_looks_at(self) -> None:
        wrong = [one for one in all_alarms() if not 1 <= one["datapoints_to_alarm"] <= one["evaluation_periods"]]
        assert names_of(wrong) == []

    def test_description_says_what_to_look_at(self) -> None:
        told = re.compile(r"\. Look first at: .+\.$")
        assert names_of([one for one in all_alarms() if not told.search(one["alarm_description"])]) == []

    def test_description_fits(self) -> None:
        assert names_of([one for one in all_alarms() if len(one["alarm_description"]) > 1024]) == []

    def test_both_regions_have_the_same_alarms_but_for_health_checks(self) -> None:
        first, second = (
            {one["alarm_name"].removesuffix(f"-{region}-{SUFFIX}") for one in all_alarms() if region_of(one) == region}
            for region in REGIONS
        )
        assert first - second == {"health-primary", "health-standby", "health-failover"}
        assert not second - first


@pytest.mark.parametrize(("region", "peer"), REGIONS.items())
class TestReplication:
    """Lag in the region that sends, heartbeat and objects in the region that receives."""

    def test_lag_names_table_and_receiving_peer(self, region: str, peer: str) -> None:
        dimensions = regional("replication-lag", region)["dimensions"]
        assert dimensions == {"TableName": "${aws_dynamodb_table.table.name}", "ReceivingRegion": peer}

    def test_lag_above_thirty_seconds_in_milliseconds(self, region: str, peer: str) -> None:
        alarm = regional("replication-lag", region)
        assert (alarm["namespace"], alarm["metric_name"]) == ("AWS/DynamoDB", "ReplicationLatency")
        assert (alarm["comparison_operator"], alarm["threshold"]) == ("GreaterThanThreshold", 30_000)

    @pytest.mark.parametrize("what", ["replication-lag", "heartbeat-age"])
    def test_silence_is_a_fault(self, what: str, region: str, peer: str) -> None:
        assert regional(what, region)["treat_missing_data"] == "breaching"

    def test_heartbeat_is_what_the_own_ticker_publishes(self, region: str, peer: str) -> None:
        alarm = regional("heartbeat-age", region)
        assert (alarm["namespace"], alarm["metric_name"]) == (metrics_namespace(SUFFIX), Metric.HEARTBEAT_AGE)
        assert alarm["dimensions"] == {"service": "ticker", "Region": region}
        assert alarm["threshold"] == 120

    def test_object_lag_is_watched_where_objects_arrive(self, region: str, peer: str) -> None:
        alarm = regional("object-replication-lag", region)
        assert alarm["metric_name"] == "ReplicationLatency"
        assert refers(alarm, "aws_s3_bucket", region)["DestinationBucket"]
        assert refers(alarm, "aws_s3_bucket", peer)["SourceBucket"]

    def test_object_failures_are_watched_where_objects_leave(self, region: str, peer: str) -> None:
        alarm = regional("object-replication-failures", region)
        assert alarm["metric_name"] == "OperationsFailedReplication"
        assert refers(alarm, "aws_s3_bucket", region)["SourceBucket"]
        assert refers(alarm, "aws_s3_bucket", peer)["DestinationBucket"]


@pytest.mark.parametrize("region", REGIONS)
class TestRegion:
    """Functions, API, queues, certificate of one region."""

    @pytest.mark.parametrize("function", WATCHED)
    @pytest.mark.parametrize("metric", ["Errors", "Throttles"])
    def test_every_function_has_errors_and_throttles(self, region: str, function: Function, metric: str) -> None:
        alarm = regional(f"{function}-{metric.lower()}", region)
        assert (alarm["namespace"], alarm["metric_name"], alarm["statistic"]) == ("AWS/Lambda", metric, "Sum")
        assert refers(alarm, "aws_lambda_function", region) == {"FunctionName": True}

    def test_api_error_rate_needs_several_bad_minutes(self, region: str) -> None:
        alarm = regional("api-errors", region)
        assert (alarm["metric_name"], alarm["statistic"], alarm["threshold"]) == ("5XXError", "Average", 0.05)
        assert alarm["dimensions"].keys() == {"ApiName", "Stage"}
        assert alarm["datapoints_to_alarm"] == 3

    def test_api_latency_is_the_ninety_ninth_percentile(self, region: str) -> None:
        alarm = regional("api-latency", region)
        assert (alarm["metric_name"], alarm["extended_statistic"]) == ("Latency", "p99")

    @pytest.mark.parametrize("what", ["dead-letters", "stream-failures"])
    def test_one_given_up_message_is_enough(self, region: str, what: str) -> None:
        alarm = regional(what, region)
        assert (alarm["comparison_operator"], alarm["threshold"]) == ("GreaterThanOrEqualToThreshold", 1)
        assert alarm["metric_name"] == "ApproximateNumberOfMessagesVisible"

    @pytest.mark.parametrize("what", ["dead-letters", "stream-failures", "retry-depth"])
    def test_a_queue_that_went_quiet_keeps_its_state(self, region: str, what: str) -> None:
        assert regional(what, region)["treat_missing_data"] == "ignore"

    def test_messages_received_in_vain_fire_after_minutes(self, region: str) -> None:
        alarm = regional("retry-waiting", region)
        assert (alarm["metric_name"], alarm["statistic"]) == ("ApproximateNumberOfMessagesNotVisible", "Minimum")
        assert (alarm["evaluation_periods"], alarm["datapoints_to_alarm"]) == (10, 10)

    def test_age_of_waiting_payments_clears_with_the_queue(self, region: str) -> None:
        assert regional("retry-age", region)["treat_missing_data"] == "notBreaching"

    def test_an_expired_certificate_stays_alarming(self, region: str) -> None:
        alarm = regional("certificate-expiry", region)
        assert (alarm["metric_name"], alarm["threshold"]) == ("DaysToExpiry", 30)
        assert refers(alarm, "aws_acm_certificate", region) == {"CertificateArn": True}
        assert alarm["treat_missing_data"] == "ignore"


class TestPayments:
    """What the functions report themselves, under their service names."""

    @pytest.mark.parametrize("region", REGIONS)
    def test_lasting_refusals_fire(self, region: str) -> None:
        alarm = regional("payments-refused", region)
        assert alarm["dimensions"] == {"service": "payment-api", "Region": region}
        assert alarm["datapoints_to_alarm"] == 3

    @pytest.mark.parametrize("region", REGIONS)
    def test_one_changed_payment_is_one_too_many(self, region: str) -> None:
        """Each region's own stream shows it, so it is told in both."""
        alarm = regional("payments-changed", region)
        assert alarm["dimensions"] == {"service": "transaction-log", "Region": region}
        assert (alarm["statistic"], alarm["threshold"], alarm["datapoints_to_alarm"]) == ("Sum", 1, 1)


@pytest.mark.parametrize("region", REGIONS)
class TestBackups:
    """Their age, as the transaction log's function measures it in each region's bucket."""

    def test_day_without_a_backup_fires(self, region: str) -> None:
        alarm = regional("backup-age", region)
        assert alarm["dimensions"] == {"service": "transaction-log", "Region": region}
        assert (alarm["statistic"], alarm["threshold"]) == ("Maximum", 30 * 3600)

    def test_nobody_looking_is_a_fault(self, region: str) -> None:
        alarm = regional("backup-age", region)
        assert (alarm["treat_missing_data"], alarm["period"], alarm["datapoints_to_alarm"]) == ("breaching", 60, 15)


@pytest.mark.parametrize("region", REGIONS)
class TestWriter:
    """What the tickers see of the writer, and did to it."""

    @pytest.mark.parametrize(
        ("what", "metric"),
        [("automatic-takeover", Metric.AUTOMATIC_TAKEOVER), ("closing-undone", Metric.CLOSING_UNDONE)],
    )
    def test_late_events_fire(self, region: str, what: str, metric: Metric) -> None:
        alarm = regional(what, region)
        assert (alarm["namespace"], alarm["metric_name"]) == (metrics_namespace(SUFFIX), metric)
        assert alarm["dimensions"] == {"service": "ticker", "Region": region}
        assert (alarm["statistic"], alarm["threshold"]) == ("Sum", 1)
        assert (alarm["evaluation_periods"], alarm["datapoints_to_alarm"]) == (5, 1)
        assert alarm["treat_missing_data"] == "notBreaching"

    @pytest.mark.parametrize("what", ["writer-held", "automatic-off", "takeover-withheld", "glass-broken"])
    def test_states_fire_within_a_minute(self, region: str, what: str) -> None:
        alarm = regional(what, region)
        assert (alarm["statistic"], alarm["threshold"], alarm["evaluation_periods"]) == ("Maximum", 1, 1)

    @pytest.mark.parametrize("what", ["writer-unknown", "region-unfit"])
    def test_transient_states_fire_when_they_last(self, region: str, what: str) -> None:
        alarm = regional(what, region)
        assert (alarm["statistic"], alarm["threshold"], alarm["datapoints_to_alarm"]) == ("Minimum", 1, 2)

    def test_a_closing_may_take_twice_what_it_announces(self, region: str) -> None:
        alarm = regional("writer-closed", region)
        assert (alarm["comparison_operator"], alarm["threshold"]) == ("GreaterThanThreshold", 60)

    @pytest.mark.parametrize("what", ["writer-unknown", "writer-closed", "writer-held", "glass-broken"])
    def test_a_state_stands_while_nothing_is_known(self, region: str, what: str) -> None:
        assert regional(what, region)["treat_missing_data"] == "ignore"


class TestHealthChecks:
    """Route 53 publishes in us-east-1 and nowhere else."""

    def test_alarms_live_in_us_east_1(self) -> None:
        watching = [one for one in all_alarms() if one.get("namespace") == "AWS/Route53"]
        assert [region_of(one) for one in watching] == ["us-east-1"] * 3

    def test_each_watches_a_check_of_its_own(self) -> None:
        found = [one for one in all_alarms() if one.get("namespace") == "AWS/Route53"]
        watched = {one["dimensions"]["HealthCheckId"] for one in found}
        assert len(watched) == 3

    def test_another_region_is_refused(self) -> None:
        with pytest.raises(ValueError, match="us-west-2 cannot watch HealthCheckStatus, which us-east-1 stores"):
            watch_health_checks_from("us-west-2")

    def test_without_a_domain_there_are_neither_checks_nor_certificates(self) -> None:
        namespaces = {metric["namespace"] for one in all_alarms(domain=False) for metric in metrics_of(one)}
        assert not namespaces & {"AWS/Route53", "AWS/CertificateManager"}
        assert len(all_alarms(domain=False)) == len(all_alarms()) - 5


@pytest.mark.parametrize("region", REGIONS)
class TestQuietStates:
    """What no failing request shows."""

    def test_readiness_that_goes_on_failing_or_is_not_looked_at_is_told(self, region: str) -> None:
        alarm = regional("readiness-failed", region)
        assert alarm["dimensions"] == {"service": "readiness", "Region": region}
        assert (alarm["treat_missing_data"], alarm["threshold"], alarm["period"]) == ("breaching", 1, 300)
        assert (alarm["evaluation_periods"], alarm["datapoints_to_alarm"]) == (3, 3)

    def test_no_region_that_is_fit_is_told_like_an_unfit_one(self, region: str) -> None:
        alarm, own = regional("no-region-fit", region), regional("region-unfit", region)
        assert alarm["metric_name"] == Metric.NO_REGION_FIT
        for key in ("statistic", "threshold", "evaluation_periods", "treat_missing_data"):
            assert alarm[key] == own[key]

    def test_a_release_that_takes_hours_is_told(self, region: str) -> None:
        alarm = regional("release-long", region)
        assert (alarm["metric_name"], alarm["threshold"]) == (Metric.RELEASE_RUNNING, 4 * 3600)

    def test_a_release_that_is_put_back_is_told_even_if_it_lasts_seconds(self, region: str) -> None:
        alarm = regional("release-undone", region)
        assert (alarm["metric_name"], alarm["datapoints_to_alarm"]) == (Metric.RELEASE_UNDONE, 1)

    def test_no_payments_are_told_where_the_region_owns_the_writer_alone(self, region: str) -> None:
        alarm = regional("payments-quiet", region)
        expression, owns, stored = alarm["metric_query"]
        assert expression["expression"] == "IF(FILL(owns, 0) > 0, FILL(stored, 0), 1)"
        assert owns["metric"]["dimensions"] == {"service": "ticker", "Region": region}
        assert stored["metric"]["metric_name"] == Metric.PAYMENT_STORED
        assert (alarm["comparison_operator"], alarm["threshold"]) == ("LessThanThreshold", 1)
        assert alarm["evaluation_periods"] == alarm["datapoints_to_alarm"] == QUIET_MINUTES

    def test_client_errors_count_where_the_region_owns_the_writer_alone(self, region: str) -> None:
        """Elsewhere `/writer` is answered with 404 by design."""
        alarm = regional("api-client-errors", region)
        expression, owns, errors = alarm["metric_query"]
        assert (expression["id"], expression["return_data"]) == ("result", True)
        assert owns["metric"]["metric_name"] == Metric.OWNS_WRITER
        assert (errors["metric"]["metric_name"], errors["metric"]["stat"]) == ("4XXError", "Average")

    def test_dynamodbs_own_errors_are_summed_by_operation(self, region: str) -> None:
        """It publishes them for each operation, and for none of them together."""
        watched = metrics_of(regional("table-errors", region))
        assert {metric["metric_name"] for metric in watched} == {"SystemErrors"}
        assert {metric["dimensions"]["Operation"] for metric in watched} == {"GetItem", "PutItem", "UpdateItem"}
        assert len({metric["dimensions"]["TableName"] for metric in watched}) == 2

    def test_throttles_of_both_tables_are_summed(self, region: str) -> None:
        watched = metrics_of(regional("table-throttles", region))
        assert {metric["metric_name"] for metric in watched} == {"ReadThrottleEvents", "WriteThrottleEvents"}
        assert len(watched) == 4

    def test_a_subscriber_that_takes_nothing_is_told_to_the_others(self, region: str) -> None:
        alarm = regional("notifications-failed", region)
        assert (alarm["namespace"], alarm["metric_name"]) == ("AWS/SNS", "NumberOfNotificationsFailed")
        assert alarm["dimensions"].keys() == {"TopicName"}
