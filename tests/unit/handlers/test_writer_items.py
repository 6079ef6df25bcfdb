"""The writer item, its changes, the epochs recorded of it, and the glass."""

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from handlers.writer.changes import (
    CONFLICT_ATTEMPTS,
    Author,
    ForbiddenChangeError,
    StaleEpochError,
    change_writer,
    close_planned,
    create,
    hold,
    open_writer,
    set_automatic,
    take_over,
    undo,
)
from handlers.writer.glass import Glass, break_glass, clear_glass, read_glass
from handlers.writer.history import RecordedEpoch, read_epoch, record_epoch
from handlers.writer.item import ClosingKind, MalformedWriterError, Writer, WriterState, read_writer
from tests.unit.handlers.fakes import CONTROL_TABLE, PEER, REGION, TABLE, FakeTable, aws_error, timed_out
from tests.unit.handlers.payment_function_fakes import closing_in, open_in

ANN = Author(by="ann", reason="drill", at="2026-01-01T00:00:00.000Z")
TICKER = Author(by=f"ticker {REGION}", reason="lost", at="2026-01-01T00:00:00.000Z", automatic=True)
PLANNED = closing_in(REGION, ClosingKind.PLANNED, destination=PEER, seconds=30)
WRITERS = [open_in(), *(closing_in(REGION, kind) for kind in (ClosingKind.TAKEOVER, ClosingKind.HELD)), PLANNED]


class TestItem:
    """Reading and writing the item."""

    @pytest.mark.parametrize("writer", WRITERS)
    def test_it_is_read_as_it_was_written(self, writer: Writer) -> None:
        writer = replace(writer, automatic=False, automatic_changes=2, by="ann", reason="x", at="now", change_id="c")
        assert Writer.from_item(writer.item()) == writer

    def test_absent_item_is_none_and_the_read_is_consistent(self) -> None:
        table = FakeTable()  # refuses reads that are not
        assert read_writer(table, CONTROL_TABLE) is None

    @pytest.mark.parametrize(
        "damage",
        [
            {"region": None}, {"epoch": None}, {"state": None}, {"automatic": None}, {"state": {"S": "ajar"}},
            {"epoch": {"N": "x"}}, {"kind": {"S": "held"}}, {"kind": {"S": "x"}}, {"state": {"S": "closing"}},
        ],
    )  # fmt: skip
    def test_item_that_does_not_say_is_never_taken_for_open(self, damage: dict[str, Any]) -> None:
        item = {name: value for name, value in {**open_in().item(), **damage}.items() if value is not None}
        with pytest.raises(MalformedWriterError):
            Writer.from_item(item)

    def test_callers_learn_owner_epoch_state_and_kind(self) -> None:
        assert open_in(by="ann").document() == {"region": REGION, "epoch": 7, "state": "open"}
        assert PLANNED.document() == {"region": REGION, "epoch": 7, "state": "closing", "kind": "planned"}


class TestSuccessors:
    """What may follow on what."""

    @pytest.mark.parametrize("writer", WRITERS)
    @pytest.mark.parametrize("author", [ANN, TICKER])
    def test_every_change_raises_the_epoch_by_one_and_is_signed(self, writer: Writer, author: Author) -> None:
        changes: list[Callable[[], Writer]] = [
            lambda: take_over(writer, PEER, author),
            lambda: close_planned(writer, PEER, author),
            lambda: hold(writer, author),
            lambda: open_writer(writer, author),
            lambda: undo(writer, author),
            lambda: set_automatic(writer, author, automatic=False),
        ]
        made = set()
        for change in changes:
            try:
                after = change()
            except ForbiddenChangeError:
                continue
            assert (after.epoch, after.by, after.reason, after.at) == (8, author.by, author.reason, author.at)
            assert not (writer.is_open and after.is_open and after.region != writer.region)
            made.add(after.change_id)
        assert len(made) >= 3

    def test_never_from_open_to_open(self) -> None:
        with pytest.raises(ForbiddenChangeError):
            open_writer(open_in(), ANN)

    @pytest.mark.parametrize(("writer", "owner"), [(WRITERS[1], REGION), (WRITERS[2], REGION), (PLANNED, PEER)])
    def test_opening_goes_to_the_owner_or_the_destination(self, writer: Writer, owner: str) -> None:
        after = open_writer(writer, ANN)
        assert (after.region, after.state, after.kind, after.destination) == (owner, WriterState.OPEN, None, None)

    def test_undo_returns_to_the_source(self) -> None:
        assert undo(PLANNED, TICKER).allows(REGION)
        for other in WRITERS[:3]:
            with pytest.raises(ForbiddenChangeError):
                undo(other, TICKER)

    def test_planned_closing_names_its_destination_and_keeps_the_owner(self) -> None:
        after = close_planned(open_in(), PEER, ANN)
        assert (after.region, after.kind, after.destination, after.seconds) == (REGION, ClosingKind.PLANNED, PEER, 30)
        for forbidden in (open_in(PEER), PLANNED):
            with pytest.raises(ForbiddenChangeError):
                close_planned(forbidden, PEER, ANN)

    @pytest.mark.parametrize("before", [closing_in(PEER, ClosingKind.HELD), open_in(PEER, automatic=False)])
    def test_no_unattended_takeover_of_what_is_held_or_switched_off(self, before: Writer) -> None:
        with pytest.raises(ForbiddenChangeError):
            take_over(before, REGION, TICKER)
        assert take_over(before, REGION, ANN).region == REGION

    def test_unattended_takeovers_are_counted_and_an_operator_resets_the_count(self) -> None:
        first = take_over(open_in(PEER), REGION, TICKER)
        opened = open_writer(first, TICKER)
        second = take_over(opened, PEER, TICKER)
        assert (first.automatic_changes, opened.automatic_changes, second.automatic_changes) == (1, 1, 2)
        assert hold(second, ANN).automatic_changes == 0

    @pytest.mark.parametrize("writer", WRITERS)
    def test_switching_keeps_everything_else(self, writer: Writer) -> None:
        after = set_automatic(writer, ANN, automatic=False)
        kept = ("region", "state", "kind", "destination", "seconds")
        assert [getattr(after, name) for name in kept] == [getattr(writer, name) for name in kept]
        assert (after.automatic, set_automatic(after, ANN, automatic=True).automatic) == (False, True)

    def test_first_writer_is_closing(self) -> None:
        first = create(REGION, 1_767_225_600, TICKER)
        assert (first.region, first.epoch, first.kind) == (REGION, 1_767_225_600, ClosingKind.TAKEOVER)


