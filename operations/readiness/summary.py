"""Summarizes the findings in one sentence."""

from collections.abc import Sequence

from contract.roles import Role
from operations.readiness.model import CheckFinding, CheckResult, Facts
from operations.readiness.verdict import overall


def summary(facts: Facts, findings: Sequence[CheckFinding]) -> str:
    """Return whether the other region can take over, and what to do if not."""
    region = facts.topology.site.regions[(facts.topology.owner or Role.PRIMARY).peer].name
    failed, unknown = (sum(each.verdict is one for each in findings) for one in (CheckResult.FAIL, CheckResult.UNKNOWN))
    open_checks = f"{unknown} {'is' if unknown == 1 else 'are'} unknown{_silence(facts)}"
    match overall(findings):
        case CheckResult.PASS:
            return f"Ready: {region} is fit to take over; all {len(findings)} checks pass."
        case CheckResult.FAIL:
            count = f"{failed} of {len(findings)} checks {'fails' if failed == 1 else 'fail'}"
            also = f", {open_checks}" if unknown else ""
            return f"Not ready for a takeover: {count}{also}. Do what each says, then run `dr readiness` again."
        case CheckResult.UNKNOWN:
            return f"Cannot tell whether {region} is fit to take over: of {len(findings)} checks {open_checks}."


def _silence(facts: Facts) -> str:
    """Return the regions of which nothing could be read."""
    silent = [state.site.name for state in facts.topology.regions.values() if not state.answers]
    return f" ({' and '.join(silent)} {'do' if len(silent) > 1 else 'does'} not answer)" if silent else ""
