"""What needs each permission of each role. A permission that stands here for nothing, or not at all, fails the tests.

A table, as long as the permissions are many: it is looked up by role, not read from top to bottom.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple


class NeedKind(StrEnum):
    """How a test shows that a permission is needed."""

    REMOVED = "taken away, the work fails"
    CALLED = "called under the role"
    STATED = "as AWS documents it"  # nothing here can show that AWS asks for it


class Need(NamedTuple):
    """A test, by its file and name, and how it shows the need."""

    kind: NeedKind
    file: str
    test: str

    def told(self) -> str:
        """Return it as a link."""
        return f"{self.kind}: [{self.test.rpartition('::')[2]}](../{self.file})"


_FUNCTIONS = "tests/emulated/test_function_rights.py"
_STREAM = "tests/emulated/test_stream_rights.py"
_OPERATORS = Need(NeedKind.CALLED, "tests/emulated/test_operations_rights.py", "test_operators_may")
_TRAFFIC = Need(NeedKind.CALLED, "tests/emulated/operations/test_traffic.py", "test_a_switchover_moves_the_payments")
_REDRIVES = Need(
    NeedKind.CALLED,
    "tests/emulated/operations/test_redrive.py",
    "test_the_payment_is_stored_in_the_region_that_serves_and_the_rest_stays",
)
_RELEASES = Need(
    NeedKind.CALLED, "tests/emulated/operations/test_release.py", "test_good_version_goes_through_under_payments"
)
_RELEASERS = Need(NeedKind.CALLED, "tests/emulated/test_release_rights.py", "test_who_releases_may")
_RESTORES = Need(NeedKind.CALLED, "tests/emulated/operations/test_runbook.py", "test_the_commands_of")
_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
_STREAM_READING = ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator")
_WITHOUT_LOGS = Need(NeedKind.REMOVED, _FUNCTIONS, "test_without_logs_no_line_is_left")
_RIGHTS = Need(NeedKind.CALLED, _FUNCTIONS, "test_a_role_has_these_rights_and_no_others")
"""The same code as a function whose statements are each taken away, with the same statements on other resources."""


def _removed(file: str, test: str) -> Need:
    return Need(NeedKind.REMOVED, file, test)


def _stated(file: str, test: str) -> Need:
    return Need(NeedKind.STATED, file, test)


def _each(need: Need, *actions: str) -> Iterator[tuple[str, Need]]:
    return ((action, need) for action in actions)


_TICKER = _removed(_FUNCTIONS, "TestTicker::test_without_a_right_it_says_what_failed_and_lives_on")
_ROLLS_BACK = Need(
    NeedKind.CALLED, "tests/emulated/operations/test_release.py", "test_killed_driver_is_put_back_by_the_tickers"
)
_REPLICATION = _stated(
    "tests/synth/test_service_roles.py", "TestReplicationRole::test_it_may_do_what_replication_takes_and_no_more"
)
_REPLICATES = _removed(
    "tests/emulated/emulator/test_replication.py", "test_failed_and_older_objects_are_listed_then_copied"
)
_LOCKS = _removed("tests/emulated/emulator/test_protection.py", "test_role_that_cannot_read_locks_replicates_nothing")
_EXPORTS = _removed("tests/emulated/emulator/test_table_recovery.py", "test_export_takes_rights_to_the_objects")
_SCHEDULED = _removed(
    "tests/emulated/emulator/test_scheduler.py", "test_role_without_the_right_ends_in_the_dead_letter_queue"
)
_GIVEN_UP = _stated("tests/synth/test_backups.py", "test_their_role_may_export_two_tables_and_write_backups_alone")
_JOBS = _removed("tests/emulated/emulator/test_replication.py", "test_without_a_right_of_its_role_a_job_fails")
_READINESS = _removed("tests/unit/handlers/test_readiness_check.py", "test_what_cannot_be_read_fails")
_TELLS = _removed(
    "tests/unit/handlers/test_ticker_events.py", "test_event_that_is_refused_is_logged_and_not_sent_again"
)
_OPERATORS_TELL = _stated("tests/synth/test_service_roles.py", "test_it_may_change_data_but_no_infrastructure")
_RELEASERS_TELL = _stated("tests/synth/test_service_roles.py", "test_it_may_change_these_things_alone")
_RESTORED = _stated("tests/synth/test_service_roles.py", "TestRestoreRole::test_it_may_change_these_things_alone")
_PROBES = _removed("tests/unit/handlers/test_probes.py", "test_it_answers_as_the_payment_function_does")
_BY_ROLE: dict[str, Iterable[tuple[str, Need]]] = {
    "backups": (
        *_each(_SCHEDULED, "dynamodb:ExportTableToPointInTime"),
        *_each(_EXPORTS, "s3:AbortMultipartUpload", "s3:PutObject", "s3:PutObjectAcl"),
        *_each(_GIVEN_UP, "sqs:SendMessage"),
    ),
    "copies": _each(_JOBS, "s3:GetReplicationConfiguration", "s3:InitiateReplication", "s3:PutInventoryConfiguration"),
    "dr-operations": (
        *_each(
            _OPERATORS,
            *("apigateway:GET", "cloudwatch:DescribeAlarms", "cloudwatch:GetMetricData"),
            *("dynamodb:DescribeContinuousBackups", "dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:PutItem"),
            *("dynamodb:Scan", "dynamodb:UpdateItem", "events:DescribeRule", "iam:PassRole"),
            *("lambda:GetAccountSettings", "lambda:GetFunctionConcurrency", "lambda:GetFunctionConfiguration"),
            *("lambda:ListEventSourceMappings", "route53:GetHealthCheckStatus", "s3:CreateJob", "s3:DescribeJob"),
            *("s3:GetObject", "s3:ListBucket", "s3:PutObject", "s3:UpdateJobStatus", "sns:GetTopicAttributes"),
            *("sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"),
            *("sqs:SendMessage", "ssm:GetParameter"),
        ),
        *_each(_TRAFFIC, "dynamodb:BatchGetItem", *_STREAM_READING),
        *_each(_REDRIVES, "sqs:DeleteMessage"),
        *_each(_OPERATORS_TELL, "events:PutEvents"),
    ),
    "dr-release": (
        *_each(
            _RELEASERS,
            *(
                "apigateway:DELETE",
                "apigateway:GET",
                "apigateway:PATCH",
                "apigateway:POST",
                "cloudwatch:DescribeAlarms",
            ),
            *("dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"),
            *("lambda:DeleteFunction", "lambda:GetAlias", "lambda:GetPolicy", "lambda:InvokeFunction"),
            *("lambda:ListVersionsByFunction", "lambda:UpdateAlias", "logs:FilterLogEvents", "ssm:GetParameter"),
        ),
        *_each(_RELEASES, "apigateway:POST"),
        *_each(_RELEASERS_TELL, "events:PutEvents"),
    ),
    "dr-restore": (
        *_each(
            _RESTORES,
            *("dynamodb:DeleteItem", "dynamodb:DeleteTable", "dynamodb:DescribeContinuousBackups"),
            *("dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:RestoreTableToPointInTime"),
            *("dynamodb:Scan", "logs:FilterLogEvents", "s3:GetObject", "s3:ListBucket", "ssm:GetParameter"),
        ),
        # DynamoDB asks the caller for these on the table that a restore makes (FACTS 1.14).
        *_each(_RESTORED, "dynamodb:BatchWriteItem", "dynamodb:Query", "dynamodb:UpdateItem"),
    ),
    "payment-api": (
        *_each(
            _removed(_FUNCTIONS, "TestPaymentApi::test_without_inserting_a_payment_is_not_taken"), "dynamodb:PutItem"
        ),
        *_each(
            _removed(_FUNCTIONS, "TestPaymentApi::test_without_reading_payments_it_says_of_none_that_it_is_absent"),
            "dynamodb:GetItem",
        ),
        *_each(
            _removed(_FUNCTIONS, "TestPaymentApi::test_without_writing_its_health_item_the_region_is_unhealthy"),
            "dynamodb:UpdateItem",
        ),
        *_each(
            _removed(_FUNCTIONS, "TestPaymentApi::test_without_sending_it_takes_nothing_while_the_table_is_away"),
            "sqs:SendMessage",
        ),
        *_each(_WITHOUT_LOGS, *_LOGS),
    ),
    "payment-canary": _each(
        _RIGHTS, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "sqs:SendMessage", *_LOGS
    ),
    "probes": (*_each(_PROBES, "dynamodb:GetItem"), *_each(_RIGHTS, *_LOGS)),
    "readiness": (
        *_each(_READINESS, "dynamodb:DescribeTable", "dynamodb:GetItem", "s3:ListBucket", "sqs:GetQueueAttributes"),
        *_each(_RIGHTS, *_LOGS),
    ),
    "replication": (
        *_each(_REPLICATES, "s3:ReplicateObject"),
        *_each(_LOCKS, "s3:GetObjectLegalHold", "s3:GetObjectRetention"),
        *_each(
            _REPLICATION,
            *("s3:GetObjectVersionAcl", "s3:GetObjectVersionForReplication", "s3:GetObjectVersionTagging"),
            *("s3:GetReplicationConfiguration", "s3:ListBucket", "s3:ReplicateDelete", "s3:ReplicateTags"),
        ),
    ),
    "retry-worker": (
        *_each(
            _removed(_FUNCTIONS, "TestRetryWorker::test_without_inserting_the_attempt_is_counted_and_tried_again"),
            "dynamodb:PutItem",
        ),
        *_each(
            _removed(_FUNCTIONS, "TestRetryWorker::test_without_reading_the_writer_the_message_stays"),
            "dynamodb:GetItem",
        ),
        *_each(
            _removed(_FUNCTIONS, "TestRetryWorker::test_without_the_queue_it_gets_nothing"),
            *("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"),
        ),
        *_each(
            _removed(_FUNCTIONS, "TestRetryWorker::test_without_sending_what_cannot_be_stored_stays"), "sqs:SendMessage"
        ),
        *_each(
            _removed(_FUNCTIONS, "TestRetryWorker::test_without_the_parameter_it_does_not_know_the_table"),
            "ssm:GetParameter",
        ),
        *_each(_WITHOUT_LOGS, *_LOGS),
    ),
    "ticker": (
        *_each(_ROLLS_BACK, "apigateway:GET", "apigateway:PATCH", "lambda:GetAlias", "lambda:UpdateAlias"),
        *_each(_TICKER, "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"),
        *_each(_removed(_FUNCTIONS, "TestTicker::test_without_deleting_glass_stays"), "dynamodb:DeleteItem"),
        *_each(_TELLS, "events:PutEvents"),
        *_each(_RIGHTS, "lambda:InvokeFunction", "ssm:GetParameter", *_LOGS),
    ),
    "transaction-log": (
        *_each(_removed(_STREAM, "test_without_the_stream_it_gets_nothing"), "dynamodb:ListStreams", *_STREAM_READING),
        *_each(
            _removed(
                _FUNCTIONS,
                "TestTransactionLog::test_without_describing_the_table_it_does_not_know_since_when_there_is_none",
            ),
            "dynamodb:DescribeTable",
        ),
        *_each(
            _removed(_FUNCTIONS, "TestTransactionLog::test_without_listing_backups_their_age_is_unknown"),
            "s3:ListBucket",
        ),
        *_each(_removed(_STREAM, "test_without_writing_objects_it_fails"), "s3:PutObject"),
        *_each(_removed(_STREAM, "test_without_sending_a_failed_batch_is_not_reported"), "sqs:SendMessage"),
        *_each(_WITHOUT_LOGS, *_LOGS),
    ),
}

NEEDS: dict[tuple[str, str], Need] = {
    (role, action): need for role, needs in _BY_ROLE.items() for action, need in needs
}
