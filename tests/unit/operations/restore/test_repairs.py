"""Repairs: on the condition of what was seen, where the writer is, in any number of runs."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ConnectTimeoutError

from handlers.writer.item import ClosingKind, Writer, WriterState
from operations.reconcile.audit import verify
from operations.restore.proposal import RestoreSummary
from operations.restore.records import RestoreRecord
from operations.restore.repairing import RestoredOutcome, as_seen
from tests.unit.operations.reconcile.world import PRIMARY, STANDBY
from tests.unit.operations.restore.payments import paid
from tests.unit.operations.restore.world import MOMENT, RestoreWorld, failure, item_of

LATER = MOMENT + 1800.0


@pytest.fixture
def damaged(world: RestoreWorld, record: RestoreRecord) -> tuple[RestoreWorld, RestoreSummary]:
    """A world in which five payments were altered, with the proposal that puts them right."""
    for number in range(5):
        world.pay(paid(f"p{number}", at=MOMENT - 60), at=MOMENT - 60)
    world.pass_moment()
    for number in range(5):
        world.put({**world.live[f"payment#p{number}"], "amount": {"N": "1"}}, at=LATER)
    return world, world.plan(record)


def alter(world: RestoreWorld, key: str, **attributes: Any) -> Callable[[], None]:
    def change() -> None:
        world.live[key] = {**world.live[key], **attributes}

    return change


def test_each_repair_is_noted_before_and_after(
    damaged: tuple[RestoreWorld, RestoreSummary], record: RestoreRecord
) -> None:
    world, summary = damaged
    world.repair(record, summary)
    (path,) = record.folder.glob("repairs-*")
    noted = path.read_text().splitlines()
    verify(noted)
    assert [json.loads(line)["event"] for line in noted] == ["repairing", "done"] * 5
    assert all("amount" not in line for line in noted)


def test_repeated_repair_changes_nothing(damaged: tuple[RestoreWorld, RestoreSummary], record: RestoreRecord) -> None:
    world, summary = damaged
    world.repair(record, summary)
    writes = world.tables[PRIMARY].writes
    world.clock.now += 1
    assert world.repair(record, summary).counts == {RestoredOutcome.ALREADY: 5}
    assert world.tables[PRIMARY].writes == writes


@pytest.mark.parametrize("attributes", [{"amount": {"N": "2"}}, {"note": {"S": "x"}}])
def test_payment_that_is_something_else_by_then_is_left_and_listed(
    damaged: tuple[RestoreWorld, RestoreSummary], record: RestoreRecord, attributes: dict[str, Any]
) -> None:
    world, summary = damaged
    alter(world, "payment#p3", **attributes)()
    before = world.live["payment#p3"]
    result = world.repair(record, summary)
    if "amount" in attributes:
        assert (result.others, world.live["payment#p3"]) == (["p3"], before)
    else:  # what was seen is still there: the whole item is replaced
        assert result.others == []


def test_removal_is_conditional_too(world: RestoreWorld, record: RestoreRecord) -> None:
    world.put(item_of(paid("invented", at=LATER)), at=LATER)
    summary = world.plan(record)
    alter(world, "payment#invented", amount={"N": "2"})()
    assert world.repair(record, summary).others == ["invented"]
    assert "payment#invented" in world.live


def test_insert_yields_to_a_client_who_pays_meanwhile(world: RestoreWorld, record: RestoreRecord) -> None:
    world.remove("before")
    summary = world.plan(record)
    again = paid("before", at=LATER, request="again")
    world.pay(again, at=LATER)
    assert world.repair(record, summary).others == ["before"]
    assert world.live["payment#before"] == item_of(again)


def test_writer_that_moves_is_followed(damaged: tuple[RestoreWorld, RestoreSummary], record: RestoreRecord) -> None:
    world, summary = damaged
    world.write(Writer(STANDBY, 9, WriterState.OPEN))
    world.repair(record, summary)
    assert (world.tables[STANDBY].writes, world.tables[PRIMARY].writes) == (5, 0)


def test_closing_ends_it_and_a_later_run_goes_on(
    damaged: tuple[RestoreWorld, RestoreSummary], record: RestoreRecord
) -> None:
    world, summary = damaged
    moving = Writer(PRIMARY, 9, WriterState.CLOSING, ClosingKind.TAKEOVER)

    def close() -> None:
        if world.tables[PRIMARY].writes == 2:
            world.write(moving)

    world.clock.on_sleep = close
    result = world.repair(record, summary)
    assert "must be open or held" in result.ended_early
    assert result.done == 2
    world.clock.on_sleep = lambda: None
    world.write(Writer(PRIMARY, 10, WriterState.OPEN))
    world.clock.now += 1
    assert world.repair(record, summary, skip=result.done).counts == {RestoredOutcome.REPAIRED: 3}


def test_held_writer_is_no_obstacle(damaged: tuple[RestoreWorld, RestoreSummary], record: RestoreRecord) -> None:
    world, summary = damaged
    world.write(Writer(PRIMARY, 9, WriterState.CLOSING, ClosingKind.HELD))
    assert world.repair(record, summary).counts == {RestoredOutcome.REPAIRED: 5}


@pytest.mark.parametrize("error", [failure("ThrottlingException"), ConnectTimeoutError(endpoint_url="x")])
def test_passing_failure_is_tried_again(
    damaged: tuple[RestoreWorld, RestoreSummary], record: RestoreRecord, error: Exception
) -> None:
    world, summary = damaged
    world.tables[PRIMARY].refuses.append(error)
    assert world.repair(record, summary).counts == {RestoredOutcome.REPAIRED: 5}


def test_refusal_ends_it_with_its_reason(damaged: tuple[RestoreWorld, RestoreSummary], record: RestoreRecord) -> None:
    world, summary = damaged
    world.tables[PRIMARY].refuses.append(failure("AccessDeniedException"))
    result = world.repair(record, summary)
    assert "AccessDeniedException" in result.ended_early
    assert result.done == 0


def test_condition_names_every_attribute_and_those_that_only_the_wanted_item_has() -> None:
    seen, wanted = {"pk": {"S": "a"}, "amount": {"N": "1"}}, {"pk": {"S": "a"}, "currency": {"S": "EUR"}}
    condition = as_seen(seen, wanted)
    assert condition.expression == "#n0 = :v0 AND #n1 = :v1 AND attribute_not_exists(#m0)"
    assert condition.names == {"#n0": "amount", "#n1": "pk", "#m0": "currency"}
    assert condition.values == {":v0": {"N": "1"}, ":v1": {"S": "a"}}
    assert as_seen(None, wanted).arguments() == {
        "ConditionExpression": "attribute_not_exists(#key)",
        "ExpressionAttributeNames": {"#key": "pk"},
    }
