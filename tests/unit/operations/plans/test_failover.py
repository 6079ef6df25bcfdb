"""What a failover does with what little it knows."""

from dataclasses import replace

from operations.plans.failover import plan_failover
from operations.plans.plan import Plan, Refusal
from operations.site import QueueKind, Role
from operations.topology.model import Topology
from operations.topology.readings import Known, Unknown
from tests.unit.operations.plans.topologies import SITE, TAKEN_OVER, fences, topology, with_region

SILENT = Unknown("not asked")
GONE = with_region(
    topology(),
    Role.PRIMARY,
    fences=dict.fromkeys(Role, SILENT),
    heartbeats=dict.fromkeys(Role, SILENT),
    health=SILENT,
    takeover=SILENT,
    alarms=SILENT,
    queues=dict.fromkeys(QueueKind, SILENT),
    bucket_backlog=SILENT,
)


def steps(found: Topology) -> list[str]:
    plan = plan_failover(found)
    assert isinstance(plan, Plan)
    return [step.says(SITE) for step in plan.steps]


WATCHING = [
    "see us-east-2's /takeover answer 200",
    "see DNS answer us-east-2",
    "see a first payment stored in us-east-2",
]


def test_it_needs_nothing_of_the_primary() -> None:
    nothing_else = replace(GONE, dns=Unknown("no answer"), lag=dict.fromkeys(GONE.lag, SILENT))
    assert steps(nothing_else) == ["fence us-east-1", *WATCHING]


def test_it_may_be_said_twice() -> None:
    assert steps(TAKEN_OVER) == ["fence us-east-1", *WATCHING]


def test_a_standby_that_a_failback_left_shut_is_opened() -> None:
    shut = topology(held=fences(standby=True))
    assert steps(shut) == [
        "fence us-east-1",
        "let us-east-1's fence settle (8 real seconds)",
        "unfence us-east-2",
        *WATCHING,
    ]


def test_an_unknown_standby_is_a_warning() -> None:
    plan = plan_failover(with_region(GONE, Role.STANDBY, health=Unknown("no answer in time")))
    assert isinstance(plan, Plan)
    assert plan.warnings == ("the health of us-east-2 is unknown (no answer in time)",)


def refused(found: Topology) -> list[str]:
    refusal = plan_failover(found)
    assert isinstance(refusal, Refusal)
    return [str(each) for each in refusal.obstacles]


def test_an_unhealthy_standby_is_refused() -> None:
    assert refused(with_region(GONE, Role.STANDBY, health=Known(value=False))) == [
        "us-east-2 must not be unhealthy: it is unhealthy; clients would meet a region that cannot store their payments"
    ]


def test_a_silent_replica_is_refused() -> None:
    assert refused(with_region(GONE, Role.STANDBY, fences=dict.fromkeys(Role, SILENT))) == [
        "us-east-2's replica must answer: not asked; the switch is one write there"
    ]
