"""Applies all rules, and combines their findings."""

from collections.abc import Iterator, Sequence

from operations.readiness import capacity_rules, first_minute_rules, state_rules, writer_rules
from operations.readiness.model import CheckFinding, CheckResult, Facts
from operations.readiness.rule_evaluation import judge
from operations.readiness.rules import RULES


def judged(facts: Facts) -> list[CheckFinding]:
    """Return the findings of all rules; pure."""
    return [
        *writer_rules.writer(facts),
        *writer_rules.regions(facts),
        *state_rules.data(facts),
        *state_rules.certificates(facts),
        *state_rules.watching(facts),
        *capacity_rules.findings(facts),
        *first_minute_rules.findings(facts),
        *_of_rules(facts),
    ]


def _of_rules(facts: Facts) -> Iterator[CheckFinding]:
    """Return the findings of the rules in `rules/`."""
    for role, region in facts.regions.items():
        name = facts.topology.site.regions[role].name
        for file, reading in region.by_rule.items():
            rule = RULES[file]
            yield judge(f"{rule.check} in {name}", reading, rule.problem, rule.fine, remedy=rule.remedy)


def overall(findings: Sequence[CheckFinding]) -> CheckResult:
    """Return the worst result: failed before unknown before passed."""
    verdicts = {finding.verdict for finding in findings}
    return next((each for each in (CheckResult.FAIL, CheckResult.UNKNOWN) if each in verdicts), CheckResult.PASS)
