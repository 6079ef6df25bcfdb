"""Turns readings into findings: a rule gets known facts only, and an unknown fact never passes."""

from collections.abc import Callable
from typing import TypeVar

from operations.readiness.model import CheckFinding, CheckResult
from operations.readiness.remedies import remedy_of_unknown
from operations.topology.readings import Known, Reading, Unknown

T = TypeVar("T")
S = TypeVar("S")


def both(first: Reading[T], second: Reading[S]) -> Reading[tuple[T, S]]:
    """Combine two facts into one, which is known only if both are."""
    if isinstance(first, Unknown):
        return first
    if isinstance(second, Unknown):
        return second
    return Known((first.value, second.value))


def judge(
    check: str,
    reading: Reading[T],
    problem: Callable[[T], str],
    fine: Callable[[T], str],
    *,
    remedy: str | Callable[[T], str],
) -> CheckFinding:
    """Return the finding of one check.

    Args:
        check: The check's name.
        reading: The fact.
        problem: Returns the problem; an empty text if there is none.
        fine: Describes the fact when there is no problem.
        remedy: Ends the problem.
    """
    if isinstance(reading, Unknown):
        return CheckFinding(check, CheckResult.UNKNOWN, reading.reason, remedy_of_unknown(reading))
    if text := problem(reading.value):
        return CheckFinding(check, CheckResult.FAIL, text, remedy if isinstance(remedy, str) else remedy(reading.value))
    return CheckFinding(check, CheckResult.PASS, fine(reading.value))
