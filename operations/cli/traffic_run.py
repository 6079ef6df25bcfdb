"""One run of a command that changes who takes payments: topology, loss, plan, confirmation, action, topology."""

import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from contract.events import EventType
from contract.roles import Role
from operations.cli.exit_status import DONE, FAILED, INTERRUPTED, REFUSED, UNVERIFIED
from operations.cli.options import OutputFormat
from operations.cli.session import Session
from operations.cli.since_asked import new_warnings, worsened
from operations.cli.standing import standing_document, verdict_on
from operations.cli.traffic_news import counts, gist, nobody_since
from operations.cli.traffic_options import Wishes
from operations.cli.typed_name import name_typed
from operations.evidence.move_evidence import MoveEvidence, journal_evidence
from operations.evidence.move_folder import move_folder, write_move_evidence
from operations.evidence.move_record import move_record
from operations.execution.changing import SeenEpoch
from operations.execution.display import MoveDisplay
from operations.execution.document import loss_document, plan_document, refusal_document, result_document
from operations.execution.executor import DryRun, LiveExecutor
from operations.execution.journal import Journal, Journals, Record
from operations.execution.live_controls import LiveControls
from operations.execution.measuring import closed_period
from operations.execution.move import (
    Account,
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
from operations.execution.progress import progress
from operations.execution.waiting import Waiting
from operations.plans.causes import merged_causes
from operations.plans.failover import HEALTH_READS
from operations.plans.plan import Plan, Purpose, Refusal
from operations.timestamps import for_names
from operations.topology.loss_estimate import LossEstimate, estimate_loss
from operations.topology.model import Topology
from operations.topology.read import read_topology
from operations.topology.readings import Known
from operations.verdict.model import TrafficVerdict

_PATIENCE_SECONDS = 5.0
"""What is unknown is refused or warned of: whoever moves traffic gives a slow answer more time than a screen does."""

_HISTORY_SECONDS = 5.0
"""How long reading the source's stream may take before what would be lost counts as unknown."""

_STATUSES = {
    MoveOutcome.DONE: DONE,
    MoveOutcome.UNVERIFIED: UNVERIFIED,
    MoveOutcome.ALREADY: DONE,
    MoveOutcome.PLANNED: DONE,
    MoveOutcome.REFUSED: REFUSED,
    MoveOutcome.FAILED: FAILED,
    MoveOutcome.OVERTAKEN: FAILED,
    MoveOutcome.INTERRUPTED: INTERRUPTED,
}


class TrafficRun:
    """Carries out a move as the options say.

    Args:
        session: The site, the credentials and the endpoints.
        purpose: The kind of move.
        wishes: The command line's options.
        confirm: Asks for confirmation after printing the given line; returns whether it had to ask.
    """

    def __init__(
        self,
        session: Session,
        purpose: Purpose,
        wishes: Wishes,
        *,
        confirm: Callable[[Session, str], bool] = name_typed,
    ) -> None:
        self._session, self._purpose, self._wishes, self._confirm = session, purpose, wishes, confirm
        self._by = session.by  # fail before anything is read if no name is known
        self._journals = Journals(wishes.journal_directory, session.site.suffix)
        self._display = MoveDisplay(session.console, session.site, scale=session.clock.scale, typed=session.typed)
        self._verdict: TrafficVerdict | None = None
        self._gist: object = None
        """What of the verdict is shown again when it has changed."""
        self._since = "Since then"
        """Since when, in words, what is read again may have changed."""
        self._nobody_since: float | Literal["unknown"] | None
        self._seen: SeenEpoch | None = None
        self._machine_ahead: float | None = None
        self._evidence: tuple[MoveEvidence, Path] | None = None
        """What is known of a move when it has ended, and the journal that it is of; None where nothing has moved."""
        self.latest_loss: LossEstimate | None = None
        self._document: dict[str, Any] = {
            "purpose": purpose,
            "environment": session.site.suffix,
            "surroundings": session.label,
            "timeScale": session.clock.scale,
            "dryRun": wishes.dry_run,
        }

    def run(self, make: Callable[[Topology], Plan | Refusal]) -> int:
        """Run the move and return the exit status; `make` returns a new plan.

        Raises:
            OperationError: Planning failed.
        """
        course = self._wishes.course
        interrupted = find_interrupted(self._journals, self._purpose, course)
        topology = self.topology()
        decision = decide(course, interrupted, topology, make)
        plan = decision.plan
        if isinstance(plan, Refusal):
            return self._refuse(plan, topology)
        if not decision.new:  # no new plan, so no loss was read for it
            self.loss(topology, plan.route)
        self._note_plan(plan)
        self._display.plan(plan, first=decision.first)
        if self._wishes.dry_run:
            return self._end(carry_out(DryRun(), plan, first=decision.first, done=MoveOutcome.PLANNED))
        says = "" if self._verdict is None else self._verdict.says
        if self._confirm(self._session, says):  # the operator may have taken long to answer
            self._since = "Since you were asked"
            shown_loss = self.latest_loss
            interrupted = find_interrupted(self._journals, self._purpose, course)
            topology = self.topology()
            decision = decide(course, interrupted, topology, make)
            refusal = reconsider(plan, decision.plan, topology)
            if refusal is not None:
                return self._refuse(refusal, topology)
            if isinstance(decision.plan, Plan):
                shown, plan = plan, decision.plan
                self._note_plan(plan)
                worse = worsened(topology, shown=shown, now=plan, shown_loss=shown_loss, loss=self.latest_loss)
                if worse is not None and not self._session.yes:
                    return self._refuse(worse, topology)
                self._display.warnings(new_warnings(shown, plan))
        return self._end(self._act(plan, decision, interrupted), acted=True)

    def new_file(self, what: str) -> Path:
        """Return an unused path beside the journals."""
        return self._journals.directory / what / f"{for_names(self._session.clock.time(), exact=True)}Z.jsonl"

    def topology(self, when: str = "before") -> Topology:
        """Read the topology and show the verdict: in full at first and "after", otherwise only what is new.

        The last topology read before an action is the one that the decision rests on.
        """
        session = self._session
        topology = read_topology(
            session.site,
            session.aws,
            session.surroundings,
            session.clock,
            seconds=_PATIENCE_SECONDS,
            health_reads=HEALTH_READS if self._purpose is Purpose.FAILOVER else 1,
        )
        self._note_sighting(topology)
        verdict, before = verdict_on(session, topology), self._verdict
        self._verdict = verdict
        self._document[when] = standing_document(topology, verdict)
        self._nobody_since = nobody_since(topology, verdict, self._journals)
        ahead = topology.machine_ahead
        self._machine_ahead = ahead.value if isinstance(ahead, Known) else None
        known = gist(topology, verdict)
        if before is None or when == "after":
            self._display.verdict(verdict)
        elif known != self._gist:
            self._display.news(verdict, before=before, since=self._since)
        self._gist = known
        return topology

    def _note_plan(self, plan: Plan) -> None:
        self._document["plan"] = plan_document(plan, self._session.site, self._session.typed)

    def _note_sighting(self, topology: Topology) -> None:
        """Note when this process first saw the current writer: a closing may have settled since."""
        writer = topology.writer.value if isinstance(topology.writer, Known) else None
        if writer is not None and (self._seen is None or not self._seen.is_of(writer)):
            self._seen = SeenEpoch.now(writer, self._session.clock)

    def loss(self, topology: Topology, route: tuple[Role, Role] | None) -> LossEstimate | None:
        """Read and show what a move along the route would lose or delay; None without a route."""
        before, self.latest_loss = self.latest_loss, None
        if route is None or route[0] is route[1]:
            return None
        source, destination = route
        session = self._session
        loss = estimate_loss(
            topology, session.aws, session.clock, source=source, destination=destination, seconds=_HISTORY_SECONDS
        )
        self._document["loss"] = loss_document(loss)
        if before is None:
            self._display.loss(loss)
        elif counts(loss) != counts(before):
            self._display.loss(loss, since=self._since)
        self.latest_loss = loss
        return loss

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
        waiting = Waiting(session.clock, self._display.waits)
        performer = Performer(controls, sequence(controls, waiting, decision, interrupted, seen=self._seen), waiting)
        with recording(
            self._journals,
            plan,
            interrupted,
            new=decision.new,
            by=self._by,
            why=why,
            clock=session.clock,
            nobody_since=self._nobody_since,
            machine_ahead=self._machine_ahead,
        ) as journal:
            self._document["journal"] = str(journal.path)
            executor = LiveExecutor(
                performer, journal=journal, clock=session.clock, audience=self._display, by=self._by, why=why
            )
            session.events.publish(EventType.MOVE_BEGUN, reason=why, **self._moved(plan))
            with self._display.running():
                account = carry_out(executor, plan, first=decision.first, done=MoveOutcome.DONE)
            if executor.is_recorded:
                records = journal.records()
                so_far = progress(records)
                account.can_resume = so_far is not None and not so_far.finished
                account.closed = closed_period(records)
                self._note_evidence(journal, records)
        if account.outcome is MoveOutcome.DONE and account.unseen:
            account.outcome = MoveOutcome.UNVERIFIED
        session.events.publish(EventType.MOVE_ENDED, reason=why, outcome=account.outcome, **self._moved(plan))
        return account

    def _moved(self, plan: Plan) -> dict[str, str]:
        """Return what events tell of a plan: its purpose, and the region that is to take payments if it names one."""
        regions = self._session.site.regions
        return {"purpose": plan.purpose, **({"region": regions[plan.route[1]].name} if plan.route else {})}

    def _note_evidence(self, journal: Journal, records: Sequence[Record]) -> None:
        """Prepare the journal's evidence of a move, if anything moved."""
        session = self._session
        with suppress(Exception, KeyboardInterrupt):  # the outcome is shown all the same
            move = move_record(records)
            if move.has_moved:
                found = journal_evidence(move, journal=journal.path.name, site=session.site, surroundings=session.label)
                self._evidence = found, journal.path
                self._document["evidence"] = str(move_folder(journal.path))

    def _write_evidence(self) -> None:
        """Write the prepared evidence after the outcome is shown; a failure here does not change the outcome."""
        if self._evidence is not None:
            with suppress(Exception, KeyboardInterrupt):  # `dr evidence` reports the reason
                write_move_evidence(*self._evidence)

    def _refuse(self, refusal: Refusal, topology: Topology) -> int:
        causes = merged_causes(refusal, topology)
        self._document["refusal"] = refusal_document(refusal, causes, self._session.typed)
        self._display.refusal(refusal, causes)
        return self._end(Account(MoveOutcome.REFUSED if refusal.already is None else MoveOutcome.ALREADY))

    def _end(self, account: Account, *, acted: bool = False) -> int:
        session = self._session
        results = [result_document(result, session.site, session.typed) for result in account.results]
        self._display.outcome(
            account,
            journal=self._document.get("journal"),
            purpose=self._purpose,
            evidence_from=None if self._evidence is None else self._evidence[0].complete_from,
        )
        if acted:
            self.topology("after")
        ended = {
            **self._document,
            "outcome": account.outcome,
            "closedSeconds": account.closed.seconds if account.closed else None,
            "refusedSeconds": account.closed.refused_seconds if account.closed else None,
            "results": results,
            "error": session.typed(account.error) or None,
        }
        if session.output is OutputFormat.JSON:
            print(json.dumps(ended, indent=2))
        self._write_evidence()
        if acted:
            session.events.wait()
        return _STATUSES[account.outcome]
