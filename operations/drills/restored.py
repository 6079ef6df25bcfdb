"""What bad data did, how soon they were found and repaired, from an event log alone. Pure."""

from collections.abc import Sequence

from operations.drills.events import (
    AlarmSample,
    AnyEvent,
    DamageFound,
    DataDamaged,
    DataRepaired,
    PaymentAttempt,
    RestoreChecked,
)
from operations.drills.outages import Measured
from operations.drills.selecting import of_kind

CHANGED_ALARM = "payments-changed"
"""How the names of the alarms begin that ring for a changed payment."""


class MeasuredRestore(Measured):
    """What became of damaged payments; durations are emulated seconds, and what was not observed stays None."""

    damaged: int
    found_seconds: float | None
    """From the damage until an alarm rang."""
    repaired_seconds: float | None
    """From the damage until the last repair."""
    at_risk: int | None
    """Payments acknowledged between the damage and its repair: a restore of the whole table would lose them."""
    missed: int | None
    unexpected: int | None
    left: int | None
    """What the comparison after the repair would still repair, or leaves to people."""
    wrong: int | None
    changed: int | None
    untouched: int | None
    later: int | None
    unknown: tuple[str, ...]
    """What the comparison could not read."""


def measure_restore(events: Sequence[AnyEvent]) -> MeasuredRestore | None:
    """Compute it; None if nothing was damaged."""
    damage = next(iter(of_kind(events, DataDamaged)), None)
    if damage is None:
        return None
    found = next(iter(of_kind(events, DamageFound)), None)
    repaired = next(iter(of_kind(events, DataRepaired)), None)
    checked = next(iter(of_kind(events, RestoreChecked)), None)
    rang = [each.elapsed for each in of_kind(events, AlarmSample) if each.elapsed >= damage.elapsed and _rings(each)]
    return MeasuredRestore(
        damaged=sum(map(len, damage.damaged.values())),
        found_seconds=rang[0] - damage.elapsed if rang else None,
        repaired_seconds=None if repaired is None else repaired.elapsed - damage.elapsed,
        at_risk=None if repaired is None else _acknowledged(events, damage.elapsed, repaired.elapsed),
        missed=None if found is None else len(found.missed),
        unexpected=None if found is None else len(found.unexpected),
        left=None if checked is None else checked.left + checked.kept,
        wrong=None if checked is None else len(checked.wrong),
        changed=None if checked is None else len(checked.changed),
        untouched=None if checked is None else checked.untouched,
        later=None if checked is None else checked.later,
        unknown=() if found is None else found.unknown,
    )


def damaged_payments(events: Sequence[AnyEvent]) -> frozenset[str]:
    """Return the ids of the damaged payments: the logs hold several versions of each."""
    return frozenset(id_ for each in of_kind(events, DataDamaged) for ids in each.damaged.values() for id_ in ids)


def _rings(sample: AlarmSample) -> bool:
    return any(name.startswith(CHANGED_ALARM) for name in sample.firing or ())


def _acknowledged(events: Sequence[AnyEvent], since: float, until: float) -> int:
    attempts = of_kind(events, PaymentAttempt)
    return len({each.payment for each in attempts if each.acknowledged and since <= each.elapsed <= until})
