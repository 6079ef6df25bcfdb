"""What invokes the functions, and the queues around them (FACTS 4.2 to 4.4)."""

import json

import pytest

from contract.environment import Function
from contract.roles import Role
from tests.synth.reading import Resource, Synthesized

QUEUES = ("retry", "dead-letter", "stream-failures")
BACKUP_FAILURES = "backup-failures"
"""Where Scheduler puts calls that it has given up."""

CANARY_QUEUE = "canary"
FORTNIGHT_SECONDS = 1_209_600


def queue(environment: Synthesized, kind: str, role: Role) -> Resource:
    """Return one queue of one region."""
    return environment.the("aws_sqs_queue", role, name=environment.name(kind, role))


def source(environment: Synthesized, function: Function, role: Role) -> Resource:
    """Return the event source mapping of one function of one region."""
    name = environment.alias(function, role).attribute("arn")
    return environment.the("aws_lambda_event_source_mapping", role, function_name=name)


class TestQueues:
    """The queues of each region."""

    def test_there_are_these(self, shipped: Synthesized, role: Role) -> None:
        expected = {shipped.name(kind, role) for kind in (*QUEUES, CANARY_QUEUE, BACKUP_FAILURES)}
        assert {each["name"] for each in shipped.all("aws_sqs_queue", role)} == expected

    def test_payments_stay_for_a_fortnight(self, shipped: Synthesized, role: Role) -> None:
        assert {queue(shipped, kind, role)["message_retention_seconds"] for kind in QUEUES} == {FORTNIGHT_SECONDS}

    def test_they_are_encrypted_by_sqs(self, shipped: Synthesized) -> None:
        assert all(each["sqs_managed_sse_enabled"] is True for each in shipped.all("aws_sqs_queue"))

    def test_nobody_else_may_send(self, shipped: Synthesized) -> None:
        """Without a queue policy it is the roles alone that decide."""
        assert not shipped.all("aws_sqs_queue_policy")
        assert all("policy" not in each.body for each in shipped.all("aws_sqs_queue"))

    def test_the_queues_own_count_is_a_backstop(self, shipped: Synthesized, role: Role) -> None:
        """The worker counts attempts to store; receives also count while nobody may store."""
        policy = queue(shipped, "retry", role)["redrive_policy"]
        assert '"maxReceiveCount" = 1000' in policy
        assert shipped.referred(policy) == queue(shipped, "dead-letter", role)

    def test_only_the_retry_queue_gives_up(self, shipped: Synthesized) -> None:
        giving_up = [each["name"] for each in shipped.all("aws_sqs_queue") if "redrive_policy" in each.body]
        assert sorted(giving_up) == sorted(shipped.name("retry", role) for role in Role)

    def test_the_dead_letter_queue_takes_from_its_retry_queue_alone(self, shipped: Synthesized, role: Role) -> None:
        dead_letters = queue(shipped, "dead-letter", role)
        allowed = shipped.the("aws_sqs_queue_redrive_allow_policy", role, queue_url=dead_letters.attribute("url"))
        assert '"redrivePermission" = "byQueue"' in allowed["redrive_allow_policy"]
        assert shipped.referred(allowed["redrive_allow_policy"]) == queue(shipped, "retry", role)

    def test_no_message_is_seen_twice_while_it_is_worked_on(self, shipped: Synthesized, role: Role) -> None:
        visibility = queue(shipped, "retry", role)["visibility_timeout_seconds"]
        assert visibility >= 6 * shipped.function(Function.RETRY_WORKER, role)["timeout"]


class TestRetries:
    """From the retry queue to the worker."""

    def test_the_worker_consumes_its_own_regions_queue(self, shipped: Synthesized, role: Role) -> None:
        mapping = source(shipped, Function.RETRY_WORKER, role)
        assert shipped.referred(mapping["event_source_arn"]) == queue(shipped, "retry", role)

    def test_one_failure_does_not_bring_back_the_batch(self, shipped: Synthesized, role: Role) -> None:
        assert source(shipped, Function.RETRY_WORKER, role)["function_response_types"] == ["ReportBatchItemFailures"]

    def test_full_queue_leaves_executions_to_payments(self, shipped: Synthesized, role: Role) -> None:
        """Lambda would else start a thousand workers (FACTS 4.10)."""
        most = source(shipped, Function.RETRY_WORKER, role)["scaling_config"]["maximum_concurrency"]
        assert most == (shipped.settings.function_reserved_concurrency or 100) // 4


