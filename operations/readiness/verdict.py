"""The findings of all rules, and what they come to."""

from collections.abc import Sequence

from operations.readiness import capacity_rules, state_rules, writer_rules
from operations.readiness.model import Facts, Finding, Verdict


def judged(facts: Facts) -> list[Finding]:
    """Apply every rule; pure."""
    return [
        *writer_rules.control_table(facts),
        *writer_rules.writer(facts),
        *writer_rules.regions(facts),
        *state_rules.data(facts),
        *state_rules.certificates(facts),
        *state_rules.watching(facts),
        *capacity_rules.findings(facts),
    ]


def overall(findings: Sequence[Finding]) -> Verdict:
    """Return the worst: a failure before what is unknown, and that before a pass."""
    verdicts = {finding.verdict for finding in findings}
    return next((each for each in (Verdict.FAIL, Verdict.UNKNOWN) if each in verdicts), Verdict.PASS)
