"""What of a synthesized stack decides its price."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Any


class StackError(Exception):
    """There is no stack to price; the text is one line and says how to get one."""


@dataclass(frozen=True)
class BilledHealthCheck:
    """One check of Route 53; calculated ones have no checkers."""

    options: int
    requests_per_second_and_checker: float
    checker_regions: int
    path: str = ""


@dataclass(frozen=True)
class Stack:
    """A stack's resources by type, and the settings that move its price."""

    types: Mapping[str, int]
    regions: int
    memory_gb: float
    ticker_memory_gb: float
    tickers: int
    """Functions that are always there, one a region."""
    event_sources: int
    alarm_metrics: int
    custom_metrics: int
    log_retention_months: float
    replication_rules: int
    health_checks: tuple[BilledHealthCheck, ...]
    receipts: bool
    log_batches_at_once: int
    """Invocations of the transaction log that read one shard at the same time."""
    readiness_checks: int
    """Functions that check their region's readiness again and again, one a region."""
    daily_exports: int
    """Of the payments table, one a region; the control table has a few KB."""
    waf_rules: int = 0
    """Of all web ACLs together, a managed group counted once."""


def read_stack(path: Path) -> Stack:
    """Read a `cdk.tf.json`.

    Raises:
        StackError: There is none, or it is none of this project's.
    """
    try:
        stack = _stack(json.loads(path.read_text(encoding="utf-8"))["resource"])
    except FileNotFoundError:
        raise StackError(f"{path} must be a synthesized stack, got no file: run `./run synth`") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StackError(f"{path} must be a synthesized stack of this project, got {error!r}") from error
    if not stack.regions:
        raise StackError(f"{path} must have payment functions, got none")
    return stack


def _stack(resources: Mapping[str, Mapping[str, Any]]) -> Stack:
    functions = _all(resources, "aws_lambda_function")
    alarms = _all(resources, "aws_cloudwatch_metric_alarm")
    payment_functions = [each for each in functions if each["function_name"].startswith("payment-api")]
    tickers = [each for each in functions if each["function_name"].startswith("ticker")]
    retention = [each.get("retention_in_days") or inf for each in _all(resources, "aws_cloudwatch_log_group")]
    return Stack(
        types=Counter({kind: len(each) for kind, each in resources.items()}),
        regions=len(payment_functions),
        memory_gb=_memory_gb(payment_functions),
        ticker_memory_gb=_memory_gb(tickers),
        tickers=len(tickers),
        event_sources=sum(
            "batch_size" in each and "starting_position" not in each
            for each in _all(resources, "aws_lambda_event_source_mapping")
        ),
        alarm_metrics=sum(max(1, sum("metric" in part for part in each.get("metric_query", []))) for each in alarms),
        custom_metrics=len(
            {
                (metric["metric_name"], each["provider"])
                for each in alarms
                for metric in _metrics_of(each)
                if not metric.get("namespace", "AWS/").startswith("AWS/")
            }
        ),
        log_retention_months=max(retention, default=0) / 30,
        replication_rules=sum(len(each["rule"]) for each in _all(resources, "aws_s3_bucket_replication_configuration")),
        health_checks=tuple(_check(each) for each in _all(resources, "aws_route53_health_check")),
        receipts=any(
            each["environment"]["variables"].get("PAYMENT_RECEIPTS") == "true"
            for each in functions
            if "environment" in each
        ),
        log_batches_at_once=max(
            (each.get("parallelization_factor", 1) for each in _all(resources, "aws_lambda_event_source_mapping")),
            default=1,
        ),
        waf_rules=sum(len(each["rule"]) for each in _all(resources, "aws_wafv2_web_acl")),
        readiness_checks=sum(each["function_name"].startswith("readiness") for each in functions),
        daily_exports=sum(
            each["name"].startswith("payments-backup-") for each in _all(resources, "aws_scheduler_schedule")
        ),
    )


def _check(check: Mapping[str, Any]) -> BilledHealthCheck:
    if check["type"] == "CALCULATED":
        return BilledHealthCheck(options=0, requests_per_second_and_checker=0, checker_regions=0)
    options = (check["type"].startswith("HTTPS"), check["request_interval"] == 10, check.get("measure_latency", False))  # noqa: PLR2004
    regions = len(check.get("regions", ())) or 8
    return BilledHealthCheck(sum(options), 1 / check["request_interval"], regions, check.get("resource_path", ""))


def _metrics_of(alarm: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """Return the metrics that an alarm watches: its own, or those of its expression."""
    if "metric_query" in alarm:
        return [part["metric"] for part in alarm["metric_query"] if "metric" in part]
    return [alarm]


def _memory_gb(functions: Sequence[Mapping[str, Any]]) -> float:
    return float(max((each["memory_size"] for each in functions), default=0) / 1024)


def _all(resources: Mapping[str, Mapping[str, Any]], kind: str) -> list[Any]:
    return list(resources.get(kind, {}).values())
