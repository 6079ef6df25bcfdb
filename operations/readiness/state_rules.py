"""Readiness rules for state: each region has the data, valid certificates and working alarms."""

from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial

from contract.outputs import QueueKind
from contract.roles import Role
from operations.readiness.capacity_rules import differences
from operations.readiness.model import Certificate, CheckFinding, CheckResult, Facts, Table
from operations.readiness.remedies import RUNBOOK_ALARMS, redrive
from operations.readiness.rule import DEPLOY
from operations.readiness.rule_evaluation import both, judge
from operations.site import RegionSite
from operations.topology.model import (
    LATE_HEARTBEAT_SECONDS,
    Alarm,
    AlarmState,
    QueueDepth,
    RegionState,
)
from operations.topology.readings import Known

CERTIFICATE_DAYS = 30
"""A certificate must be valid for longer than that."""

_DAY_SECONDS = 86_400
_WAIT_FOR_DATA = f"wait some minutes for their first datapoints; if none come, {RUNBOOK_ALARMS}"
_WRITE_LOGS = '`dr reconcile --write-logs --reason …`, then purge it; docs/runbook.md, "A batch could not be logged"'


def data(facts: Facts) -> Iterator[CheckFinding]:
    """Judge the replicas and the replication between them."""
    topology = facts.topology
    for role, region in facts.regions.items():
        name, peer = topology.site.regions[role].name, topology.site.regions[role.peer].name
        yield judge(
            f"replica in {name}",
            region.table,
            partial(_table_problem, peer),
            lambda _: "active",
            remedy=f"wait until DynamoDB has updated it; if it is absent, {DEPLOY}",
        )
        yield judge(
            f"replication lag from {name}",
            topology.lag[role, role.peer],
            partial(_lag_problem, topology.site.replication_lag_threshold_seconds),
            lambda lag: f"at most {lag:.2f} s lately",
            remedy='move nothing and wait; docs/runbook.md, "Replication stands still"',
        )
        yield judge(
            f"heartbeat of {name} in {peer}",
            topology.regions[role.peer].heartbeats[role],
            lambda beat: "" if beat.age <= LATE_HEARTBEAT_SECONDS else _too_late(beat.age),
            lambda beat: f"{beat.age:.0f} s old",
            remedy=f"repair the ticker in {name}, or wait until replication from {name} to {peer} goes on",
        )
    yield judge(
        "configuration of the replicas",
        both(facts.regions[Role.PRIMARY].table, facts.regions[Role.STANDBY].table),
        lambda pair: differences(pair[0].configuration, pair[1].configuration),
        lambda _: "the same",
        remedy=DEPLOY,
    )


def certificates(facts: Facts) -> Iterator[CheckFinding]:
    """Judge the certificates that each region serves for its own and for the failover name."""
    now = facts.topology.read_at

    def problem(certificate: Certificate) -> str:
        if certificate.problem:
            return f"clients must accept it, but: {certificate.problem}"
        days = (certificate.expires_at - now) / _DAY_SECONDS
        return "" if days > CERTIFICATE_DAYS else f"must be valid for {CERTIFICATE_DAYS} days, is for {days:.1f}"

    for role, region in facts.regions.items():
        name = facts.topology.site.regions[role].name
        for host, reading in region.certificates.items():
            yield judge(
                f"certificate for {host} in {name}",
                reading,
                problem,
                _valid_until,
                remedy=f"repair its validation record in DNS, by which ACM renews it: {DEPLOY}",
            )


def watching(facts: Facts) -> Iterator[CheckFinding]:
    """Judge the alarms and the dead letters."""
    for role, state in facts.topology.regions.items():
        name = state.site.name
        yield judge(f"alarms in {name}", state.alarms, partial(_alarm_problem, state.site), _present, remedy=DEPLOY)
        yield _data_of_alarms(state)
        if role is Role.STANDBY:
            yield judge(f"alarms that ring in {name}", state.alarms, _ringing, lambda _: "none", remedy=RUNBOOK_ALARMS)
        remedies = {QueueKind.DEAD_LETTER: redrive(role), QueueKind.STREAM_FAILURE: _WRITE_LOGS}
        for kind, remedy in remedies.items():
            yield judge(
                f"{kind.replace('_', ' ')} queue in {name}",
                state.queues[kind],
                _depth_problem,
                lambda _: "empty",
                remedy=remedy,
            )


def _table_problem(peer: str, table: Table) -> str:
    if not table.active:
        return "must be ACTIVE"
    status = table.replicas.get(peer)
    return "" if status == "ACTIVE" else f"must replicate with {peer}, but that replica is {status or 'absent'}"


def _lag_problem(threshold: float, lag: float) -> str:
    return "" if lag <= threshold else f"must be at most {threshold:g} s, was {lag:.2f} s lately"


def _too_late(age: float) -> str:
    return f"must be at most {LATE_HEARTBEAT_SECONDS} s old, is {age:.0f} s"


def _valid_until(certificate: Certificate) -> str:
    return f"valid until {datetime.fromtimestamp(certificate.expires_at, UTC):%Y-%m-%d}"


def _alarm_problem(site: RegionSite, found: tuple[Alarm, ...]) -> str:
    missing = sorted(set(site.alarm_names) - {alarm.name for alarm in found})
    mute = sorted(alarm.name for alarm in found if not alarm.actions_enabled)
    problems = [f"{', '.join(missing)} must exist"] if missing else []
    problems += [f"the actions of {', '.join(mute)} must be enabled"] if mute else []
    return "; ".join(problems)


def _present(found: tuple[Alarm, ...]) -> str:
    return f"all {len(found)} are there and notify somebody"


def _data_of_alarms(state: RegionState) -> CheckFinding:
    """Judge alarms without data as unknown, not as failed."""
    check = f"data of the alarms in {state.site.name}"
    if isinstance(state.alarms, Known):
        names = sorted(alarm.name for alarm in state.alarms.value if alarm.state is AlarmState.INSUFFICIENT_DATA)
        if names:
            return CheckFinding(check, CheckResult.UNKNOWN, f"INSUFFICIENT_DATA: {', '.join(names)}", _WAIT_FOR_DATA)
    return judge(check, state.alarms, lambda _: "", lambda _: "each has a state", remedy="")


def _ringing(found: tuple[Alarm, ...]) -> str:
    names = sorted(alarm.name for alarm in found if alarm.state is AlarmState.ALARM)
    return f"none must, but {', '.join(names)} do" if names else ""


def _depth_problem(depth: QueueDepth) -> str:
    return f"must be empty, holds {depth.total}" if depth.total else ""
