"""One run of a `dr` command, from reading the topology to its last step, by the shipped plans, executor and journal."""

from dataclasses import dataclass
from typing import Any

from contract.roles import Role
from operations.execution.executor import LiveExecutor, StepResult
from operations.execution.journal import Journals
from operations.execution.live_controls import LiveControls
from operations.execution.move import (
    Account,
    Course,
    Decision,
    Interrupted,
    MoveOutcome,
    carry_out,
    decide,
    find_interrupted,
    reconsider,
    recording,
    sequence,
)
from operations.execution.performing import Performer
from operations.execution.waiting import Waiting
from operations.plans.break_glass import plan_break_glass
from operations.plans.failback import plan_failback
from operations.plans.failover import HEALTH_READS, failover_route, plan_failover
from operations.plans.plan import Plan, Purpose, Refusal
from operations.plans.steps import Step
from operations.plans.stopping import plan_automatic, plan_start, plan_stop
from operations.plans.switchover import plan_switchover, switchover_route
from operations.topology.loss_estimate import LossEstimate, estimate_loss
from operations.topology.model import Topology
from operations.topology.read import read_topology
from operations.topology.readings import Known
from simulation.terminals.command_line import CommandLine
from simulation.terminals.site import SITE
from simulation.terminals.terminal import Terminal

_PATIENCE_SECONDS = 5.0
_HISTORY_SECONDS = 5.0
"""As `operations.cli.traffic_run` has them."""


@dataclass(frozen=True)
class CommandResult:
    """How a command ended, and the epochs that it read when it was planned and left when it ended."""

    outcome: MoveOutcome
    said: str
    planned_epoch: int = 0
    left_epoch: int = 0
    is_late: bool = False
    """Whether it is refused because somebody else was faster: the plan had been shown or begun before."""


class _Audience:
    def begins(self, number: int, step: Step) -> None:
        """Ignore it."""

    def ends(self, number: int, result: StepResult) -> None:
        """Ignore it."""


class DrCommand:
    """One command at one terminal."""

    def __init__(self, terminal: Terminal, journals: Journals, line: CommandLine, by: str) -> None:
        self._terminal = terminal
        self._journals = journals
        self._line = line
        self._by = by

    def run(self) -> CommandResult:
        """Read, decide, ask, act.

        Raises:
            OperationError: It cannot even be decided what to do.
        """
        line, make = self._line, self._make
        interrupted = find_interrupted(self._journals, line.purpose, line.course)
        decision = decide(line.course, interrupted, self._topology(), make)
        plan = decision.plan
        if isinstance(plan, Refusal):
            return _refused(plan, is_late=line.course is not Course.BEGIN)
        if line.asks:
            self._terminal.clock.sleep(self._terminal.random.choice((2.0, 5.0, self._terminal.random.uniform(5, 90))))
            topology = self._topology()
            again = find_interrupted(self._journals, line.purpose, line.course)
            refusal = reconsider(plan, decide(line.course, again, topology, make).plan, topology)
            if refusal is not None:
                return _refused(refusal, is_late=True)
        return self._act(plan, decision, interrupted)

    def _make(self, topology: Topology) -> Plan | Refusal:  # noqa: PLR0911 -- one a purpose
        line = self._line
        match line.purpose:
            case Purpose.SWITCHOVER:
                loss = self._loss(topology, switchover_route(topology, line.to))
                return plan_switchover(topology, to=line.to, loss=loss, force=line.force)
            case Purpose.FAILBACK:  # by somebody who says that both regions were compared
                loss = self._loss(topology, switchover_route(topology, Role.PRIMARY))
                return plan_failback(topology, reconciled=Known(value=True), loss=loss, force=line.force)
            case Purpose.FAILOVER:
                self._loss(topology, failover_route(topology, line.to))
                return plan_failover(topology, to=line.to, force=line.force)
            case Purpose.STOP:
                return plan_stop(topology)
            case Purpose.START:
                return plan_start(topology, force=line.force)
            case Purpose.AUTOMATIC:
                return plan_automatic(topology, automatic=line.automatic)
            case _:
                return plan_break_glass(topology, line.to or Role.PRIMARY)

    def _act(self, plan: Plan, decision: Decision, interrupted: Interrupted | None) -> CommandResult:
        clock, why = self._terminal.clock, str(plan.purpose)
        surroundings: Any = None  # only a payment would be made by them
        controls = LiveControls(
            site=SITE,
            aws=self._terminal.aws,
            clock=clock,
            surroundings=surroundings,
            by=self._by,
            why=why,
            edge=self._terminal.edge,
        )
        waiting = Waiting(clock)
        changes = sequence(controls, waiting, decision, interrupted)
        performer = Performer(controls, changes, waiting)
        planned = changes.latest.epoch if changes.latest is not None else 0
        self._terminal.world.about_to_move(self._terminal.process)
        with recording(self._journals, plan, interrupted, new=decision.new, by=self._by, why=why, clock=clock) as file:
            executor = LiveExecutor(performer, journal=file, clock=clock, audience=_Audience(), by=self._by, why=why)
            account: Account = carry_out(executor, plan, first=decision.first, done=MoveOutcome.DONE)
        left = changes.latest.epoch if changes.latest is not None else 0
        return CommandResult(account.outcome, account.error, planned, left)

    def _topology(self) -> Topology:
        terminal = self._terminal
        surroundings: Any = None
        return read_topology(
            SITE,
            terminal.aws,
            surroundings,
            terminal.clock,
            seconds=_PATIENCE_SECONDS,
            health_reads=HEALTH_READS if self._line.purpose is Purpose.FAILOVER else 1,
            edge=terminal.edge,
            asker=terminal.asker,
        )

    def _loss(self, topology: Topology, route: tuple[Role, Role] | None) -> LossEstimate | None:
        if route is None or route[0] is route[1]:
            return None
        source, destination = route
        aws, clock = self._terminal.aws, self._terminal.clock
        return estimate_loss(topology, aws, clock, source=source, destination=destination, seconds=_HISTORY_SECONDS)


def _refused(refusal: Refusal, *, is_late: bool) -> CommandResult:
    return CommandResult(MoveOutcome.REFUSED, "; ".join(map(str, refusal.obstacles)), is_late=is_late)
