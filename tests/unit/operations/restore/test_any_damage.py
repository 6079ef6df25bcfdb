"""Whatever a mistake does after the moment, exactly that is found and mended, and payments stay byte for byte."""

import copy
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from handlers.payments.model import StoredPayment, payment_key
from operations.restore.records import RestoreRecord
from tests.unit.operations.restore.payments import paid
from tests.unit.operations.restore.world import MOMENT, Items, RestoreWorld, item_of

NUMBERS = st.integers(0, 7)


@dataclass(frozen=True)
class Step:
    """Something that happens after the moment: a client pays, or a mistake is made about a payment."""

    what: str
    number: int


STEPS = st.lists(
    st.builds(Step, st.sampled_from(["pay", "alter", "forge", "delete", "double", "invent", "anonymous"]), NUMBERS),
    max_size=14,
)


def happened(before: Sequence[int], steps: Sequence[Step]) -> tuple[RestoreWorld, Items]:
    """Return the world after a history, and what its replicas would hold without the mistakes."""
    world, right = RestoreWorld(), {}
    for number in before:
        at = MOMENT - 600 + number
        world.pay(payment := paid(f"payment-{number}", at=at), at=at)
        right[payment_key(f"payment-{number}")] = item_of(payment)
    world.pass_moment()
    for second, step in enumerate(steps):
        _happen(world, right, step, second, MOMENT + 60.0 + 10 * second)
    return world, right


def _happen(world: RestoreWorld, right: Items, step: Step, second: int, at: float) -> None:
    name = f"payment-{step.number}"
    key = payment_key(name)
    if step.what == "pay":
        if key not in right and key not in world.live:
            world.pay(payment := paid(name, at=at), at=at)
            right[key] = item_of(payment)
        return
    if step.what in {"invent", "anonymous"}:
        request = "" if step.what == "anonymous" else f"nobody-{second}"
        world.put(item_of(paid(f"invented-{second}", at=at, request=request)), at=at)
        return
    if key not in world.live:
        return
    old = StoredPayment.from_item(world.live[key])
    if step.what == "alter":
        world.put({**world.live[key], "amount": {"N": f"{99 + second}"}}, at=at)
    elif step.what == "forge":  # removed and inserted again, as if a client had done so
        if not any(key in tables.restorable for tables in world.tables.values()):
            return  # nothing tells which of the two was first: left to people
        world.remove(name)
        world.put({**item_of(old), "amount": {"N": f"{500 + second}"}}, at=at)
    elif step.what == "delete":
        world.remove(name)
    else:
        copied = item_of(paid(f"{name}-again-{second}", at=at, request=old.request_id))
        world.put(copied, at=at)


@settings(max_examples=8)  # what a comparison costs it costs however many payments it has
@given(st.sets(NUMBERS, min_size=1), STEPS)
def test_exactly_the_damage_is_found_and_mended(before: set[int], steps: list[Step]) -> None:
    world, right = happened(sorted(before), steps)
    if not any(item.get("requestId") for item in right.values()):
        return
    damaged = copy.deepcopy(world.live)
    wrong = {key for key in {*right, *damaged} if right.get(key) != damaged.get(key)}
    with tempfile.TemporaryDirectory() as name:
        record = RestoreRecord(Path(name) / "first")
        summary = world.plan(record)
        assert (summary.repairs, summary.kept, summary.unknown) == (len(wrong), 0, [])
        result = world.repair(record, summary)
        assert (result.ended_early, result.others, result.done) == ("", [], len(wrong))
        assert world.live == right
        again = world.plan(RestoreRecord(Path(name) / "second"))
        assert (again.repairs, again.kept, again.unknown) == (0, 0, [])
