"""Whatever happened to payments, exactly that is found; repairs are unambiguous and made once."""

import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from operations.reconcile.findings import FindingKind
from operations.reconcile.sources import COMPARED, LOGS, TABLES, Place
from tests.unit.operations.reconcile.world import NOW, OLD, STANDBY, World, found, lines, stored

MISSING, CONFLICTING, DUPLICATED = (FindingKind.MISSING,), (FindingKind.CONFLICTING,), (FindingKind.DUPLICATED,)


def lost_from(*places: Place) -> tuple[tuple[FindingKind, ...], frozenset[Place]]:
    return MISSING, frozenset(places)


HISTORIES = {
    "whole": None,
    "logged twice": None,
    "on its way": None,
    "not in the standby": lost_from(Place.STANDBY_TABLE),
    "not in the primary": lost_from(Place.PRIMARY_TABLE),
    "only logged": lost_from(*TABLES),
    "logged in one bucket": lost_from(Place.STANDBY_LOGS),
    "never logged": lost_from(*LOGS),
    "replicas disagree": (CONFLICTING, frozenset[Place]()),
    "logs disagree": (CONFLICTING, frozenset[Place]()),
    "paid in both regions": (DUPLICATED, frozenset[Place]()),
}
"""What can happen to a payment, and what must be found: kinds and the places that miss it, or nothing."""


def live_through(world: World, number: int, history: str) -> str:
    """Let a payment have a history."""
    transaction_id = f"payment-{number}"
    payment = stored(transaction_id)
    other = stored(transaction_id, amount="99.99")
    again = stored(transaction_id, region=STANDBY, at=OLD + 60)
    expected = HISTORIES[history]
    missing = expected[1] if expected else frozenset[Place]()
    match history:
        case "logged twice":
            world.hold(payment)
            world.hold(payment, *LOGS)
        case "on its way":
            world.hold(stored(transaction_id, at=NOW - 1), Place.PRIMARY_TABLE)
        case "replicas disagree":
            world.hold(payment, Place.PRIMARY_TABLE, *LOGS)
            world.hold(other, Place.STANDBY_TABLE)
        case "logs disagree":
            world.hold(payment)
            world.hold(other, *LOGS)
        case "paid in both regions":
            world.hold(again)
            world.hold(payment, *LOGS)
        case _:
            world.hold(payment, *(set(COMPARED) - missing))
    return transaction_id


@given(histories=st.lists(st.sampled_from(sorted(HISTORIES)), min_size=1, max_size=20))
@example(histories=sorted(HISTORIES))
@settings(max_examples=4, deadline=None)
def test_exactly_what_happened_is_found_and_repairing_is_idempotent(histories: list[str]) -> None:
    world = World()
    expected = {live_through(world, number, each): HISTORIES[each] for number, each in enumerate(histories)}
    young = [f"payment-{number}" for number, each in enumerate(histories) if each == "on its way"]

    def arrive() -> None:
        for transaction_id in young:
            world.hold(stored(transaction_id, at=NOW - 1), Place.STANDBY_TABLE)

    world.clock.on_sleep = arrive
    with tempfile.TemporaryDirectory() as name:
        first, second = Path(name) / "first.jsonl", Path(name) / "second.jsonl"
        report = world.reconcile(first, repairing=True)
        assert found(first) == {key: value for key, value in expected.items() if value}
        assert report.in_flight == 0

        items = [dict(replica.items) for replica in world.tables.values()]
        again = world.reconcile(second, repairing=True)
        left = {key: value for key, value in expected.items() if value and not repaired_by_inserts(*value)}
        assert found(second) == left
        assert (again.left, dict(again.repairs), lines(second, "done")) == (len(left), {}, [])
        assert [replica.items for replica in world.tables.values()] == items


def repaired_by_inserts(kinds: tuple[FindingKind, ...], missing: frozenset[Place]) -> bool:
    """Return whether replicas are all that misses the payment."""
    return kinds == MISSING and missing.issubset(TABLES)
