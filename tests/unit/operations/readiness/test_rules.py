"""Every rule: in the steady state it passes, one thing wrong fails it, and what is unknown never passes."""

from dataclasses import replace
from typing import Any

import pytest

from contract.environment import Function
from contract.outputs import QueueKind
from contract.roles import Role
from operations.readiness.model import (
    FED,
    SCHEDULED,
    Certificate,
    CheckFinding,
    CheckResult,
    Facts,
    FunctionState,
    RegionFacts,
    Stage,
    Table,
    Throttle,
    Trigger,
    UsedCapacity,
)
from operations.readiness.remedies import READ_AGAIN, READ_RIGHTS, remedy_of_unknown
from operations.readiness.rules import RULES
from operations.readiness.rules.control_table_members import ControlTableMembers
from operations.readiness.verdict import judged, overall
from operations.topology.model import Alarm, AlarmState, HeartbeatReading, QueueDepth, Topology
from operations.topology.readings import Known, Reading, Unknown
from tests.unit.operations.plans.topologies import NAMES, SITE, topology, with_queue, with_region

DAY = 86_400
NOW = 1_800_000_000.0
WHO_KNOWS = Unknown("AccessDenied (DescribeTable)")
PRIMARY, STANDBY = Role.PRIMARY, Role.STANDBY
FUNCTION = FunctionState("sha", 512, 20, active=True, configuration={"Runtime": "python3.13", "variable A": "1"})
QUEUES = dict.fromkeys(QueueKind, Known({"VisibilityTimeout": "120"}))
TRIGGER = Trigger("Enabled", {"BatchSize": "10"})
ALARM = Alarm("lag", AlarmState.OK, "", actions_enabled=True)
HOST = "api.example.com"
RECOVERY_OFF = Known((SITE.table_name,))


def control_table(role: Role, **changes: Any) -> ControlTableMembers:
    """Return the control table as a region describes it."""
    sound = ControlTableMembers(
        active=True,
        consistency="STRONG",
        replicas={NAMES[role.peer]: "ACTIVE"},
        witnesses={SITE.witness_region: "ACTIVE"},
        peer=NAMES[role.peer],
        witness=SITE.witness_region,
    )
    return replace(sound, **changes)


def reserved(count: int | None) -> dict[Function, Reading[int | None]]:
    """Return what is reserved: for the ticker always enough."""
    return {**dict.fromkeys(Function, Known(None)), Function.TICKER: Known(4), Function.PAYMENT_API: Known(count)}


def region(role: Role) -> RegionFacts:
    return RegionFacts(
        functions=dict.fromkeys(Function, Known(FUNCTION)),
        reserved_concurrency=reserved(None),
        triggers=dict.fromkeys((*SCHEDULED, *FED), Known(TRIGGER)),
        queues=QUEUES,
        account_concurrency=Known(1000),
        warm_writes=Known(4_000),
        used=Known(UsedCapacity(writes_per_second=300, executions=5)),
        account_throttle=Known(Throttle(10_000, 5_000)),
        stage=Known(Stage(Throttle(1_000, 2_000), {"method settings": {"*/*": {}}})),
        table=Known(Table(active=True, replicas={NAMES[role.peer]: "ACTIVE"}, configuration={"billing": "on demand"})),
        certificates={HOST: Known(Certificate(NOW + 31 * DAY))},
        by_rule={
            "control_table_encryption": Known("KMS"),
            "control_table_members": Known(control_table(role)),
            "table_recovery": Known(()),
        },
    )


def watched(base: Topology, *alarms: Alarm) -> Topology:
    for role, state in base.regions.items():
        named = state.site.model_copy(update={"alarm_names": ("lag",)})
        base = with_region(base, role, site=named, alarms=Known(alarms))
    return base


TOPOLOGY = watched(topology(read_at=NOW), ALARM)
STEADY = Facts(TOPOLOGY, {role: region(role) for role in Role})


def differing(facts: Facts) -> list[CheckFinding]:
    return [finding for finding in judged(facts) if finding.verdict is not CheckResult.PASS]


def of(role: Role, **fields: Any) -> Facts:
    return replace(STEADY, regions={**STEADY.regions, role: replace(STEADY.regions[role], **fields)})


def by_rule(role: Role, rule: str, reading: Reading[Any]) -> Facts:
    """Return the steady state, but for what one rule of the folder `rules` reads in one region."""
    return of(role, by_rule={**STEADY.regions[role].by_rule, rule: reading})


