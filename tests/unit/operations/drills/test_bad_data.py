"""What a bad script does to payments: a seed decides, and the counts are kept."""

from collections import Counter
from decimal import Decimal

import pytest

from handlers.payments.model import Payment, StoredPayment
from operations.drills.bad_data import DamagedPayment, DamageKind, draw_damage

AT = "2026-01-31T12:00:00.000Z"
COUNTS = {DamageKind.ALTERED: 40, DamageKind.DELETED: 20, DamageKind.DOUBLED: 10, DamageKind.ADDED: 5}
ITEMS = [
    StoredPayment(Payment(f"drill-{number:03}", Decimal("10.50"), "EUR"), "us-east-1", AT, f"r-{number}").item()
    for number in range(100)
]


def drawn(seed: int = 7) -> list[DamagedPayment]:
    return draw_damage(ITEMS, COUNTS, seed, at=AT)


def test_each_kind_is_done_as_often_as_was_asked() -> None:
    assert Counter(each.kind for each in drawn()) == COUNTS


def test_a_seed_repeats_it_and_another_one_does_not() -> None:
    assert drawn() == drawn()
    assert drawn() != drawn(8)


def test_nothing_is_damaged_twice_and_all_of_it_changes_something() -> None:
    done = drawn()
    assert len({each.transaction_id for each in done}) == len(done)
    assert all(each.before != each.after for each in done)


def test_what_is_made_up_is_under_ids_that_were_not_there() -> None:
    there = {item["transactionId"]["S"] for item in ITEMS}
    for each in drawn():
        assert (each.before is None) == (each.kind in {DamageKind.DOUBLED, DamageKind.ADDED})
        assert (each.transaction_id in there) == (each.before is not None)
        if each.after is not None:
            assert StoredPayment.from_item(each.after).payment.transaction_id == each.transaction_id


def test_a_double_shares_its_request_and_a_made_up_one_has_its_own() -> None:
    known = {item["requestId"]["S"] for item in ITEMS}
    for each in drawn():
        if each.before is None and each.after is not None:
            assert (each.after["requestId"]["S"] in known) == (each.kind is DamageKind.DOUBLED)


def test_too_few_payments_are_refused() -> None:
    with pytest.raises(ValueError, match="70 payments must be there to be damaged, got 3"):
        draw_damage(ITEMS[:3], COUNTS, 7, at=AT)
