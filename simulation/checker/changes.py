"""Payments are inserted once: whatever changes one is counted, in each region that sees it."""

from simulation.checker.invariants import Found, invariant
from simulation.history import History


@invariant("a changed payment is counted")
def every_change_is_counted(history: History) -> Found:
    """Find regions that counted fewer changes of payments than their replicas had; a batch may be counted twice."""
    for region in history.regions:
        changes = [each for each in history.changes if each.region == region]
        counted = history.changes_counted[region]
        if counted < len(changes):
            last = changes[-1]
            yield last.at, f"{region} counted {counted} of {len(changes)} changes", last.id