def seen(told: Topology) -> Facts:
    return replace(STEADY, topology=told)


def functions(**changes: Any) -> dict[Function, Known[FunctionState]]:
    return {**dict.fromkeys(Function, Known(FUNCTION)), Function.TICKER: Known(replace(FUNCTION, **changes))}


def triggers(function: Function, **changes: Any) -> dict[Function, Known[Trigger]]:
    return {**dict.fromkeys((*SCHEDULED, *FED), Known(TRIGGER)), function: Known(replace(TRIGGER, **changes))}


def alarms(**changes: Any) -> Facts:
    return seen(with_region(TOPOLOGY, STANDBY, alarms=Known((replace(ALARM, **changes),))))


def test_all_rules_pass_in_the_steady_state() -> None:
    assert differing(STEADY) == []
    assert overall(judged(STEADY)) is CheckResult.PASS


FAILURES: dict[str, tuple[Facts, str, str]] = {
    "other code": (of(STANDBY, functions=functions(code_sha256="old")), "code of ticker", "must be the same"),
    "less memory": (of(STANDBY, functions=functions(memory_mb=256)), "size of ticker", "at least 512 MB and 20 s"),
    "less time": (of(STANDBY, functions=functions(timeout_seconds=15)), "size of ticker", "is 512 MB and 15 s"),
    "other settings": (
        of(STANDBY, functions=functions(configuration={"Runtime": "python3.12", "variable B": "1"})),
        "configuration of ticker",
        "differs in Runtime, variable A, variable B",
    ),
    "failed update": (of(STANDBY, functions=functions(active=False)), "state of ticker", "not in the standby"),
    "dead primary function": (of(PRIMARY, functions=functions(active=False)), "state of ticker", "in the primary"),
    "no reserve": (
        of(PRIMARY, reserved_concurrency=reserved(50)),
        "executions reserved for payment-api",
        "at least 50",
    ),
    "small reserve": (
        of(STANDBY, reserved_concurrency=reserved(50)),
        "executions reserved for payment-api",
        "must be none, as in the primary, is 50",
    ),
    "table that is not warm for the other region's payments": (
        of(STANDBY, warm_writes=Known(250)),
        "writes that the table in us-east-2 takes at once",
        "in the first minute after a failover 3000 of 18000 writes would be throttled",
    ),
    "queue read by nobody": (
        of(STANDBY, triggers=triggers(Function.RETRY_WORKER, state="Disabled")),
        "what starts retry-worker",
        "must be enabled, but is Disabled in the standby",
    ),
    "no schedule": (
        of(PRIMARY, triggers=triggers(Function.TICKER, state="absent")),
        "what starts ticker",
        "is absent in the primary",
    ),
    "other batches": (
        of(STANDBY, triggers=triggers(Function.TRANSACTION_LOG, configuration={"BatchSize": "1"})),
        "what starts transaction-log",
        "differs in BatchSize",
    ),
    "other queue": (
        of(STANDBY, queues={**QUEUES, QueueKind.RETRY: Known({})}),
        "configuration of the retry queue",
        "differs in VisibilityTimeout",
    ),
    "small quota": (
        of(STANDBY, account_concurrency=Known(10)),
        "concurrent executions allowed",
        "at least 1000, is 10",
    ),
    "slow account": (
        of(STANDBY, account_throttle=Known(Throttle(10_000, 1))),
        "API requests allowed to the account",
        "is 10000 a second, 1 at once",
    ),
    "slow stage": (
        of(STANDBY, stage=Known(Stage(Throttle(1, 2_000), {"method settings": {"*/*": {}}}))),
        "API requests allowed by the stage",
        "is 1 a second, 2000 at once",
    ),
    "other stage": (
        of(STANDBY, stage=Known(Stage(Throttle(1_000, 2_000), {"method settings": {}}))),
        "configuration of the API's stage",
        "differs in method settings",
    ),
    "replica updating": (
        of(STANDBY, table=Known(replace(STEADY.regions[STANDBY].table.value, active=False))),  # type: ignore[union-attr]
        "replica in us-east-2",
        "must be ACTIVE",
    ),
    "replica gone": (
        of(PRIMARY, table=Known(replace(STEADY.regions[PRIMARY].table.value, replicas={}))),  # type: ignore[union-attr]
        "replica in us-east-1",
        "that replica is absent",
    ),
    "other table": (
        of(STANDBY, table=Known(replace(STEADY.regions[STANDBY].table.value, configuration={}))),  # type: ignore[union-attr]
        "configuration of the replicas",
        "differs in billing",
    ),
    "no recovery": (
        by_rule(STANDBY, "table_recovery", RECOVERY_OFF),
        "point-in-time recovery in us-east-2",
        f"must be enabled for {SITE.table_name}",
    ),
    "slow replication": (
        seen(replace(TOPOLOGY, lag={**TOPOLOGY.lag, (PRIMARY, STANDBY): Known(31.0)})),
        "replication lag from us-east-1",
        "must be at most 30 s, was 31.00 s lately",
    ),
    "late heartbeat": (
        seen(with_region(TOPOLOGY, STANDBY, heartbeats=dict.fromkeys(Role, Known(HeartbeatReading(0, 61, "r"))))),
        "heartbeat of us-east-1 in us-east-2",
        "must be at most 60 s old, is 61 s",
    ),
    "certificate for a month": (
        of(STANDBY, certificates={HOST: Known(Certificate(NOW + 30 * DAY))}),
        f"certificate for {HOST} in us-east-2",
        "must be valid for 30 days, is for 30.0",
    ),
    "certificate refused": (
        of(PRIMARY, certificates={HOST: Known(Certificate(0, "certificate has expired"))}),
        f"certificate for {HOST} in us-east-1",
        "certificate has expired",
    ),
    "alarm missing": (
        seen(
            with_region(
                TOPOLOGY,
                PRIMARY,
                site=TOPOLOGY.primary.site.model_copy(update={"alarm_names": ("lag", "health")}),
            )
        ),
        "alarms in us-east-1",
        "health must exist",
    ),
    "alarm mute": (alarms(actions_enabled=False), "alarms in us-east-2", "the actions of lag must be enabled"),
    "alarm rings": (alarms(state=AlarmState.ALARM), "alarms that ring in us-east-2", "none must, but lag do"),
    "dead letters": (
        seen(with_queue(TOPOLOGY, PRIMARY, QueueKind.DEAD_LETTER, Known(QueueDepth(0, 1, 0)))),
        "dead letter queue in us-east-1",
        "must be empty, holds 1",
    ),
    "lost logs": (
        seen(with_queue(TOPOLOGY, STANDBY, QueueKind.STREAM_FAILURE, Known(QueueDepth(1, 0, 0)))),
        "stream failure queue in us-east-2",
        "must be empty, holds 1",
    ),
}


