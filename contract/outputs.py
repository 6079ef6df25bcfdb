"""The stack's outputs that operations read, from Terraform's state or from the site parameter."""

from enum import StrEnum

from contract.roles import Role


class Output(StrEnum):
    """The outputs by name; those that are per region are maps from role to value unless they say otherwise."""

    TABLE_NAME = "table_name"
    CONTROL_TABLE_NAME = "control_table_name"
    WITNESS_REGION = "witness_region"
    OPERATIONS_ROLE_ARN = "operations_role_arn"
    REGIONS = "regions"
    PRIMARY_ENDPOINT_URL = "primary_endpoint_url"
    STANDBY_ENDPOINT_URL = "standby_endpoint_url"
    FAILOVER_ENDPOINT_URL = "failover_endpoint_url"  # with a domain only
    EXECUTE_API_URLS = "execute_api_urls"
    FUNCTION_URLS = "function_urls"  # where they are switched on only
    BUCKET_NAMES = "bucket_names"
    RETRY_QUEUE_URLS = "retry_queue_urls"
    DEAD_LETTER_QUEUE_URLS = "dead_letter_queue_urls"
    STREAM_FAILURE_QUEUE_URLS = "stream_failure_queue_urls"
    FUNCTION_NAMES = "function_names"  # role -> function -> name
    CANARY_TABLE_NAMES = "canary_table_names"
    REST_API_IDS = "rest_api_ids"
    KEPT_VERSIONS = "kept_versions"  # one number for both regions
    LOG_RETENTION_DAYS = "log_retention_days"  # one number for both regions
    HEALTH_CHECK_IDS = "health_check_ids"  # by `CheckName`, with a domain only
    REPLICATION_LAG_THRESHOLD_SECONDS = "replication_lag_threshold_seconds"
    ALARM_ARNS = "alarm_arns"  # by region; not in the site parameter, which has no room for ARNs
    ALARM_NAMES = "alarm_names"  # by region, the names' kinds alone; in the site parameter only


ENDPOINT_URLS = {Role.PRIMARY: Output.PRIMARY_ENDPOINT_URL, Role.STANDBY: Output.STANDBY_ENDPOINT_URL}
"""Each region's own API, whichever region serves."""


class QueueKind(StrEnum):
    """The queues of each region."""

    RETRY = "retry"
    DEAD_LETTER = "dead_letter"
    STREAM_FAILURE = "stream_failure"


QUEUE_URLS = {
    QueueKind.RETRY: Output.RETRY_QUEUE_URLS,
    QueueKind.DEAD_LETTER: Output.DEAD_LETTER_QUEUE_URLS,
    QueueKind.STREAM_FAILURE: Output.STREAM_FAILURE_QUEUE_URLS,
}


class CheckName(StrEnum):
    """Route 53's health checks; `serving` (primary writer AND NOT standby writer) decides what DNS answers."""

    PRIMARY_WRITER = "primary_writer"
    STANDBY_WRITER = "standby_writer"
    STANDBY_HEALTH = "standby_health"
    SERVING = "serving"
