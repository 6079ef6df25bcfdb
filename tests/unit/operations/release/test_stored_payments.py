"""The list of what a bad version stored waits for its last lines, and says until when it was read."""

import json
from dataclasses import replace
from typing import Any

import pytest

from contract.environment import Function
from contract.roles import Role
from handlers.releases.item import RegionVersions, Release, ReleaseState
from operations.release.stored_payments import StoredByRelease, stored_by
from tests.unit.operations.plans.topologies import NAMES
from tests.unit.operations.release.world import AT_ONCE, NEW, OLD, RELEASABLE, ReleaseWorld, request_lines


def release() -> Release:
    functions = {str(function): OLD for function in RELEASABLE.regions[Role.PRIMARY].function_names}
    changed = {**functions, str(Function.PAYMENT_API): NEW}
    return Release(
        id="r",
        driver="d",
        state=ReleaseState.UNDONE,
        beat=1,
        epoch=7,
        at="2026-01-31T13:00:00.000Z",
        before={name: RegionVersions(functions, "d0") for name in NAMES.values()},
        after={name: RegionVersions(changed, "d1") for name in NAMES.values()},
    )


def found(world: ReleaseWorld) -> StoredByRelease:
    return stored_by(world.controls(), release(), clock=world.clock, asker=AT_ONCE)


def test_lines_that_arrive_after_the_undo_are_listed() -> None:
    world = ReleaseWorld()
    began, world.lines[NEW] = world.clock.now, []
    original = world.filter_log_events

    def late(region: str, **request: Any) -> Any:
        world.lines[NEW] = list(request_lines("late")) if world.clock.now >= began + 20 else []
        return original(region, **request)

    object.__setattr__(world, "filter_log_events", late)
    listed = found(world)
    assert listed.transaction_ids == ("rent-late",)
    assert listed.unknown == ()
    assert listed.read_until == pytest.approx(began + 30)


def test_payment_without_an_outcome_is_in_doubt() -> None:
    world = ReleaseWorld()
    world.lines[NEW] = [json.dumps({"message": "payment begins", "transaction_id": "rent-a"})]
    listed = found(world)
    assert (listed.transaction_ids, listed.in_doubt) == (("rent-a",), ("rent-a",))


def test_ctrl_c_ends_the_waiting_and_says_until_when() -> None:
    world = ReleaseWorld()
    world.lines[NEW] = list(request_lines("a"))
    controls: Any = world.controls()

    def interrupt(_: float) -> None:
        controls.pause = world.clock.sleep
        raise KeyboardInterrupt

    controls.pause = interrupt
    listed = stored_by(controls, release(), clock=world.clock, asker=AT_ONCE)
    assert listed.transaction_ids == ("rent-a",)
    assert listed.unknown == tuple(
        f"the log of payment-api in {name} is read until 2026-01-31 13:00:00 UTC" for name in ("us-east-1", "us-east-2")
    )


def test_region_that_does_not_answer_is_unknown() -> None:
    world = ReleaseWorld()
    world.down.add("us-east-2")
    listed = found(world)
    assert listed.read_until is None
    assert listed.unknown == ("the log of payment-api in us-east-2: no connection",)


def test_release_without_a_beginning_is_unknown() -> None:
    world = ReleaseWorld()
    assert stored_by(world.controls(), replace(release(), at=""), clock=world.clock, asker=AT_ONCE).unknown