@pytest.mark.parametrize(("facts", "check", "said"), FAILURES.values(), ids=FAILURES)
def test_one_thing_wrong_fails_one_check(facts: Facts, check: str, said: str) -> None:
    (finding,) = differing(facts)
    assert finding.verdict is CheckResult.FAIL
    assert finding.check.startswith(check)
    assert said in finding.detail
    assert finding.remedy
    assert overall(judged(facts)) is CheckResult.FAIL


@pytest.mark.parametrize(
    "larger",
    [
        of(STANDBY, functions=functions(memory_mb=1024, timeout_seconds=29)),
        of(STANDBY, account_concurrency=Known(2000), account_throttle=Known(Throttle(20_000, 9_000))),
        replace(
            STEADY,
            regions={
                role: replace(STEADY.regions[role], reserved_concurrency=reserved(count))
                for role, count in ((PRIMARY, 50), (STANDBY, 60))
            },
        ),
    ],
)
def test_a_larger_standby_is_fit(larger: Facts) -> None:
    assert differing(larger) == []


class TestFirstMinute:
    """Each region takes at once the most that either took in the last weeks, whichever served."""

    def test_what_the_serving_region_used_is_what_the_other_one_needs(self) -> None:
        busy = Known(UsedCapacity(writes_per_second=4_400, executions=5))
        assert {each.check for each in differing(of(PRIMARY, used=busy))} == {
            f"writes that the table in {name} takes at once" for name in NAMES.values()
        }

    @pytest.mark.parametrize("role", Role)
    def test_reserve_below_the_use_says_what_share_is_refused(self, role: Role) -> None:
        small = replace(
            STEADY, regions={each: replace(region(each), reserved_concurrency=reserved(3)) for each in Role}
        )
        found = {each.check: each.detail for each in differing(small)}
        detail = found[f"executions that payments get at once in {NAMES[role]}"]
        assert "must be at least 5, as at most in the last 14 days, is 3" in detail
        assert "40% of the requests would be refused" in detail

    def test_without_a_reserve_it_is_what_others_leave(self) -> None:
        left = {**reserved(None), Function.PROBES: Known(20)}  # and 4 for the ticker
        counted = replace(
            STEADY,
            regions={
                each: replace(region(each), reserved_concurrency=left, account_concurrency=Known(28)) for each in Role
            },
        )
        assert {each.detail.partition(":")[0] for each in differing(counted)} == {
            "must be at least 5, as at most in the last 14 days, is 4"
        }


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("fact", ["warm_writes", "used", "account_concurrency", "account_throttle", "stage", "table"])
def test_unknown_fact_of_a_deployment_does_not_pass(role: Role, fact: str) -> None:
    found = differing(of(role, **{fact: WHO_KNOWS}))
    assert found
    assert {(each.verdict, each.detail) for each in found} == {(CheckResult.UNKNOWN, WHO_KNOWS.reason)}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(
    ("fact", "key"),
    [
        ("functions", Function.TICKER),
        ("reserved_concurrency", Function.TICKER),
        ("triggers", Function.TICKER),
        ("queues", QueueKind.RETRY),
        ("certificates", HOST),
        *(("by_rule", rule) for rule in RULES),
    ],
)
def test_one_unknown_of_several_facts_does_not_pass(role: Role, fact: str, key: str) -> None:
    found = differing(of(role, **{fact: {**getattr(STEADY.regions[role], fact), key: WHO_KNOWS}}))
    assert found
    assert {each.verdict for each in found} == {CheckResult.UNKNOWN}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("fact", ["health", "owns", "ticker", "control", "glass", "alarms"])
