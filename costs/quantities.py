"""How much of everything a month takes: from the stack, a payment rate and the assumptions. Pure."""

from collections.abc import Mapping

from costs import assumptions as assume
from costs.stack import Stack

GB = 1e9


def quantities(stack: Stack, payments_per_second: float) -> Mapping[str, float]:
    """Return the quantity of each price's units in one month, the first: what is stored grows from there.

    All payments go to one region, as designed; the other is kept warm by health checks and its ticker.
    """
    month = assume.SECONDS_PER_MONTH
    payments = payments_per_second * month
    health = (_probes_per_second(stack, "/health") + stack.tickers * assume.TICKER_HEALTH_CALLS_PER_SECOND) * month
    probes = _probes_per_second(stack) * month + stack.tickers * assume.TICKER_HEALTH_CALLS_PER_SECOND * month
    rounds = stack.tickers * month / 60
    batches = _log_batches_per_second(payments_per_second, stack.log_batches_at_once) * month
    receipts = payments if stack.receipts else 0
    log_objects = batches + receipts
    logged = payments * (assume.LOG_LINE_BYTES * (2 if stack.receipts else 1)) / GB
    stored = payments * assume.PAYMENT_ITEM_BYTES / GB
    exported = stored * assume.GROWING_TABLE * assume.BACKUPS_PER_MONTH * stack.daily_exports
    backups = exported * assume.BACKUP_COMPRESSION
    kept_backups = stored * assume.BACKUP_COMPRESSION * assume.BACKUPS_PER_MONTH * assume.BACKUP_MONTHS
    checks = assume.READINESS_CHECKS_PER_MONTH * stack.readiness_checks
    looks = assume.BACKUP_LOOKS_PER_MONTH * stack.daily_exports
    logs = (
        payments * (assume.FUNCTION_LOG_BYTES + assume.ACCESS_LOG_BYTES)
        + probes * _PROBE_LOG_BYTES
        + rounds * assume.TICKER_LOG_BYTES
        + looks * assume.BACKUP_LOOK_LOG_BYTES
        + checks * assume.READINESS_CHECK_LOG_BYTES
    ) / GB
    seconds = (
        payments * assume.PAYMENT_SECONDS
        + (probes - health) * assume.PROBE_SECONDS
        + health * assume.HEALTH_SECONDS
        + batches * assume.WORKER_SECONDS
        + receipts * assume.RECEIPT_SECONDS
        + looks * assume.BACKUP_LOOK_SECONDS
    )
    # What `/health` writes to show that the table takes writes, the tickers' own items, and the proofs of fitness.
    kept = stack.tickers * (assume.TICKER_WRITES_PER_SECOND + assume.PROOFS_PER_SECOND) * month
    writes = payments + health + kept
    metrics_of_payments = assume.BUSINESS_METRICS + assume.REPLICATION_METRICS * stack.replication_rules
    reads = (
        probes
        + stack.tickers * assume.TICKER_READS_PER_SECOND * month
        + _busy_environments(payments_per_second) * assume.WRITER_READS_PER_SECOND * month
    )
    return {
        "api_request": payments + probes,
        "lambda_request": payments + probes + rounds + batches + looks + checks,
        "lambda_gb_second": seconds * stack.memory_gb
        + (rounds * assume.TICKER_SECONDS + checks * assume.READINESS_CHECK_SECONDS) * stack.ticker_memory_gb,
        "dynamodb_replicated_write": writes * stack.regions,
        "dynamodb_read": reads,
        "dynamodb_storage": stored * stack.regions,
        "dynamodb_point_in_time_recovery": stored * stack.regions,
        "dynamodb_export": exported,
        "s3_put": log_objects * stack.regions + looks * assume.BACKUP_LOOK_REQUESTS,  # a list costs as much
        "s3_storage": logged * stack.regions + kept_backups * stack.daily_exports * stack.regions,
        "s3_replication_time_control": logged + backups,
        "transfer_between_regions": (logged + backups + writes * assume.PAYMENT_ITEM_BYTES / GB) * (stack.regions - 1),
        "transfer_out": payments * assume.RESPONSE_BYTES / GB,
        "sqs_request": stack.event_sources * assume.QUEUE_POLLS_PER_SECOND * month,
        # Writes of the control table, and of objects: those that are replicated are S3's own.
        "cloudtrail_data_event": (kept + log_objects) * (stack.types.get("aws_cloudtrail", 0)),
        "log_ingestion": logs,
        "log_storage": logs * assume.LOG_COMPRESSION * min(1, stack.log_retention_months),
        "alarm_metric": stack.alarm_metrics,
        "composite_alarm": stack.types.get("aws_cloudwatch_composite_alarm", 0),
        "dashboard": stack.types.get("aws_cloudwatch_dashboard", 0),
        "custom_metric": stack.custom_metrics + (metrics_of_payments if payments else 0),
        "hosted_zone": stack.types.get("aws_route53_zone", 0),
        "dns_query": payments * assume.DNS_QUERIES_PER_PAYMENT,
        "waf_web_acl": (web_acls := stack.types.get("aws_wafv2_web_acl", 0)),
        "waf_rule": stack.waf_rules,
        "waf_request": payments + probes if web_acls else 0,
        "health_check": len(stack.health_checks),
        "health_check_option": sum(check.options for check in stack.health_checks),
    }


_PROBE_LOG_BYTES = assume.ACCESS_LOG_BYTES + 350
"""A health check's request: the access log's line, and Lambda's START, END and REPORT."""


def _probes_per_second(stack: Stack, path: str | None = None) -> float:
    """Return what the checkers ask for, all of it or one path alone."""
    return sum(
        check.checker_regions * assume.CHECKERS_PER_REGION * check.requests_per_second_and_checker
        for check in stack.health_checks
        if path in (None, check.path)
    )


def _log_batches_per_second(payments_per_second: float, at_once: int) -> float:
    """Full batches at high rates; below them some each window in which there was a payment."""
    windows = min(payments_per_second, at_once / assume.LOG_WINDOW_SECONDS)
    return max(windows, payments_per_second / assume.LOG_BATCH)


def _busy_environments(payments_per_second: float) -> float:
    """Return how many execution environments answer at once (Little's law); a payment reads the writer at most once."""
    return min(payments_per_second, max(1.0, payments_per_second * assume.PAYMENT_SECONDS))
