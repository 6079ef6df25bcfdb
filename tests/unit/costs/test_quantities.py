"""Quantities follow from the stack, the rate and stated assumptions."""

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.deadlines import HEALTH_SECONDS, HEARTBEAT_SECONDS, TICKER_RUN_SECONDS
from costs import assumptions as assume
from costs.prices import read_prices
from costs.quantities import quantities
from costs.stack import BilledHealthCheck, Stack
from tests.unit.handlers.api import Api

STACK = Stack(
    types={"aws_route53_zone": 1, "aws_cloudwatch_dashboard": 1},
    regions=2,
    memory_gb=0.5,
    ticker_memory_gb=0.25,
    tickers=2,
    event_sources=2,
    alarm_metrics=50,
    custom_metrics=5,
    log_retention_months=1,
    replication_rules=2,
    health_checks=(
        BilledHealthCheck(3, 0.1, 3, "/health"),
        BilledHealthCheck(3, 0.1, 3, "/writer"),
        BilledHealthCheck(0, 0, 0),
    ),
    receipts=False,
    log_batches_at_once=1,
    readiness_checks=2,
    daily_exports=2,
)
rates = st.floats(min_value=0, max_value=20_000, allow_nan=False)


def test_every_price_has_a_quantity() -> None:
    assert set(quantities(STACK, 1)) == set(read_prices().prices)


@given(rates, rates)
def test_more_payments_never_take_less(one: float, other: float) -> None:
    less, more = (quantities(STACK, rate) for rate in sorted((one, other)))
    assert all(less[name] <= more[name] * 1.000001 for name in less)


CHECKS = 3 * assume.CHECKERS_PER_REGION * 0.1 * assume.SECONDS_PER_MONTH
"""What one check asks for in a month."""

TICKER_CALLS = 2 * 0.5 * assume.SECONDS_PER_MONTH


LOOKS = 2 * assume.SECONDS_PER_MONTH / 60
"""How often a month the two regions look at their backups."""


def test_idle_there_are_health_checks_tickers_and_looks_at_backups() -> None:
    idle = quantities(STACK, 0)
    assert idle["api_request"] == pytest.approx(2 * CHECKS + TICKER_CALLS)
    assert idle["lambda_request"] == pytest.approx(2 * CHECKS + TICKER_CALLS + LOOKS + LOOKS + 2 * 8760)
    assert idle["s3_put"] == pytest.approx(0.8 * LOOKS)
    assert idle["transfer_out"] == idle["dynamodb_storage"] == 0


def test_web_acl_judges_every_request() -> None:
    with_waf = quantities(replace(STACK, types={"aws_wafv2_web_acl": 2}, waf_rules=8), 1)
    assert (with_waf["waf_web_acl"], with_waf["waf_rule"]) == (2, 8)
    assert with_waf["waf_request"] == with_waf["api_request"]
    assert quantities(STACK, 1)["waf_request"] == 0


def test_each_region_exports_the_growing_table_every_day() -> None:
    """Half of the month's payments on the average, and what is kept of it is in both buckets."""
    stored = 100 * assume.SECONDS_PER_MONTH * assume.PAYMENT_ITEM_BYTES / 1e9
    with_backups, without = quantities(STACK, 100), quantities(replace(STACK, daily_exports=0), 100)
    assert without["dynamodb_export"] == 0
    assert with_backups["dynamodb_export"] == pytest.approx(2 * 730 / 24 * stored / 2)
    by_day = [stored * day / 30 * (1 - day / 30) for day in range(1, 31)]
    kept = with_backups["s3_storage"] - without["s3_storage"]
    assert kept == pytest.approx(2 * 2 * assume.BACKUP_COMPRESSION * sum(by_day), rel=0.05)


def test_idle_the_control_table_is_read_and_written_every_second() -> None:
    idle = quantities(STACK, 0)
    seconds = assume.SECONDS_PER_MONTH
    tickers = 2 * 3.2 * seconds  # the writer and both proofs each second, the release each five
    assert idle["dynamodb_read"] == pytest.approx(tickers + 2 * CHECKS + TICKER_CALLS)
    kept = 2 * (1.1 + 1) * seconds  # memory and heartbeat, proof
    assert idle["dynamodb_replicated_write"] == pytest.approx(2 * (kept + CHECKS + TICKER_CALLS))


def test_the_tickers_always_run() -> None:
    with_more = quantities(replace(STACK, ticker_memory_gb=0.5), 0)["lambda_gb_second"]
    added = with_more - quantities(STACK, 0)["lambda_gb_second"]
    lived = added / 0.25 / 2 / assume.SECONDS_PER_MONTH
    assert 1 <= lived <= 2.5  # runs overlap