class TestChange:
    """The compare-and-set."""

    @pytest.fixture
    def table(self) -> FakeTable:
        table = FakeTable()
        table.set_writer(open_in())
        return table

    def test_slower_author_learns_who_changed_what_and_when(self, table: FakeTable) -> None:
        change_writer(table, CONTROL_TABLE, open_in(), hold(open_in(), replace(ANN, by="bob")))
        with pytest.raises(StaleEpochError) as raised:
            change_writer(table, CONTROL_TABLE, open_in(), take_over(open_in(), PEER, ANN))
        assert raised.value.now == table.writer
        assert str(raised.value) == f"bob made it epoch 8 at {ANN.at}: closing in {REGION}"
        assert table.writer.kind is ClosingKind.HELD

    def test_slower_author_dies_though_what_it_wants_already_is(self, table: FakeTable) -> None:
        change_writer(table, CONTROL_TABLE, open_in(), hold(open_in(), ANN))
        with pytest.raises(StaleEpochError):
            change_writer(table, CONTROL_TABLE, open_in(), hold(open_in(), ANN))

    def test_lost_answer_that_the_sdk_asked_for_again_is_success(self, table: FakeTable) -> None:
        after = hold(open_in(), ANN)
        table.set_writer(after)
        assert change_writer(table, CONTROL_TABLE, open_in(), after) == after

    @pytest.mark.parametrize("before", [None, open_in()])
    def test_item_that_appeared_or_disappeared_is_reported(self, before: Writer | None) -> None:
        table = FakeTable()
        if before is None:
            table.set_writer(open_in())
        with pytest.raises(StaleEpochError) as raised:
            change_writer(table, CONTROL_TABLE, before, hold(open_in(), ANN))
        assert raised.value.now == (open_in() if before is None else None)

    def test_conflict_of_two_regions_is_sent_again(self, table: FakeTable) -> None:
        pauses: list[None] = []
        table.fail("put_item", aws_error("ReplicatedWriteConflictException"), times=CONFLICT_ATTEMPTS - 1)
        change_writer(table, CONTROL_TABLE, open_in(), hold(open_in(), ANN), pause=lambda: pauses.append(None))
        assert (table.writer.kind, len(pauses)) == (ClosingKind.HELD, CONFLICT_ATTEMPTS - 1)

    @pytest.mark.parametrize("error", [aws_error("ReplicatedWriteConflictException"), timed_out()], ids=repr)
    def test_other_failures_are_the_callers(self, table: FakeTable, error: Exception) -> None:
        table.fail("put_item", error)
        with pytest.raises(type(error)):
            change_writer(table, CONTROL_TABLE, open_in(), hold(open_in(), ANN))

    @given(st.lists(st.tuples(st.sampled_from([REGION, PEER]), st.booleans(), st.integers(0, 4)), max_size=30))
    def test_epochs_only_grow_and_no_region_opens_unclosed(self, steps: list[tuple[str, bool, int]]) -> None:
        """Authors who act on what they read some changes ago."""
        table = FakeTable()
        table.set_writer(open_in())
        history = [table.writer]
        for region, opens, behind in steps:
            read = history[max(0, len(history) - 1 - behind)]
            try:
                after = open_writer(read, ANN) if opens else take_over(read, region, ANN)
                history.append(change_writer(table, CONTROL_TABLE, read, after))
            except (ForbiddenChangeError, StaleEpochError):
                continue
        for before, after in pairwise(history):
            assert after.epoch == before.epoch + 1
            assert not (before.is_open and after.is_open)


class TestHistory:
    """Epochs as tickers saw them."""

    def test_it_is_read_as_it_was_recorded_apart_from_the_other_regions(self) -> None:
        table = FakeTable()
        record = RecordedEpoch(replace(PLANNED, by="ann"), REGION, "2026-01-01T00:00:00.000Z")
        record_epoch(table, CONTROL_TABLE, record)
        assert list(table.control) == [f"epoch#{REGION}#7"]
        assert read_epoch(table, CONTROL_TABLE, REGION, 7) == record
        assert read_epoch(table, CONTROL_TABLE, PEER, 7) is None


class TestGlass:
    """The operator's word."""

    def test_it_is_broken_read_and_cleared(self) -> None:
        table, glass = FakeTable(), Glass(REGION, 7, "ann", "no quorum", "now")
        assert read_glass(table, TABLE, REGION) is None
        break_glass(table, TABLE, glass)
        assert list(table.items) == [f"control#glass#{REGION}"]
        assert (read_glass(table, TABLE, REGION), read_glass(table, TABLE, PEER)) == (glass, None)
        assert glass.writer().allows(REGION)
        with pytest.raises(ClientError):
            clear_glass(table, TABLE, replace(glass, epoch=6))  # it was broken again meanwhile
        clear_glass(table, TABLE, glass)
        assert table.items == {}
