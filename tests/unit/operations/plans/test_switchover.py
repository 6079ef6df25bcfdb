"""What a switchover does, and what it is refused for."""

from dataclasses import replace

import pytest

from contract.outputs import QueueKind
from contract.roles import Role
from handlers.writer.item import ClosingKind
from operations.plans.causes import merged_causes
from operations.plans.plan import Plan, Refusal
from operations.plans.switchover import plan_switchover
from operations.topology.loss_estimate import LossEstimate
from operations.topology.model import DnsAnswer, QueueDepth, Topology
from operations.topology.readings import Known, Unknown
from tests.unit.operations.plans.topologies import (
    NO_QUORUM,
    SITE,
    TAKEN_OVER,
    UNFIT,
    closing,
    isolated,
    loss,
    topology,
    unknown_loss,
    with_queue,
    with_region,
    without,
)

PRIMARY, STANDBY = Role.PRIMARY, Role.STANDBY
PEACE = topology()
AT = "2026-01-31 12:00:03 UTC"
FIX = "repair the region first, or --force"

OBSTACLES: dict[str, tuple[Topology, LossEstimate | None, list[str]]] = {
    "closing already": (
        topology(writer=closing(ClosingKind.PLANNED)),
        loss(),
        [
            (
                "the writer must be open: alice began to close us-east-1 in favour of us-east-2 at "
                f"{AT} (epoch 7); wait until that has ended, or `dr start`"
            )
        ],
    ),
    "held": (
        topology(writer=closing(ClosingKind.HELD, reason="bad data")),
        loss(),
        [
            (
                f"the writer must be open: alice stopped both regions at {AT} (epoch 7: bad data); "
                "wait until that has ended, or `dr start`"
            )
        ],
    ),
    "destination unhealthy": (
        with_region(PEACE, STANDBY, health=Known(value=False)),
        loss(),
        [f"us-east-2 must be fit: it is unhealthy; {FIX}"],
    ),
    "destination's ticker finds it unfit": (
        with_region(PEACE, STANDBY, ticker=Known(UNFIT)),
        loss(),
        [f"us-east-2 must be fit: its ticker finds it unfit; {FIX}"],
    ),
    "destination's ticker silent": (
        with_region(PEACE, STANDBY, ticker=Known(replace(UNFIT, age=90))),
        loss(),
        [f"us-east-2 must be fit: its ticker has not been heard of for 90 s; {FIX}"],
    ),
    "source without quorum": (
        with_region(PEACE, PRIMARY, control=NO_QUORUM),
        loss(),
        [
            (
                "us-east-1 must have a quorum: us-east-1 answers, but reaches neither us-east-2 nor us-west-2 "
                "(InternalServerError (GetItem)); `dr failover` leaves a region that does not answer"
            )
        ],
    ),
    "late payments": (
        PEACE,
        loss(count=3, oldest=69),
        [
            (
                "the oldest payment of us-east-1 that is not in us-east-2 must be at most 5 s: 69.0 s; "
                "wait until it has arrived; `dr failover` does not wait"
            )
        ],
    ),
    "unknown loss": (
        PEACE,
        unknown_loss(),
        [
            (
                "the oldest payment of us-east-1 that is not in us-east-2 must be at most 5 s: "
                "unknown (no connection); wait until it has arrived; `dr failover` does not wait"
            )
        ],
    ),
    "unknown lag": (
        replace(PEACE, lag={**PEACE.lag, (PRIMARY, STANDBY): Unknown("no datapoint")}),
        loss(),
        [
            (
                "the replication lag us-east-1 → us-east-2 must be at most 5 s: unknown (no datapoint); "
                "wait until it has settled"
            )
        ],
    ),
}


@pytest.mark.parametrize(("found", "lost", "said"), OBSTACLES.values(), ids=OBSTACLES)
def test_it_is_refused(found: Topology, lost: LossEstimate | None, said: list[str]) -> None:
    refusal = plan_switchover(found, loss=lost)
    assert isinstance(refusal, Refusal)
    assert [str(each) for each in refusal.obstacles] == said


def test_stream_that_is_too_long_to_be_read_is_no_obstacle() -> None:
    assert isinstance(plan_switchover(PEACE, loss=replace(unknown_loss(), is_long=True)), Plan)


def test_refusal_without_quorum_says_who_reaches_whom() -> None:
    refusal = plan_switchover(isolated(without(PEACE, PRIMARY), STANDBY), loss=None)
    assert isinstance(refusal, Refusal)
    assert [str(each) for each in refusal.obstacles] == [
        (
            "a replica of the control table must have a quorum: us-east-1 is not reached from here (no connection); "
            "us-east-2 answers, but reaches neither us-east-1 nor us-west-2 (InternalServerError (GetItem)); "
            "`dr break-glass --region us-east-2` lets one region store without a quorum: if the other one is alive and "
            "still the owner, both store payments until the quorum is back, and `dr reconcile` is mandatory then"
        )
    ]


