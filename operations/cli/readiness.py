"""`dr readiness`: the check that a scheduler runs every day, and a person before a drill."""

import json
from datetime import UTC, datetime

import typer
from rich.table import Table
from rich.text import Text

from operations.cli.options import Output, Session, with_session
from operations.readiness.model import Facts, Finding, Verdict
from operations.readiness.read import read_facts
from operations.readiness.verdict import judged, overall

EXIT_STATUS = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.UNKNOWN: 2}
_STYLES = {Verdict.PASS: "green", Verdict.FAIL: "bold red", Verdict.UNKNOWN: "bold magenta"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(readiness)


@with_session
def readiness(session: Session) -> int:
    """Judge whether the other region is fit to take over, and change nothing.

    The exit status is 0 when every check passes, 1 when one fails, and 2 when none fails but one is unknown (or the
    command was misused).
    """
    facts = read_facts(session.site, session.aws, session.surroundings, session.clock)
    findings = judged(facts)
    verdict = overall(findings)
    if session.output is Output.JSON:
        print(json.dumps(_document(session, facts, findings, verdict), indent=2))
    else:
        _print(session, facts, findings, verdict)
    return EXIT_STATUS[verdict]


def _print(session: Session, facts: Facts, findings: list[Finding], verdict: Verdict) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    for finding in findings:
        style = _STYLES[finding.verdict]
        table.add_row(Text(finding.verdict, style=style), finding.check, Text(finding.detail, style=style))
    counts = ", ".join(f"{sum(each.verdict is one for each in findings)} {one}" for one in Verdict)
    heading = f"{facts.topology.site.suffix} · {session.label} · {_read_at(facts)} · {counts}"
    session.console.print(Text(heading, style="bold"), table, Text(f"readiness: {verdict}", style=_STYLES[verdict]))


def _document(session: Session, facts: Facts, findings: list[Finding], verdict: Verdict) -> dict[str, object]:
    return {
        "environment": facts.topology.site.suffix,
        "from": session.label,
        "readAt": _read_at(facts),
        "verdict": verdict,
        "findings": [{"check": each.check, "verdict": each.verdict, "detail": each.detail} for each in findings],
    }


def _read_at(facts: Facts) -> str:
    return datetime.fromtimestamp(facts.topology.read_at, UTC).isoformat(timespec="seconds")
