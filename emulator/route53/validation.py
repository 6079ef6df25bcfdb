"""Refuses health checks and records that Route 53 refuses, or that this emulator would not treat as Route 53 does."""

from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from typing import Any

from emulator.regions import CHECKER_REGIONS
from emulator.route53.checks import CALCULATED, CLOUDWATCH_METRIC, ENDPOINT_TYPES
from emulator.route53.messages import rdata
from emulator.route53.records import other_policy

_INTERVALS_SECONDS = (10, 30)
_THRESHOLDS = range(1, 11)
_PORTS = range(1, 65_536)
_FEWEST_REGIONS = 3
_SHORTEST_PERIOD_SECONDS = 60
_ALARM_STATISTICS = ("Average", "Minimum", "Maximum", "Sum", "SampleCount")

Find = Callable[[str], Mapping[str, Any] | None]
"""Returns the stored configuration of a health check by its id."""
FindAlarm = Callable[[str, str], Mapping[str, Any] | None]
"""Returns a stored metric alarm by its region and name."""


def check_problems(stored: Mapping[str, Any], find: Find, find_alarm: FindAlarm) -> Iterator[str]:
    """Yield what is wrong with a health check's configuration."""
    type_ = stored.get("Type")
    if type_ in ENDPOINT_TYPES:
        yield from _endpoint_problems(stored)
    elif type_ == CALCULATED:
        yield from _calculated_problems(stored, find)
    elif type_ == CLOUDWATCH_METRIC:
        yield from _alarm_problems(stored, find_alarm)
    else:
        yield f"Health checks of the type {type_} are not emulated."


def _endpoint_problems(stored: Mapping[str, Any]) -> Iterator[str]:
    address = stored.get("IPAddress")
    if not address and not stored.get("FullyQualifiedDomainName"):
        yield "FullyQualifiedDomainName or IPAddress is required."
    if address and not _is_ip_address(address):
        yield f"IPAddress is malformed: {address}."
    port = stored.get("Port")
    if port not in _PORTS and (port is not None or stored["Type"] == "TCP"):
        yield f"Port must be from 1 to 65535, got {port}."
    # The limits are FACTS 2.2.
    interval = stored.get("RequestInterval", 30)
    if interval not in _INTERVALS_SECONDS:
        yield f"RequestInterval must be 10 or 30, got {interval}."
    threshold = stored.get("FailureThreshold", 3)
    if threshold not in _THRESHOLDS:
        yield f"FailureThreshold must be from 1 to 10, got {threshold}."
    regions = stored.get("Regions") or CHECKER_REGIONS
    unknown = [region for region in regions if region not in CHECKER_REGIONS]
    if unknown:
        yield f"Route 53 has no health checkers in {', '.join(unknown)}."
    if len(regions) < _FEWEST_REGIONS:
        yield f"At least {_FEWEST_REGIONS} Regions are required, got {', '.join(regions)}."
    if stored["Type"].endswith("_STR_MATCH") and not stored.get("SearchString"):
        yield "SearchString is required."


def _calculated_problems(stored: Mapping[str, Any], find: Find) -> Iterator[str]:
    for child in stored.get("ChildHealthChecks") or ():
        configuration = find(child)
        if configuration is None:
            yield f"The child health check {child} does not exist."
        elif configuration.get("Type") == CALCULATED:  # FACTS 2.8
            yield f"The child health check {child} is a calculated one itself."


def _alarm_problems(stored: Mapping[str, Any], find_alarm: FindAlarm) -> Iterator[str]:
    """Yield what a check cannot follow: it takes one metric of standard resolution, N of N (FACTS 2.7)."""
    named = stored.get("AlarmIdentifier") or {}
    alarm = find_alarm(named.get("Region", ""), named.get("Name", ""))
    if alarm is None:
        yield f"The alarm {named.get('Name')} does not exist in {named.get('Region')}."
        return
    if alarm.get("Metrics"):
        yield f"The alarm {named['Name']} is on metric math."
    elif alarm.get("Statistic") not in _ALARM_STATISTICS:
        yield f"The alarm {named['Name']} has an extended statistic."
    if int(alarm.get("Period") or _SHORTEST_PERIOD_SECONDS) < _SHORTEST_PERIOD_SECONDS:
        yield f"The alarm {named['Name']} is on a high-resolution metric."
    periods = alarm.get("EvaluationPeriods")
    if int(alarm.get("DatapointsToAlarm") or periods or 1) != int(periods or 1):
        yield f"The alarm {named['Name']} is M of N."


def record_problems(stored: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a record set that is to be created or changed."""
    shown = f"{stored['Name']} {stored['Type']}"
    policy = other_policy(stored)
    if policy:
        yield f"{shown}: {policy} routing is not emulated."
    if stored.get("Failover") not in (None, "PRIMARY", "SECONDARY"):
        yield f"{shown}: Failover must be PRIMARY or SECONDARY, got {stored['Failover']}."
    if "AliasTarget" in stored:
        if stored.get("ResourceRecords") or stored.get("TTL") is not None:
            yield f"{shown}: an alias has neither ResourceRecords nor TTL."
        return
    if not str(stored.get("TTL", "")).isdecimal():
        yield f"{shown}: TTL must be a number of seconds, got {stored.get('TTL')}."
    if not stored.get("ResourceRecords"):
        yield f"{shown}: ResourceRecords are required."
    for value in stored.get("ResourceRecords", ()):
        try:
            rdata(stored["Type"], value)
        except ValueError as error:
            yield f"{shown}: {error}."


def _is_ip_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