def test_refusal_without_rights_speaks_of_no_quorum_that_is_lost() -> None:
    denied = PEACE
    for role in Role:
        told = Unknown("AccessDeniedException (ann may not dynamodb:GetItem)")
        denied = with_region(denied, role, control=told, remembered=told)
    refusal = plan_switchover(denied, loss=None)
    assert isinstance(refusal, Refusal)
    unknown = "has a quorum is unknown: AccessDeniedException (ann may not dynamodb:GetItem)"
    assert [str(each) for each in refusal.obstacles] == [
        (
            "a replica of the control table must have a quorum: "
            f"whether us-east-1 {unknown}; whether us-east-2 {unknown}; "
            "you must be allowed to read the control table first: `--role site`, or sign in again"
        )
    ]


def test_absent_writer_is_waited_for() -> None:
    absent = PEACE
    for role in Role:
        absent = with_region(absent, role, control=Known(None), remembered=Known(None))
    refusal = plan_switchover(absent, loss=None)
    assert isinstance(refusal, Refusal)
    assert str(refusal.obstacles[0]) == (
        "a region must have been opened: none ever was, or the writer item was deleted; us-east-1's ticker creates it "
        "and opens us-east-1 within seconds; if not, see its log"
    )


def test_deployment_that_is_not_there_is_one_cause() -> None:
    nothing = PEACE
    for role in Role:
        gone = Unknown("ResourceNotFoundException (GetItem)")
        nothing = with_region(without(nothing, role), role, control=gone, remembered=gone)
    refusal = plan_switchover(nothing, loss=None)
    assert isinstance(refusal, Refusal)
    (cause,) = merged_causes(refusal, nothing)
    assert str(cause) == (
        "dev must be deployed: payments-control-dev is in neither us-east-1 nor us-east-2; `./run deploy` deploys it; "
        "or name another environment with --environment"
    )


def test_owner_is_no_destination() -> None:
    refusal = plan_switchover(PEACE, to=PRIMARY, loss=None)
    assert isinstance(refusal, Refusal)
    assert [str(each) for each in refusal.obstacles] == [
        (
            f"us-east-1 must not serve already: us-east-1's ticker opened us-east-1 at {AT} (epoch 7); "
            "there is nothing to do"
        )
    ]


def planned(found: Topology = PEACE, *, force: bool = False, pays: bool = False) -> Plan:
    plan = plan_switchover(found, loss=loss(found.owner or PRIMARY), force=force, pays=pays)
    assert isinstance(plan, Plan)
    return plan


@pytest.mark.parametrize(
    ("found", "source", "destination"), [(PEACE, "us-east-1", "us-east-2"), (TAKEN_OVER, "us-east-2", "us-east-1")]
)
def test_steps_in_both_directions(found: Topology, source: str, destination: str) -> None:
    assert [step.says(SITE) for step in planned(found).steps] == [
        f"read {source}'s stream, and close {source} in favour of {destination}",
        "wait 8 s, until no region can store on older knowledge",
        f"find each payment of {source}'s stream in {destination}, within 12 s, or undo",
        f"open {destination}",
        f"see {destination}'s /writer answer 200",
        f"see DNS answer {destination}",
        f"see a first payment stored in {destination}",
        f"see {source}'s retry queue empty, or list what waits in it",
    ]


def test_plan_keeps_the_writer_that_it_read() -> None:
    assert planned().before == PEACE.standby.control.value  # type: ignore[union-attr]


def test_force_opens_an_unfit_destination() -> None:
    assert planned(with_region(PEACE, STANDBY, ticker=Known(UNFIT)), force=True)


def test_without_a_domain_clients_choose() -> None:
    said = [step.says(SITE) for step in planned(replace(PEACE, dns=None)).steps]
    assert "see DNS answer us-east-2" not in said


def test_first_payment_can_be_made() -> None:
    assert "pay 0.01 and see it stored in us-east-2" in [step.says(SITE) for step in planned(pays=True).steps]


def test_what_should_be_known_is_warned_of() -> None:
    found = with_queue(PEACE, PRIMARY, QueueKind.DEAD_LETTER, Known(QueueDepth(2, 0, 0)))
    found = replace(
        found,
        dns=Known(DnsAnswer(("127.0.1.2",), 60, Known(STANDBY))),
        lag={**PEACE.lag, (STANDBY, PRIMARY): Unknown("no datapoint")},
    )
    assert planned(found).warnings == (
        "DNS answers with us-east-2, not us-east-1",
        "the replication lag us-east-2 → us-east-1 is unknown (no datapoint)",
        "2 in the dead letter queue of us-east-1",
    )


def test_faster_clock_grants_the_emulator_two_real_seconds() -> None:
    slow = topology(lag=19)
    assert isinstance(plan_switchover(replace(slow, time_scale=10), loss=loss()), Plan)
    assert isinstance(plan_switchover(replace(slow, time_scale=9), loss=loss()), Refusal)
