"""`dr restore repair`, `resume` and `finish`: carries out what was agreed to, and proves that nothing is left."""

import json
from pathlib import Path

from operations.cli.exit_status import DONE, FAILED, REFUSED
from operations.cli.options import OutputFormat
from operations.cli.progress import progress
from operations.cli.reconcile import who
from operations.cli.restore import SHORT_DIGEST, compare, reading, require_digest, restoring, say, show, under_way
from operations.cli.session import Session
from operations.cli.typed_name import sentence_typed
from operations.errors import UsageError
from operations.reconcile.audit import AuditTrail
from operations.restore.proposal import read_proposal
from operations.restore.records import RestoreRecord, RestoreState
from operations.restore.repair_run import PROGRESS_EVERY, RepairResult, RepairRun
from operations.restore.restoring import RestorePlan
from operations.timestamps import for_names

_SHOWN = 20


def repair(session: Session, *, digest: str, rate: float, journals: Path | None) -> int:
    """Carry out the proposal of this digest, and return the exit status."""
    record = under_way(session, journals)
    compared = record.compared
    require_digest(digest, compared["digest"])
    if record.state is RestoreState.REPAIRED:
        raise UsageError("this proposal was carried out: `dr restore finish` compares again")
    if record.agreed_by is None and record.state is not RestoreState.REPAIRING:
        say(session, "Nobody else has agreed to this proposal.")
        sentence_typed(compared["digest"][:SHORT_DIGEST], f"{compared['repairs']} payments would be changed.")
    return _carry_out(session, record, rate=rate)


def resume(session: Session, *, rate: float, journals: Path | None) -> int:
    """Go on where a restore was interrupted: with the plan, or with its repairs."""
    record = under_way(session, journals)
    if record.state is RestoreState.REPAIRING:
        return _carry_out(session, record, rate=rate)
    if record.state is not RestoreState.PLANNED:
        raise UsageError(f"nothing was interrupted, the restore is {record.state}: see `dr restore status`")
    with AuditTrail(record.trail, by=who(session), clock=session.clock) as trail:
        planned = record.planned
        return compare(session, RestorePlan.read(planned), record, trail, settle=planned["settle"])


def finish(session: Session, *, settle: float, abandon: bool, journals: Path | None) -> int:
    """Compare again, and remove the side table when nothing is left to repair; return the exit status."""
    record = under_way(session, journals)
    chosen = RestorePlan.read(record.planned)
    with AuditTrail(record.trail, by=who(session), clock=session.clock) as trail:
        work = restoring(session, settle, lambda *_: None)
        side = work.side_table(chosen)
        document = {"state": RestoreState.FINISHED, "abandoned": abandon, "sideTable": side and side.name}
        if not abandon:
            with reading(session) as on_rows:
                summary = restoring(session, settle, on_rows).compare(chosen, record, trail)
            found = summary.document()
            if summary.repairs or summary.unknown:
                show(session, {**found, "proposal": str(record.proposal), "state": RestoreState.COMPARED})
                return FAILED
            document |= found
        left = document.get("kept", 0)
        gone = f"the side table {side.name} is removed" if side else "the restore is closed"
        if not session.confirm(f"{left} payments are left for people to decide. End it, so that {gone}?"):
            return REFUSED
        if side is not None:
            side.delete()
        trail.note(RestoreState.FINISHED, abandoned=abandon, kept=left)
    if session.output is OutputFormat.JSON:
        print(json.dumps(document, indent=2))
    elif abandon:
        say(session, f"Given up: {gone}, and nothing was compared.")
    else:
        say(session, f"Nothing is left to repair: {gone}. {left} payments are left for people to decide.")
    return DONE


def _carry_out(session: Session, record: RestoreRecord, *, rate: float) -> int:
    compared = record.compared
    by, result = who(session), RepairResult(done=record.done)
    noted = record.folder / f"repairs-{for_names(session.clock.time(), exact=True)}Z.jsonl"
    with (
        AuditTrail(record.trail, by=by, clock=session.clock) as trail,
        AuditTrail(noted, by=by, clock=session.clock) as repairs,
        progress(session) as shown,
    ):
        trail.note(RestoreState.REPAIRING, digest=compared["digest"], repairs=str(noted), after=record.done)
        task = shown.add_task("repairs", total=compared["repairs"], completed=record.done)
        run = RepairRun(session.site, session.aws, session.clock, repairs, seconds=session.clock.scale / rate)

        def on_repair() -> None:
            shown.advance(task)
            if result.done % PROGRESS_EVERY == 0:
                trail.note("progress", done=result.done)

        try:
            findings = read_proposal(record.proposal, compared["digest"])
            run.run(findings, skip=record.done, on_repair=on_repair, result=result)
        except KeyboardInterrupt:
            trail.note("progress", done=result.done)
            say(session, f"Interrupted after {result.done} repairs. Next: `dr restore resume`")
            raise
        trail.note("progress", done=result.done)
        if not result.ended_early:
            trail.note(RestoreState.REPAIRED, counts=dict(result.counts), others=len(result.others))
    return _tell(session, result, noted)


def _tell(session: Session, result: RepairResult, noted: Path) -> int:
    if session.output is OutputFormat.JSON:
        document = {
            "counts": dict(result.counts),
            "others": result.others,
            "endedEarly": result.ended_early or None,
            "done": result.done,
            "audit": str(noted),
        }
        print(json.dumps(document, indent=2))
    told = ", ".join(f"{count} {outcome}" for outcome, count in result.counts.items())
    say(session, f"Repairs: {told or 'none'}. Audit trail: {noted}")
    for transaction_id in result.others[:_SHOWN]:
        say(session, f"left: {transaction_id} is something else now")
    if result.ended_early:
        say(session, f"It ended early: {result.ended_early}. Next: `dr restore resume`")
        return FAILED
    say(session, "Next: `dr restore finish` compares again, and removes the side table")
    return FAILED if result.others else DONE
