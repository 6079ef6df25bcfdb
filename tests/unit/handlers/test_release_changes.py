"""The release item and its changes: who may make which, and what is a success although it looks like a failure."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from handlers.releases.changes import (
    CONFLICT_ATTEMPTS,
    StaleReleaseError,
    beat,
    claim,
    done,
    resume,
    undo_release,
    undone,
)
from handlers.releases.item import MalformedReleaseError, Release, ReleaseState, read_release
from tests.unit.handlers.fakes import CONTROL_TABLE, FakeTable, aws_error, timed_out
from tests.unit.handlers.release_fakes import running

UNDOING = running(state=ReleaseState.UNDOING, ended_by="ticker us-east-1", ended_why="its driver is gone")

Change = Callable[[FakeTable, str, Release], Release]


def undo_now(table: FakeTable, name: str, release: Release) -> Release:
    return undo_release(table, name, release, by="bob", why="looks bad")


def undo_if_gone(table: FakeTable, name: str, release: Release) -> Release:
    return undo_release(table, name, release, by="ticker us-east-1", why="gone", if_beat_stands=True)


def take_on(table: FakeTable, name: str, release: Release) -> Release:
    return resume(table, name, release, "driver-2")


def holding(release: Release | None) -> FakeTable:
    table = FakeTable()
    if release is not None:
        table.control["release"] = release.item()
    return table


def stored(table: FakeTable) -> Release:
    found = read_release(table, CONTROL_TABLE)
    assert found is not None
    return found


class TestItem:
    """Reading and writing."""

    @pytest.mark.parametrize("release", [running(), UNDOING, running(step="", reason="ü")])
    def test_it_is_read_as_it_was_written(self, release: Release) -> None:
        assert stored(holding(release)) == release

    def test_there_may_be_none(self) -> None:
        assert read_release(holding(None), CONTROL_TABLE) is None

    @pytest.mark.parametrize("name", ["id", "driver", "state", "beat", "epoch", "before", "after"])
    def test_what_says_too_little_is_malformed(self, name: str) -> None:
        table = holding(running())
        del table.control["release"][name]
        with pytest.raises(MalformedReleaseError, match=name):
            read_release(table, CONTROL_TABLE)

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("state", {"S": "paused"}),
            ("beat", {"N": "x"}),
            ("id", {"N": "1"}),
            ("before", {"S": "{"}),
            ("before", {"S": "[]"}),
            ("after", {"S": '{"us-east-1": {"functions": []}}'}),
            ("after", {"S": '{"us-east-1": 1}'}),
        ],
    )
    def test_what_is_misspelled_is_malformed(self, name: str, value: dict[str, Any]) -> None:
        table = holding(running())
        table.control["release"][name] = value
        with pytest.raises(MalformedReleaseError):
            read_release(table, CONTROL_TABLE)

    def test_texts_for_people_may_lack(self) -> None:
        table = holding(running())
        for name in ("by", "reason", "at", "step", "ended_by", "ended_why"):
            del table.control["release"][name]
        assert stored(table).by == ""


class TestClaim:
    """Beginning a release."""

    @pytest.mark.parametrize(
        "before", [None, running(id="old", state=ReleaseState.DONE), running(id="old", state=ReleaseState.UNDONE)]
    )
    def test_it_begins_when_none_is_under_way(self, before: Release | None) -> None:
        table = holding(before)
        assert claim(table, CONTROL_TABLE, running(), before) == stored(table) == running()

    @pytest.mark.parametrize("last", [None, running(id="older", state=ReleaseState.DONE)])
    def test_it_does_not_when_another_came_and_went(self, last: Release | None) -> None:
        table = holding(running(id="old", state=ReleaseState.DONE))
        with pytest.raises(StaleReleaseError):
            claim(table, CONTROL_TABLE, running(), last)
        assert stored(table).id == "old"

    @pytest.mark.parametrize("state", [ReleaseState.RUNNING, ReleaseState.UNDOING])
    def test_it_does_not_while_another_is(self, state: ReleaseState) -> None:
        table = holding(running(id="old", state=state))
        with pytest.raises(StaleReleaseError, match=f"the release that ann began at .* is {state}") as caught:
            claim(table, CONTROL_TABLE, running(), running(id="old", state=ReleaseState.DONE))
        assert caught.value.now == stored(table) == running(id="old", state=state)

    def test_own_claim_whose_answer_was_lost_is_a_success(self) -> None:
        table = holding(running())
        assert claim(table, CONTROL_TABLE, running(), None) == running()


ALLOWED: dict[ReleaseState, list[tuple[Change, Release]]] = {
    ReleaseState.RUNNING: [
        (beat, running(beat=4)),
        (take_on, running(driver="driver-2", beat=4)),
        (undo_now, running(state=ReleaseState.UNDOING, ended_by="bob", ended_why="looks bad")),
        (undo_if_gone, running(state=ReleaseState.UNDOING, ended_by="ticker us-east-1", ended_why="gone")),
        (done, running(state=ReleaseState.DONE, ended_by="ann")),
    ],
    ReleaseState.UNDOING: [(undone, running(state=ReleaseState.UNDONE))],
}
CHANGES: tuple[Change, ...] = (beat, take_on, undo_now, undo_if_gone, done, undone)
ALREADY = {(undo_now, ReleaseState.UNDOING), (undo_if_gone, ReleaseState.UNDOING), (undone, ReleaseState.UNDONE)}
ALREADY |= {(done, ReleaseState.DONE)}


class TestChanges:
    """What may follow on what."""

    @pytest.mark.parametrize(
        ("state", "change", "after"), [(state, *case) for state, cases in ALLOWED.items() for case in cases]
    )
    def test_allowed(self, state: ReleaseState, change: Change, after: Release) -> None:
        before = running(state=state)
        table = holding(before)
        assert change(table, CONTROL_TABLE, before) == stored(table) == after

    @pytest.mark.parametrize("change", CHANGES)
    @pytest.mark.parametrize("state", ReleaseState)
    def test_refused(self, state: ReleaseState, change: Change) -> None:
        """Whatever the author believes that the item is."""
        if change in [allowed for allowed, _ in ALLOWED.get(state, [])] or (change, state) in ALREADY:
            return
        table = holding(running(state=state))
        with pytest.raises(StaleReleaseError):
            change(table, CONTROL_TABLE, running())
        assert stored(table) == running(state=state)

    @pytest.mark.parametrize(("change", "state"), sorted(ALREADY, key=str))
    def test_what_somebody_else_did_already_is_a_success(self, change: Change, state: ReleaseState) -> None:
        now = running(state=state, ended_by="carol")
        table = holding(now)
        assert change(table, CONTROL_TABLE, running()) == stored(table) == now

    @pytest.mark.parametrize("change", CHANGES)
    @pytest.mark.parametrize("now", [None, *(running(id="another", state=state) for state in ReleaseState)])
    def test_another_release_is_left_alone(self, change: Change, now: Release | None) -> None:
        table = holding(now)
        with pytest.raises(StaleReleaseError) as caught:
            change(table, CONTROL_TABLE, running())
        assert (caught.value.now, read_release(table, CONTROL_TABLE)) == (now, now)

    @pytest.mark.parametrize("change", [beat, done])
    def test_only_the_driver_drives(self, change: Change) -> None:
        table = holding(running(driver="driver-2"))
        with pytest.raises(StaleReleaseError):
            change(table, CONTROL_TABLE, running())

    @pytest.mark.parametrize("change", [take_on, undo_if_gone])
    @pytest.mark.parametrize("changed", [{"beat": 4}, {"driver": "driver-3"}])
    def test_a_driver_that_lives_is_left_alone(self, change: Change, changed: dict[str, Any]) -> None:
        table = holding(running(**changed))
        with pytest.raises(StaleReleaseError):
            change(table, CONTROL_TABLE, running())

    def test_abort_stops_a_driver_that_lives(self) -> None:
        table = holding(running(driver="driver-2", beat=9, step="all"))
        undo_now(table, CONTROL_TABLE, running())
        assert stored(table) == running(
            driver="driver-2", beat=9, step="all", state=ReleaseState.UNDOING, ended_by="bob", ended_why="looks bad"
        )

    def test_beats_say_what_the_driver_does(self) -> None:
        table = holding(running())
        later = beat(table, CONTROL_TABLE, running(), step="10 %")
        assert beat(table, CONTROL_TABLE, later) == stored(table) == running(beat=5, step="10 %")


class TestAnswers:
    """Answers that are lost, and conflicts that are safe."""

    @pytest.mark.parametrize(
        ("change", "state"), [(case[0], state) for state, cases in ALLOWED.items() for case in cases]
    )
    def test_repeated_attempt_is_a_success(self, change: Change, state: ReleaseState) -> None:
        before = running(state=state)
        table = holding(before)
        after = change(table, CONTROL_TABLE, before)
        assert change(table, CONTROL_TABLE, before) == after == stored(table)

    def test_resumed_by_another_is_not_ones_own_success(self) -> None:
        table = holding(running())
        resume(table, CONTROL_TABLE, running(), "driver-2")
        with pytest.raises(StaleReleaseError):
            resume(table, CONTROL_TABLE, running(), "driver-3")

    @pytest.mark.parametrize("method", ["put_item", "update_item"])
    def test_meeting_another_regions_change_is_tried_again(self, method: str) -> None:
        table, pauses = holding(None), []
        change: Any = partial(claim, last=None)
        if method == "update_item":
            table.control["release"] = running().item()
            change = beat
        table.fail(method, aws_error("ReplicatedWriteConflictException"), times=CONFLICT_ATTEMPTS - 1)
        change(table, CONTROL_TABLE, running(), pause=lambda: pauses.append(1))
        assert len(pauses) == CONFLICT_ATTEMPTS - 1
        table.fail(method, error := aws_error("ReplicatedWriteConflictException"))
        with pytest.raises(type(error)):
            change(table, CONTROL_TABLE, replace(running(), beat=4))

    @pytest.mark.parametrize("error", [timed_out(), aws_error("AccessDeniedException")])
    def test_other_failures_are_the_authors(self, error: Exception) -> None:
        table = holding(running())
        table.fail("update_item", error)
        with pytest.raises(type(error)):
            beat(table, CONTROL_TABLE, running())
