"""What a bad script does to payments: which it alters, deletes, doubles and makes up, as a seed decides. Pure."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from contract.environment import PARTITION_KEY
from handlers.payments.model import payment_key
from operations.execution.live_controls import DRILL_PREFIX

StoredItem = Mapping[str, Any]
"""An item as DynamoDB writes it."""


class DamageKind(StrEnum):
    """The kinds of damage."""

    ALTERED = "altered"
    DELETED = "deleted"
    DOUBLED = "doubled"
    ADDED = "added"


@dataclass(frozen=True)
class DamagedPayment:
    """One payment, as it was and as it is made; None is nothing."""

    kind: DamageKind
    transaction_id: str
    before: StoredItem | None
    after: StoredItem | None


def draw_damage(
    items: Sequence[StoredItem], counts: Mapping[DamageKind, int], seed: int, *, at: str
) -> list[DamagedPayment]:
    """Return the damage that a seed decides, in the order in which it is done.

    Args:
        items: The payments that there are.
        counts: How many of each kind.
        seed: What decides.
        at: When made-up payments say that they were stored (ISO 8601, UTC).

    Raises:
        ValueError: There are too few payments.
    """
    draw = random.Random(seed)  # noqa: S311 — a seed must repeat it
    existing = [
        kind for kind in (DamageKind.ALTERED, DamageKind.DELETED, DamageKind.DOUBLED) for _ in range(counts[kind])
    ]
    if len(existing) > len(items):
        raise ValueError(f"{len(existing)} payments must be there to be damaged, got {len(items)}")
    victims = draw.sample(sorted(items, key=lambda item: str(item[PARTITION_KEY]["S"])), len(existing))
    done = [_damaged(kind, item, draw, at) for kind, item in zip(existing, victims, strict=True)]
    done += [_added(draw.choice(items), draw, at) for _ in range(counts[DamageKind.ADDED])]
    draw.shuffle(done)
    return done


def _damaged(kind: DamageKind, item: StoredItem, draw: random.Random, at: str) -> DamagedPayment:
    id_ = str(item["transactionId"]["S"])
    if kind is DamageKind.DELETED:
        return DamagedPayment(kind, id_, item, None)
    if kind is DamageKind.ALTERED:
        return DamagedPayment(kind, id_, item, _altered(item, draw))
    other = _new_id(draw)
    stored_at = draw.choice((item["storedAt"]["S"], at))
    return DamagedPayment(kind, other, None, {**item, **_key(other), "storedAt": {"S": stored_at}})


def _altered(item: StoredItem, draw: random.Random) -> StoredItem:
    """Return the item with another amount, another currency, or other metadata."""
    match draw.randrange(4):
        case 0:
            return {**item, "amount": {"N": str(Decimal(item["amount"]["N"]) * 100)}}
        case 1:
            return {**item, "amount": {"N": str(Decimal(item["amount"]["N"]) + Decimal("0.01"))}}
        case 2:
            return {**item, "currency": {"S": "USD" if item["currency"]["S"] != "USD" else "EUR"}}
        case _:
            return {**item, "metadata": {"S": f'{{"note":"{draw.getrandbits(32):08x}"}}'}}


def _added(like: StoredItem, draw: random.Random, at: str) -> DamagedPayment:
    id_ = _new_id(draw)
    made_up = {
        **like,
        **_key(id_),
        "amount": {"N": f"{draw.randrange(1, 100_000) / 100:.2f}"},
        "storedAt": {"S": at},
        "requestId": {"S": f"{draw.getrandbits(128):032x}"},
    }
    return DamagedPayment(DamageKind.ADDED, id_, None, made_up)


def _key(transaction_id: str) -> dict[str, Any]:
    return {PARTITION_KEY: {"S": payment_key(transaction_id)}, "transactionId": {"S": transaction_id}}


def _new_id(draw: random.Random) -> str:
    return f"{DRILL_PREFIX}{draw.getrandbits(64):016x}"