class TestStream:
    """From the table's stream to the transaction log."""

    def test_the_writer_reads_its_own_regions_stream(self, shipped: Synthesized, role: Role) -> None:
        stream = shipped.of_payments("stream_arn", role)
        assert source(shipped, Function.TRANSACTION_LOG, role)["event_source_arn"] == stream

    def test_it_begins_with_the_first_payment(self, shipped: Synthesized, role: Role) -> None:
        assert source(shipped, Function.TRANSACTION_LOG, role)["starting_position"] == "TRIM_HORIZON"

    def test_it_sees_new_payments_of_its_own_region_and_changes_of_any(self, shipped: Synthesized, role: Role) -> None:
        """Those of the peer arrive by replication and are logged there; heartbeats and the like change all the time."""
        filters = source(shipped, Function.TRANSACTION_LOG, role)["filter_criteria"]["filter"]
        assert [json.loads(one["pattern"]) for one in filters] == [
            {
                "eventName": ["INSERT"],
                "dynamodb": {"NewImage": {"kind": {"S": ["payment"]}, "region": {"S": [shipped.region(role)]}}},
            },
            {"eventName": ["MODIFY", "REMOVE"], "dynamodb": {"Keys": {"pk": {"S": [{"prefix": "payment#"}]}}}},
        ]

    def test_a_bad_record_is_singled_out(self, shipped: Synthesized, role: Role) -> None:
        assert source(shipped, Function.TRANSACTION_LOG, role)["bisect_batch_on_function_error"] is True

    def test_it_gives_up_before_the_stream_forgets(self, shipped: Synthesized, role: Role) -> None:
        assert 1 <= source(shipped, Function.TRANSACTION_LOG, role)["maximum_retry_attempts"] <= 100

    def test_what_it_gives_up_is_kept(self, shipped: Synthesized, role: Role) -> None:
        destination = source(shipped, Function.TRANSACTION_LOG, role)["destination_config"]["on_failure"]
        assert shipped.referred(destination["destination_arn"]) == queue(shipped, "stream-failures", role)

    def test_it_writes_batches(self, shipped: Synthesized, role: Role) -> None:
        mapping = source(shipped, Function.TRANSACTION_LOG, role)
        assert (mapping["batch_size"], mapping["maximum_batching_window_in_seconds"]) == (100, 5)

    def test_it_writes_several_at_once_where_each_payment_has_a_receipt(self, shipped: Synthesized, role: Role) -> None:
        mapping = source(shipped, Function.TRANSACTION_LOG, role)
        assert mapping["parallelization_factor"] == (4 if shipped.settings.payment_receipts else 1)

    def test_nothing_else_is_mapped(self, shipped: Synthesized) -> None:
        assert len(shipped.all("aws_lambda_event_source_mapping")) == 4


@pytest.mark.parametrize("function", [Function.TICKER, Function.TRANSACTION_LOG, Function.READINESS_CHECK])
class TestSchedules:
    """What runs again and again: the ticker, the look at the backups' age, and the readiness check."""

    def test_nothing_else_is_scheduled(self, shipped: Synthesized, role: Role, function: Function) -> None:
        assert len(shipped.all("aws_cloudwatch_event_rule", role)) == 3

    def test_a_tick_that_is_late_is_dropped(self, shipped: Synthesized, role: Role, function: Function) -> None:
        """By default stale ticks are replayed for hours (FACTS 4.9)."""
        expected = {"maximum_retry_attempts": 0, "maximum_event_age_in_seconds": 60}
        name = shipped.alias(function, role).attribute("function_name")
        invocations = shipped.the("aws_lambda_function_event_invoke_config", role, function_name=name)
        target = shipped.the("aws_cloudwatch_event_target", role, arn=shipped.alias(function, role).attribute("arn"))
        assert target["retry_policy"] == expected
        assert invocations.has(expected)
        assert invocations.address in target["depends_on"]

    def test_its_event_says_what_it_is_for(self, shipped: Synthesized, role: Role, function: Function) -> None:
        """A version without backups takes the look for an empty batch."""
        target = shipped.the("aws_cloudwatch_event_target", role, arn=shipped.alias(function, role).attribute("arn"))
        asked = {"Records": [], "backups": True} if function is Function.TRANSACTION_LOG else None
        assert json.loads(target.get("input") or "null") == asked

    def test_how_often(self, shipped: Synthesized, role: Role, function: Function) -> None:
        rule = shipped.the("aws_cloudwatch_event_rule", role, name=shipped.name(function, role))
        expected = "rate(5 minutes)" if function is Function.READINESS_CHECK else "rate(1 minute)"
        assert rule["schedule_expression"] == expected

    def test_it_is_the_function(self, shipped: Synthesized, role: Role, function: Function) -> None:
        rule = shipped.the("aws_cloudwatch_event_rule", role, name=shipped.name(function, role))
        target = shipped.the("aws_cloudwatch_event_target", role, rule=rule.attribute("name"))
        assert target["arn"] == shipped.alias(function, role).attribute("arn")

    def test_only_its_own_rule_may_run_it(self, shipped: Synthesized, role: Role, function: Function) -> None:
        name = shipped.alias(function, role).attribute("function_name")
        permission = shipped.the("aws_lambda_permission", role, function_name=name)
        rule = shipped.the("aws_cloudwatch_event_rule", role, name=shipped.name(function, role))
        assert permission.has({"principal": "events.amazonaws.com", "source_arn": rule.attribute("arn")})


def test_no_function_has_a_dead_letter_queue_that_nothing_writes_to(shipped: Synthesized) -> None:
    """It would serve asynchronous invocations alone (FACTS 4.2)."""
    assert not [each.address for each in shipped.functions() if "dead_letter_config" in each.body]