def test_unknown_state_of_a_region_does_not_pass(role: Role, fact: str) -> None:
    found = differing(seen(with_region(TOPOLOGY, role, **{fact: WHO_KNOWS})))
    assert found
    assert {each.verdict for each in found} == {CheckResult.UNKNOWN}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("fact", ["heartbeats", "queues"])
def test_unknown_item_or_queue_does_not_pass(role: Role, fact: str) -> None:
    known = getattr(TOPOLOGY.regions[role], fact)
    found = differing(seen(with_region(TOPOLOGY, role, **{fact: dict.fromkeys(known, WHO_KNOWS)})))
    assert found
    assert {each.verdict for each in found} == {CheckResult.UNKNOWN}


def test_unknown_lag_does_not_pass() -> None:
    (finding,) = differing(seen(replace(TOPOLOGY, lag={**TOPOLOGY.lag, (STANDBY, PRIMARY): WHO_KNOWS})))
    assert (finding.check, finding.verdict) == ("replication lag from us-east-2", CheckResult.UNKNOWN)
    assert finding.detail == WHO_KNOWS.reason


@pytest.mark.parametrize(("threshold", "verdict"), [(31, CheckResult.PASS), (30, CheckResult.FAIL)])
def test_lag_is_judged_by_the_deployed_threshold(threshold: float, verdict: CheckResult) -> None:
    told = replace(
        TOPOLOGY,
        site=TOPOLOGY.site.model_copy(update={"replication_lag_threshold_seconds": threshold}),
        lag={**TOPOLOGY.lag, (PRIMARY, STANDBY): Known(31.0)},
    )
    assert overall(judged(seen(told))) is verdict


def test_an_alarm_without_data_is_unknown() -> None:
    facts = alarms(state=AlarmState.INSUFFICIENT_DATA)
    (finding,) = differing(facts)
    assert (finding.check, finding.verdict) == ("data of the alarms in us-east-2", CheckResult.UNKNOWN)
    assert finding.detail == "INSUFFICIENT_DATA: lag"
    assert finding.remedy.startswith("wait some minutes")
    assert overall(judged(facts)) is CheckResult.UNKNOWN


def test_failure_outweighs_unknown() -> None:
    both = replace(
        STEADY,
        regions={
            PRIMARY: replace(STEADY.regions[PRIMARY], table=WHO_KNOWS),
            STANDBY: by_rule(STANDBY, "table_recovery", RECOVERY_OFF).regions[STANDBY],
        },
    )
    assert overall(judged(both)) is CheckResult.FAIL


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [
        ("AccessDenied (DescribeTable)", READ_RIGHTS),
        ("UnauthorizedOperation (DescribeRegions)", READ_RIGHTS),
        ("ExpiredTokenException (GetItem)", READ_RIGHTS),
        ("InvalidSignatureException (GetItem)", READ_RIGHTS),
        ("no answer in time", READ_AGAIN),
    ],
)
def test_remedy_of_a_denied_read_is_not_to_wait(reason: str, remedy: str) -> None:
    assert remedy_of_unknown(Unknown(reason)) == remedy
