"""No process does what none should: threads do not die, functions do not raise, the API never answers 500."""

from simulation.checker.invariants import Found, invariant
from simulation.history import History


@invariant("no unexpected failure")
def nothing_fails_unexpectedly(history: History) -> Found:
    """Find what the run noted as something that no process should do."""
    for at, text in history.failures:
        yield at, text, ""
