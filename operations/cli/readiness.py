"""`dr readiness`: the check that a scheduler runs every day, and a person before a drill."""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from operations.cli.options import Output, Session, with_session
from operations.cli.standing import verdict_on
from operations.readiness.model import Facts, Finding, Verdict
from operations.readiness.read import read_facts
from operations.readiness.show import show
from operations.readiness.summary import summary
from operations.readiness.verdict import judged, overall
from operations.verdict.show import first_line

EXIT_STATUS = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.UNKNOWN: 2}

All = Annotated[bool, typer.Option("--all", "-a", help="List the checks that pass, too.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog="Example: dr readiness --all")(readiness)


@with_session
def readiness(session: Session, *, all_: All = False) -> int:
    """Judge whether the other region is fit to take over, and change nothing.

    Shows the checks that fail or are unknown, and what ends each. The exit status is 0 when every check passes, 1 when
    one fails, and 2 when none fails but one is unknown (or the command was misused).
    """
    facts = read_facts(session.site, session.aws, session.surroundings, session.clock)
    findings = judged(facts)
    if session.output is Output.JSON:
        print(json.dumps(_document(session, facts, findings), indent=2))
    else:
        session.console.print(first_line(verdict_on(session, facts.topology)))
        session.console.print(show(facts, findings, surroundings=session.label, passes=all_))
    return EXIT_STATUS[overall(findings)]


def _document(session: Session, facts: Facts, findings: list[Finding]) -> dict[str, object]:
    return {
        "environment": facts.topology.site.suffix,
        "from": session.label,
        "readAt": datetime.fromtimestamp(facts.topology.read_at, UTC).isoformat(timespec="seconds"),
        "verdict": overall(findings),
        "summary": summary(facts, findings),
        "findings": [
            {"check": each.check, "verdict": each.verdict, "detail": each.detail, "remedy": each.remedy or None}
            for each in findings
        ],
    }
