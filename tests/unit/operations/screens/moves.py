"""What people see of moves: plans, refusals, and how they end."""

from collections.abc import Callable

from rich.console import Console

from contract.roles import Role
from operations.execution.display import MoveDisplay
from operations.execution.executor import StepResult
from operations.execution.journal import Evidence
from operations.execution.measuring import ClosedPeriod
from operations.execution.move import Account, MoveOutcome
from operations.plans.break_glass import plan_break_glass
from operations.plans.causes import merged_causes
from operations.plans.expectation import expected_refusal
from operations.plans.failback import plan_failback
from operations.plans.failover import plan_failover
from operations.plans.plan import Plan, Purpose, Refusal
from operations.plans.stopping import plan_start
from operations.plans.switchover import plan_switchover
from operations.topology.loss_estimate import LossEstimate
from operations.topology.model import Topology
from operations.topology.readings import Unknown
from operations.verdict.judge import judge
from operations.verdict.show import show_verdict
from tests.unit.operations.plans.topologies import SITE, loss, unknown_loss
from tests.unit.operations.screens.situations import SERVED_BY_STANDBY, SITUATIONS, STEADY

Drawing = Callable[[Console], None]

GONE, NOWHERE = SITUATIONS["two regions are gone"], SITUATIONS["nothing is deployed"]

_CLOSED = ClosedPeriod(9.7, 9.7)
_JOURNAL = "/home/ann/.local/state/payments-dr/dev/20260131T150003.000000Z-switchover.jsonl"
_EVIDENCE_FROM = 1_769_872_320.0
_EVIDENCE: dict[str, Evidence] = {
    "close-planned": {"state": "closing", "region": "us-east-1", "knows_history": True},
    "take-over": {"state": "closing", "region": "us-east-2"},
    "settle": {"real_seconds": 8},
    "break-glass": {"epoch": 7},
    "await-replicated": {"payments": 214, "knows_history": True},
    "open": {"state": "open", "region": "us-east-2"},
    "await-writer": {"owner": "us-east-2"},
    "await-dns": {"answered": "us-east-2"},
    "await-payment": {"seen": True, "payment": "rent-2"},
    "await-forwarded": {"waiting_in_retry_queue": 0},
}
_UNSEEN: dict[str, Evidence] = {"await-payment": {"seen": False, "within_seconds": 120.0}}
_WAITING: dict[str, Evidence] = {"await-forwarded": {"waiting_in_retry_queue": 2, "payments": "rent-7, rent-8"}}


def moves() -> dict[str, Drawing]:
    """Return each screen's title, and what draws it."""
    lost, slow = SITUATIONS["the primary is lost"], SITUATIONS["slow replication"]
    closing = SITUATIONS["a planned closing, just begun"]
    switchover = _plan(plan_switchover(STEADY, loss=loss(count=3, oldest=2.0)))
    failover = _plan(plan_failover(lost))
    return {
        "dr switchover --dry-run": lambda at: _planned(at, STEADY, switchover, loss(count=3, oldest=2.0)),
        "dr failover --dry-run, the primary is lost": lambda at: _planned(at, lost, failover, unknown_loss()),
        "dr failover --dry-run during a planned closing": lambda at: _planned(
            at, closing, _plan(plan_failover(closing)), loss()
        ),
        "dr start --dry-run": lambda at: _planned(at, closing, _plan(plan_start(closing))),
        "dr break-glass --dry-run": lambda at: _planned(
            at,
            GONE,
            _plan(plan_break_glass(GONE, Role.STANDBY)),
            unknown_loss(),
        ),
        "dr switchover --resume --dry-run": lambda at: _planned(
            at, closing, _rest(closing, switchover), loss(), first=2
        ),
        "dr switchover, something has changed since it was asked": lambda at: _news(at, STEADY, slow),
        "dr switchover, refused, the primary is lost": lambda at: _refused(
            at, lost, plan_switchover(lost, loss=unknown_loss())
        ),
        "dr switchover, refused, slow replication": lambda at: _refused(
            at, slow, plan_switchover(slow, loss=loss(count=9, oldest=95.0))
        ),
        "dr failback, refused, not compared": lambda at: _refused(
            at,
            SERVED_BY_STANDBY,
            plan_failback(
                SERVED_BY_STANDBY, reconciled=Unknown("us-east-1's logs: no answer"), loss=loss(Role.STANDBY)
            ),
        ),
        "dr failback, refused, nothing is deployed": lambda at: _refused(
            at, NOWHERE, plan_failback(NOWHERE, reconciled=Unknown("not compared"), loss=None)
        ),
        "dr failover, repeated": lambda at: _refused(
            at, SERVED_BY_STANDBY, plan_failover(SERVED_BY_STANDBY, to=Role.STANDBY)
        ),
        "dr switchover, done": lambda at: _ended(at, switchover, {}, MoveOutcome.DONE, closed=_CLOSED),
        "dr switchover, payments still wait": lambda at: _ended(
            at, switchover, _WAITING, MoveOutcome.DONE, closed=_CLOSED
        ),
        "dr failover, done and not verified": lambda at: _ended(
            at, failover, _UNSEEN, MoveOutcome.UNVERIFIED, closed=ClosedPeriod(8.2, 48.2)
        ),
        "dr break-glass, done": lambda at: _ended(
            at,
            _plan(plan_break_glass(GONE, Role.STANDBY)),
            {},
            MoveOutcome.DONE,
            closed=ClosedPeriod(4.2, None, by_glass=True),
            after=SITUATIONS["broken glass"],
        ),
        "dr switchover, undone": lambda at: _ended(
            at,
            switchover,
            {},
            MoveOutcome.FAILED,
            steps=2,
            closed=ClosedPeriod(21.4, 21.4),
            error=_UNDONE,
            after=STEADY,
        ),
        "dr switchover, Ctrl-C": lambda at: _ended(
            at,
            switchover,
            {},
            MoveOutcome.INTERRUPTED,
            steps=1,
            closed=ClosedPeriod(3.1, 3.1),
            error=_STOPPED,
            after=STEADY,
        ),
        "dr failover, overtaken": lambda at: _ended(
            at, failover, {}, MoveOutcome.OVERTAKEN, steps=0, error=_OVERTAKEN, after=SITUATIONS["held by an operator"]
        ),
    }


