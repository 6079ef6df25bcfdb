"""What cannot be deployed."""

from collections.abc import Mapping
from typing import Any

import pytest

from emulator.route53.validation import check_problems, record_problems

ENDPOINT = {"Type": "HTTPS", "FullyQualifiedDomainName": "a.example.com"}
ALARM = {"Statistic": "Maximum", "Period": 60, "EvaluationPeriods": 2}
FOLLOWING = {"Type": "CLOUDWATCH_METRIC", "AlarmIdentifier": {"Region": "us-east-2", "Name": "lag"}}
CHECKS = {"endpoint": ENDPOINT, "calculated": {"Type": "CALCULATED"}}


def problems(stored: Mapping[str, Any], alarm: Mapping[str, Any] | None = None) -> str:
    return " ".join(check_problems(stored, CHECKS.get, lambda region, name: alarm))


@pytest.mark.parametrize(
    "stored",
    [
        ENDPOINT,
        {**ENDPOINT, "Port": 8443, "RequestInterval": 10, "FailureThreshold": 10},
        {**ENDPOINT, "Regions": ["us-west-2", "us-west-1", "eu-west-1"]},
        {"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 5432},
        {"Type": "HTTPS_STR_MATCH", "IPAddress": "2001:db8::1", "SearchString": "ok"},
        {"Type": "CALCULATED", "ChildHealthChecks": ["endpoint"], "HealthThreshold": 1},
    ],
)
def test_these_are_fine(stored: Mapping[str, Any]) -> None:
    assert problems(stored) == ""


@pytest.mark.parametrize(
    ("stored", "problem"),
    [
        ({"Type": "RECOVERY_CONTROL"}, "RECOVERY_CONTROL are not emulated"),
        ({}, "None are not emulated"),
        ({"Type": "HTTPS"}, "FullyQualifiedDomainName or IPAddress is required"),
        ({"Type": "HTTPS", "IPAddress": "999.1.1.1"}, "IPAddress is malformed: 999.1.1.1"),
        ({"Type": "TCP", "IPAddress": "192.0.2.1"}, "Port must be from 1 to 65535, got None"),
        ({**ENDPOINT, "Port": 65536}, "Port must be from 1 to 65535, got 65536"),
        ({**ENDPOINT, "RequestInterval": 20}, "RequestInterval must be 10 or 30, got 20"),
        ({**ENDPOINT, "FailureThreshold": 11}, "FailureThreshold must be from 1 to 10, got 11"),
        ({**ENDPOINT, "Regions": ["us-east-1", "us-west-2"]}, "At least 3 Regions are required"),
        ({**ENDPOINT, "Regions": ["us-east-2", "us-west-2", "eu-west-1"]}, "no health checkers in us-east-2"),
        ({**ENDPOINT, "Type": "HTTPS_STR_MATCH"}, "SearchString is required"),
        ({"Type": "CALCULATED", "ChildHealthChecks": ["gone"]}, "gone does not exist"),
        ({"Type": "CALCULATED", "ChildHealthChecks": ["calculated"]}, "calculated is a calculated one itself"),
    ],
)
def test_these_are_refused(stored: Mapping[str, Any], problem: str) -> None:
    assert problem in problems(stored)


@pytest.mark.parametrize(
    ("alarm", "problem"),
    [
        (ALARM, ""),
        ({**ALARM, "DatapointsToAlarm": 2}, ""),
        (None, "lag does not exist in us-east-2"),
        ({**ALARM, "Metrics": [{"Id": "m"}]}, "metric math"),
        ({**ALARM, "Statistic": None, "ExtendedStatistic": "p99"}, "extended statistic"),
        ({**ALARM, "Period": 10}, "high-resolution"),
        ({**ALARM, "DatapointsToAlarm": 1}, "M of N"),
    ],
)
def test_which_alarms_can_be_followed(alarm: Mapping[str, Any] | None, problem: str) -> None:
    """FACTS 2.7."""
    said = problems(FOLLOWING, alarm)
    assert (problem in said) if problem else said == ""


RECORD = {"Name": "a.example.com.", "Type": "A", "TTL": "60", "ResourceRecords": ["192.0.2.1"]}
ALIAS = {"Name": "a.example.com.", "Type": "A", "AliasTarget": {"HostedZoneId": "Z", "DNSName": "b.example.com."}}


@pytest.mark.parametrize("stored", [RECORD, ALIAS, {**ALIAS, "Failover": "PRIMARY"}, {**RECORD, "TTL": "0"}])
def test_these_records_are_fine(stored: Mapping[str, Any]) -> None:
    assert list(record_problems(stored)) == []


@pytest.mark.parametrize(
    ("stored", "problem"),
    [
        ({**RECORD, "Weight": 0}, "weighted routing is not emulated"),
        ({**RECORD, "Region": "us-east-1"}, "latency routing is not emulated"),
        ({**RECORD, "MultiValueAnswer": False}, "multivalue answer routing is not emulated"),
        ({**RECORD, "Failover": "THIRD"}, "Failover must be PRIMARY or SECONDARY, got THIRD"),
        ({**RECORD, "TTL": "soon"}, "TTL must be a number of seconds, got soon"),
        ({"Name": "a.example.com.", "Type": "A", "TTL": "60"}, "ResourceRecords are required"),
        ({**RECORD, "ResourceRecords": ["no address"]}, "'no address' is malformed"),
        ({**ALIAS, "TTL": "60"}, "an alias has neither ResourceRecords nor TTL"),
    ],
)
def test_these_records_are_refused(stored: Mapping[str, Any], problem: str) -> None:
    assert problem in " ".join(record_problems(stored))
