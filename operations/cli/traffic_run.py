"""One run of a command that moves traffic: topology, plan, confirmation, action, topology."""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from operations.cli.exit_status import DONE, FAILED, INTERRUPTED, REFUSED
from operations.cli.options import Output, Session
from operations.cli.traffic_options import Wishes
from operations.cli.typed_name import name_typed
from operations.execution.display import Display
from operations.execution.document import plan_document, refusal_document, result_document
from operations.execution.executor import DryRun, LiveExecutor
from operations.execution.journal import JournalError, Journals
from operations.execution.live_controls import LiveControls
from operations.execution.move import (
    Account,
    Course,
    Decision,
    Interrupted,
    Outcome,
    carry_out,
    decide,
    find_interrupted,
    forget,
    reconsider,
    recording,
)
from operations.execution.performing import Performer
from operations.moments import for_names
from operations.plans.failover import HEALTH_READS
from operations.plans.plan import Plan, Purpose, Refusal
from operations.site import Role
from operations.topology.document import document
from operations.topology.model import Topology
from operations.topology.read import read_topology
from operations.topology.show import show

_PATIENCE_SECONDS = 5.0
"""What is unknown is refused or warned of: whoever moves traffic gives a slow answer more time than a screen does."""

_STATUSES = {
    Outcome.DONE: DONE,
    Outcome.PLANNED: DONE,
    Outcome.REFUSED: REFUSED,
    Outcome.FAILED: FAILED,
    Outcome.INTERRUPTED: INTERRUPTED,
}


class TrafficRun:
    """Carries a purpose out, as the command line wishes."""

    def __init__(self, session: Session, purpose: Purpose, wishes: Wishes) -> None:
        self._session, self._purpose, self._wishes = session, purpose, wishes
        self._by = session.by  # whoever cannot be named learns it before anything is read
        self._journals = Journals(wishes.journal_directory, session.site.suffix)
        self._display = Display(session.console, session.site)
        self._fails_over = False
        self._document: dict[str, Any] = {
            "purpose": purpose,
            "environment": session.site.suffix,
            "surroundings": session.label,
            "timeScale": session.clock.scale,
            "dryRun": wishes.dry_run,
        }

    def run(self, make: Callable[[Topology], Plan | Refusal]) -> int:
        """Run it and return the exit status; `make` gives the plan that begins.

        Raises:
            OperationError: It cannot even be decided what to do.
        """
        if self._wishes.forget:
            return self._forget()
        course = self._wishes.course
        interrupted = find_interrupted(self._journals, self._purpose, course)
        self._fails_over = self._is_failover(course, interrupted)
        decision = decide(course, interrupted, self.topology(), make)
        plan = decision.plan
        if isinstance(plan, Refusal):
            return self._refuse(plan)
        self._document["plan"] = plan_document(plan, self._session.site)
        self._display.plan(plan, first=decision.first)
        if self._wishes.dry_run:
            return self._end(carry_out(DryRun(), plan, first=decision.first, done=Outcome.PLANNED))
        if name_typed(self._session):  # whoever was asked took their time
            same = find_interrupted(self._journals, self._purpose, course)
            refusal = reconsider(plan, decide(course, same, self.topology(), make).plan)
            if refusal is not None:
                return self._refuse(refusal)
        account = self._act(plan, decision, interrupted)
        self.topology("after")
        return self._end(account)

    def new_file(self, what: str) -> Path:
        """Return the path of a file beside the journals that does not exist yet."""
        return self._journals.directory / what / f"{for_names(self._session.clock.time(), exact=True)}Z.jsonl"

    def topology(self, when: str = "before") -> Topology:
        """Read it and show it; what is read last before anything is done is what was decided on."""
        session = self._session
        topology = read_topology(
            session.site,
            session.aws,
            session.surroundings,
            session.clock,
            seconds=_PATIENCE_SECONDS,
            roles=[Role.STANDBY] if self._fails_over else list(Role),
            health_reads=HEALTH_READS if self._fails_over else 1,
        )
        self._document[when] = document(topology)
        session.console.print(show(topology, surroundings=session.label))
        return topology

    def _is_failover(self, course: Course, interrupted: Interrupted | None) -> bool:
        """Return whether the standby alone decides; a failover that is taken back needs both regions."""
        back = course is Course.ROLL_BACK or (interrupted is not None and interrupted.progress.rolls_back)
        return self._purpose is Purpose.FAILOVER and not back

    def _act(self, plan: Plan, decision: Decision, interrupted: Interrupted | None) -> Account:
        session, wishes = self._session, self._wishes
        why = wishes.reason or plan.purpose
        controls = LiveControls(
            site=session.site,
            aws=session.aws,
            clock=session.clock,
            surroundings=session.surroundings,
            by=self._by,
            why=why,
            payer=session.payer,
        )
        if self._purpose is Purpose.FAILOVER and interrupted is None:
            with suppress(JournalError):  # what stood in the way does no longer
                forget(self._journals, by="dr failover", clock=session.clock)
        performer = Performer(controls, self._display.waits)
        with recording(
            self._journals, plan, interrupted, new=decision.new, by=self._by, why=why, clock=session.clock
        ) as journal:
            self._document["journal"] = str(journal.path)
            executor = LiveExecutor(performer.perform, journal=journal, clock=session.clock, audience=self._display)
            with self._display.running():
                return carry_out(executor, plan, first=decision.first, done=Outcome.DONE)

    def _refuse(self, refusal: Refusal) -> int:
        self._document["refusal"] = refusal_document(refusal)
        self._display.refusal(refusal)
        return self._end(Account(Outcome.REFUSED))

    def _forget(self) -> int:
        forgotten = forget(self._journals, by=self._by, clock=self._session.clock)
        self._document["forgotten"] = [str(journal.path) for journal in forgotten]
        self._display.forgotten(forgotten)
        return self._end(Account(Outcome.DONE))

    def _end(self, account: Account) -> int:
        site = self._session.site
        results = [result_document(result, site) for result in account.results]
        ended = {**self._document, "outcome": account.outcome, "results": results, "error": account.error or None}
        self._display.outcome(account, journal=self._document.get("journal"), purpose=self._purpose)
        if self._session.output is Output.JSON:
            print(json.dumps(ended, indent=2))
        return _STATUSES[account.outcome]