_OPENED = "undone: ann opened us-east-1 at 2026-01-31 15:00:24 UTC (epoch 9: maintenance)"
_UNDONE = f"not within 12 s: 3 payments of us-east-1 are not in us-east-2: rent-1, rent-2, rent-3; {_OPENED}"
_STOPPED = f"by Ctrl-C or a signal; {_OPENED}"
_HELD = "alice stopped both regions at 2026-01-31 12:00:03 UTC (epoch 8: wrong amounts)"
_OVERTAKEN = f"{_HELD}: nothing was changed by this command"


def _rest(found: Topology, plan: Plan) -> Plan:
    """Return an interrupted plan of which two steps are done."""
    return plan.model_copy(update={"expected": expected_refusal(found, plan.steps[2:], goes_on=True)})


def _news(console: Console, before: Topology, now: Topology) -> None:
    _begun(console, before).news(judge(now), before=judge(before), since="Since you were asked")


def _planned(
    console: Console, found: Topology, plan: Plan, lost: LossEstimate | None = None, *, first: int = 0
) -> None:
    display = _begun(console, found)
    if lost is not None:
        display.loss(lost)
    display.plan(plan, first=first)
    display.outcome(Account(MoveOutcome.PLANNED), purpose=plan.purpose, journal=None)


def _refused(console: Console, found: Topology, refusal: Plan | Refusal) -> None:
    assert isinstance(refusal, Refusal)
    _begun(console, found).refusal(refusal, merged_causes(refusal, found))


def _ended(
    console: Console,
    plan: Plan,
    evidence: dict[str, Evidence],
    outcome: MoveOutcome,
    *,
    steps: int | None = None,
    closed: ClosedPeriod | None = None,
    error: str = "",
    after: Topology = SERVED_BY_STANDBY,
) -> None:
    display = MoveDisplay(console, SITE)
    with console.capture():  # it was shown before
        display.plan(plan)
    given = {**_EVIDENCE, **evidence}
    results = [StepResult(step, 1.5, given[step.kind]) for step in plan.steps[:steps]]
    for number, result in enumerate(results, start=1):
        display.ends(number, result)
    display.outcome(
        Account(outcome, results, error, closed=closed),
        purpose=Purpose(plan.purpose),
        journal=_JOURNAL,
        evidence_from=_EVIDENCE_FROM if closed is not None else None,
    )
    console.print(show_verdict(judge(after)))


def _begun(console: Console, found: Topology) -> MoveDisplay:
    console.print(show_verdict(judge(found)))
    return MoveDisplay(console, SITE)


def _plan(plan: Plan | Refusal) -> Plan:
    assert isinstance(plan, Plan)
    return plan
