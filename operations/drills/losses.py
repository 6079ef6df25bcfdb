"""What was lost, taken twice or stored by a region that had refused it, counted in an event log. Pure."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from contract.roles import Role
from operations.drills.events import AnyEvent, FaultChange, LogCheck, PaymentAttempt, ReplicaCheck
from operations.drills.restored import damaged_payments
from operations.drills.selecting import of_kind

_ACCEPTED = 202


def first_acknowledgements(events: Sequence[AnyEvent]) -> dict[str, PaymentAttempt]:
    """Return the attempt by which each payment was first acknowledged."""
    first: dict[str, PaymentAttempt] = {}
    for attempt in of_kind(events, PaymentAttempt):
        if attempt.acknowledged:
            first.setdefault(attempt.payment, attempt)
    return first


def at_takeover(
    events: Sequence[AnyEvent], acknowledgements: Mapping[str, PaymentAttempt]
) -> tuple[int | None, int | None, float | None]:
    """Return how many payments the worst check missed, how many more were queued, and the age of the oldest missing.

    What was answered 202 is durable in a retry queue, or later in its dead letter queue: late, but not missing.
    """
    checks = [each for each in of_kind(events, ReplicaCheck) if each.moment == "takeover"]
    if not checks or any(each.missing is None for each in checks):
        return None, None, None
    queued = {payment for payment, first in acknowledgements.items() if first.status == _ACCEPTED}
    worst = max(checks, key=lambda each: len(set(each.missing or ()) - queued))
    waiting = max(len(queued.intersection(each.missing or ())) for each in checks)
    missing = set(worst.missing or ()) - queued
    if not missing:
        return 0, waiting, 0.0
    lost = worst.replica.peer
    signs = [each.elapsed for each in acknowledgements.values() if each.role == lost and each.elapsed <= worst.elapsed]
    signs += [each.elapsed for each in of_kind(events, FaultChange) if each.active and each.elapsed <= worst.elapsed]
    oldest = min(acknowledgements[payment].elapsed for payment in missing)
    return len(missing), waiting, max(signs) - oldest


def missing_after(events: Sequence[AnyEvent], role: Role) -> int | None:
    """Return how many payments a replica lacked in the end."""
    checks = [each for each in of_kind(events, ReplicaCheck) if each.moment == "final" and each.replica == role]
    return len(checks[-1].missing) if checks and checks[-1].missing is not None else None


def duplicates(events: Sequence[AnyEvent], check: LogCheck) -> tuple[int | None, int | None]:
    """Tell apart what is recorded twice without a reason, and once by each region after an unknown outcome.

    A refusal is no unknown outcome: a region that stores what it refuses makes duplicates. What the drill itself
    damaged is left out.
    """
    if check.repeated is None or check.contradicting is None:
        return None, None
    unknown = unknown_outcomes(events)
    damaged = damaged_payments(events)
    repeated = {payment: roles for payment, roles in check.repeated.items() if payment not in damaged}
    explained = [
        payment
        for payment, roles in repeated.items()
        if payment not in check.contradicting and is_paid_once(payment, roles, unknown)
    ]
    return len(repeated) - len(explained), len(explained)


def unknown_outcomes(events: Sequence[AnyEvent]) -> set[tuple[str, Role | None]]:
    """Return the payments that a region may have stored without their clients knowing, with that region."""
    return {(each.payment, each.role) for each in of_kind(events, PaymentAttempt) if each.ambiguous}


def is_paid_once(payment: str, roles: Collection[Role], unknown: Collection[tuple[str, Role | None]]) -> bool:
    """Return whether each region recorded a payment once, since its client had no answer and tried the other one."""
    return sorted(roles) == sorted(Role) and any((payment, role) in unknown for role in roles)


def though_refused(events: Sequence[AnyEvent], check: LogCheck) -> int:
    """Return how many payments a region recorded although it refused every attempt, as one without the writer does."""
    answers: dict[tuple[str, Role | None], set[bool]] = defaultdict(set)
    for attempt in of_kind(events, PaymentAttempt):
        answers[attempt.payment, attempt.role].add(attempt.refused)
    recorded = {(payment, role) for role, payments in (check.recorded or {}).items() for payment in payments}
    return sum(answers[each] == {True} for each in recorded)
