"""Shows findings to people: failures first, then unknowns, each with its remedy; passes are only counted."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from operations.readiness.model import CheckFinding, CheckResult, Facts
from operations.readiness.summary import summary
from operations.readiness.verdict import overall
from operations.timestamps import for_people
from operations.typed_commands import Typed, as_written

_ORDER = (CheckResult.FAIL, CheckResult.UNKNOWN, CheckResult.PASS)
_STYLES = {CheckResult.PASS: "green", CheckResult.FAIL: "bold red", CheckResult.UNKNOWN: "bold magenta"}


def show(
    facts: Facts, findings: Sequence[CheckFinding], *, surroundings: str, passes: bool, typed: Typed = as_written
) -> RenderableType:
    """Return the text to print.

    Args:
        facts: The facts that were judged.
        findings: The findings.
        surroundings: Where the facts come from.
        passes: Whether to list the checks that pass.
        typed: Adds the deployment's options to commands in the summary; the findings' commands have them.
    """
    heading = f"{facts.topology.site.suffix} · {surroundings} · {for_people(facts.topology.read_at)}"
    table = Table(box=None, pad_edge=False, show_header=False)
    for verdict in _ORDER:
        if verdict is not CheckResult.PASS or passes:
            for checks, finding in _grouped(findings, verdict):
                table.add_row(Text(verdict, style=_STYLES[verdict]), _body(checks, finding))
    passed = sum(each.verdict is CheckResult.PASS for each in findings)
    count = f"{passed} {'check passes' if passed == 1 else 'checks pass'}{'' if passes else ' (--all lists them)'}"
    sentence = Text(typed(summary(facts, findings)), style=_STYLES[overall(findings)])
    shown = (table,) if table.row_count else ()
    return Group(Text(heading, style="bold"), *shown, Text(count, style=_STYLES[CheckResult.PASS]), sentence)


def _grouped(findings: Sequence[CheckFinding], verdict: CheckResult) -> list[tuple[list[str], CheckFinding]]:
    """Return the findings with one result; unknowns with the same reason are merged, as for a lost region."""
    groups: dict[object, tuple[list[str], CheckFinding]] = {}
    for each in findings:
        if each.verdict is verdict:
            key = (each.detail, each.remedy) if verdict is CheckResult.UNKNOWN else each.check
            groups.setdefault(key, ([], each))[0].append(each.check)
    return list(groups.values())


def _body(checks: Sequence[str], finding: CheckFinding) -> Text:
    names = (", ".join(checks), "bold")
    body = (
        Text.assemble(f"{finding.detail}: ", names)
        if finding.verdict is CheckResult.UNKNOWN
        else Text.assemble(names, f": {finding.detail}")
    )
    return body.append(f"\n→ {finding.remedy}") if finding.remedy else body
