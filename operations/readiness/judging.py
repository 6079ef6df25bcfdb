"""How readings become findings: a rule never sees an unknown fact, and an unknown fact never passes."""

from collections.abc import Callable
from typing import TypeVar

from operations.readiness.model import Finding, Verdict
from operations.topology.readings import Known, Reading, Unknown

T = TypeVar("T")
S = TypeVar("S")


def both(first: Reading[T], second: Reading[S]) -> Reading[tuple[T, S]]:
    """Return two facts as one, which is known only if both are."""
    if isinstance(first, Unknown):
        return first
    if isinstance(second, Unknown):
        return second
    return Known((first.value, second.value))


def judge(check: str, reading: Reading[T], problem: Callable[[T], str], fine: Callable[[T], str]) -> Finding:
    """Return a finding: `problem` says what is wrong, with nothing if nothing is, and `fine` what was found."""
    if isinstance(reading, Unknown):
        return Finding(check, Verdict.UNKNOWN, reading.reason)
    if text := problem(reading.value):
        return Finding(check, Verdict.FAIL, text)
    return Finding(check, Verdict.PASS, fine(reading.value))