def test_a_ticker_is_no_shorter_than_the_minute_until_the_next() -> None:
    assert 60 <= assume.TICKER_SECONDS <= TICKER_RUN_SECONDS
    assert 1 + 1 / HEARTBEAT_SECONDS == assume.TICKER_WRITES_PER_SECOND
    assert 1 / HEALTH_SECONDS == assume.TICKER_HEALTH_CALLS_PER_SECOND


def test_a_payment_is_written_to_each_replica() -> None:
    more, idle = quantities(STACK, 100), quantities(STACK, 0)
    written = more["dynamodb_replicated_write"] - idle["dynamodb_replicated_write"]
    payments = 100 * assume.SECONDS_PER_MONTH
    assert written == pytest.approx(2 * payments)


def test_what_is_written_goes_to_the_other_region() -> None:
    payments = 100 * assume.SECONDS_PER_MONTH
    without_backups = replace(STACK, daily_exports=0)
    moved = quantities(without_backups, 100)["transfer_between_regions"] * 1e9
    written = quantities(without_backups, 100)["dynamodb_replicated_write"] / 2
    assert moved == pytest.approx(payments * assume.LOG_LINE_BYTES + written * assume.PAYMENT_ITEM_BYTES)


def test_backups_go_to_the_other_region_as_well() -> None:
    with_backups, without = quantities(STACK, 100), quantities(replace(STACK, daily_exports=0), 100)
    compressed = with_backups["dynamodb_export"] * assume.BACKUP_COMPRESSION
    for copied in ("transfer_between_regions", "s3_replication_time_control"):
        assert with_backups[copied] - without[copied] == pytest.approx(compressed)


def test_the_first_month_keeps_no_more_than_its_own_logs() -> None:
    def kept(months: float) -> float:
        return quantities(replace(STACK, log_retention_months=months), 1)["log_storage"]

    assert kept(12) == kept(math.inf) == kept(1) == 2 * kept(0.5)


def test_replication_is_measured_once_there_is_any() -> None:
    busy, idle = quantities(STACK, 1)["custom_metric"], quantities(STACK, 0)["custom_metric"]
    assert busy - idle == assume.BUSINESS_METRICS + 2 * assume.REPLICATION_METRICS


def test_receipts_are_an_object_a_payment_in_each_bucket() -> None:
    payments = 100 * assume.SECONDS_PER_MONTH
    with_receipts, without = quantities(replace(STACK, receipts=True), 100), quantities(STACK, 100)
    assert with_receipts["s3_put"] - without["s3_put"] == 2 * payments


def test_a_slower_interval_saves_requests() -> None:
    slower = replace(STACK, health_checks=(BilledHealthCheck(2, 1 / 30, 3),))
    fast = replace(STACK, health_checks=(BilledHealthCheck(3, 0.1, 3),))
    slow_requests, fast_requests = (quantities(each, 0)["api_request"] - TICKER_CALLS for each in (slower, fast))
    assert slow_requests * 3 == pytest.approx(fast_requests)


def test_a_payment_logs_about_what_is_assumed(capsys: pytest.CaptureFixture[str]) -> None:
    """The function's own lines; Lambda adds START, END and REPORT, some 350 bytes."""
    api = Api()
    status, stored = api.post(json.dumps({"transactionId": "a" * 36, "amount": "49.90", "currency": "EUR"}))
    assert status == 201
    logged = len(api.payments.logs.text) + len(capsys.readouterr().out) + 350
    assert logged == pytest.approx(assume.FUNCTION_LOG_BYTES, rel=0.2)
    assert len(json.dumps(stored)) == pytest.approx(assume.LOG_LINE_BYTES, rel=0.3)


def test_readiness_checks_are_billed_like_a_small_ticker() -> None:
    without = replace(STACK, readiness_checks=0)
    found, before = quantities(STACK, 0), quantities(without, 0)
    assert found["lambda_request"] - before["lambda_request"] == 2 * 8760
    assert found["lambda_gb_second"] - before["lambda_gb_second"] == pytest.approx(2 * 8760 * 8 * 0.25)


def test_audit_trail_is_paid_by_the_write() -> None:
    found = quantities(replace(STACK, types={"aws_cloudtrail": 1}), 0)
    assert found["cloudtrail_data_event"] == pytest.approx(2 * 2.1 * assume.SECONDS_PER_MONTH)
    assert quantities(STACK, 100)["cloudtrail_data_event"] == 0
