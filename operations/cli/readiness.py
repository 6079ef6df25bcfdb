"""`dr readiness`: the daily check of a scheduler, and a person's check before a drill."""

import json
from dataclasses import replace
from datetime import UTC, datetime

from operations.cli.options import OutputFormat
from operations.cli.session import Session
from operations.cli.standing import verdict_document, verdict_on
from operations.readiness.model import CheckFinding, CheckResult, Facts
from operations.readiness.read import read_facts
from operations.readiness.show import show
from operations.readiness.summary import summary
from operations.readiness.verdict import judged, overall
from operations.verdict.model import TrafficVerdict
from operations.verdict.show import first_line

EXIT_STATUS = {CheckResult.PASS: 0, CheckResult.FAIL: 1, CheckResult.UNKNOWN: 2}


def show_readiness(session: Session, *, passes: bool) -> int:
    """Show whether the other region is fit, optionally with the checks that pass, and return the exit status."""
    facts = read_facts(session.site, session.aws, session.surroundings, session.clock)
    verdict = verdict_on(session, facts.topology)
    findings = [replace(each, remedy=session.typed(each.remedy)) for each in judged(facts)]
    if session.output is OutputFormat.JSON:
        print(json.dumps(_document(session, facts, findings, verdict), indent=2))
    else:
        session.console.print(first_line(verdict))
        shown = show(facts, findings, surroundings=session.label, passes=passes, typed=session.typed)
        session.console.print(shown)
    return EXIT_STATUS[overall(findings)]


def _document(
    session: Session, facts: Facts, findings: list[CheckFinding], verdict: TrafficVerdict
) -> dict[str, object]:
    return {
        "environment": facts.topology.site.suffix,
        "from": session.label,
        "readAt": datetime.fromtimestamp(facts.topology.read_at, UTC).isoformat(timespec="seconds"),
        "verdict": verdict_document(verdict),
        "readiness": overall(findings),
        "summary": session.typed(summary(facts, findings)),
        "findings": [
            {"check": each.check, "verdict": each.verdict, "detail": each.detail, "remedy": each.remedy or None}
            for each in findings
        ],
    }
