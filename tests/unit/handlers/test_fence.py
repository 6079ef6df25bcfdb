"""The fence item: reading, setting and clearing."""

import pytest

from handlers.payments.fence import Fence, MalformedFenceError, clear_fence, read_fence, set_fence
from tests.unit.handlers.fakes import PEER, REGION, TABLE, FakeTable, aws_error

AT = "2026-01-01T00:00:00.000Z"


class TestItem:
    """Reading, setting and clearing."""

    def test_a_region_without_an_item_is_not_fenced(self) -> None:
        assert read_fence(FakeTable(), TABLE, REGION) == Fence(REGION, fenced=False, epoch=0)

    def test_setting_clearing_and_setting_again_counts_the_epochs(self) -> None:
        table = FakeTable()
        first = set_fence(table, TABLE, REGION, reason="drill", by="ann", at=AT)
        assert (first.changed, first.fence) == (
            True,
            Fence(REGION, fenced=True, epoch=1, reason="drill", at=AT, by="ann"),
        )
        second = clear_fence(table, TABLE, REGION, reason="over", by="bob", at=AT)
        assert (second.changed, second.fence.fenced, second.fence.epoch) == (True, False, 2)
        third = set_fence(table, TABLE, REGION, reason="again", by="ann", at=AT)
        assert third.fence == read_fence(table, TABLE, REGION) == Fence(REGION, True, 3, "again", AT, "ann")  # noqa: FBT003

    def test_setting_twice_changes_nothing_and_tells_who_did(self) -> None:
        table = FakeTable()
        set_fence(table, TABLE, REGION, reason="first", by="ann", at=AT)
        again = set_fence(table, TABLE, REGION, reason="second", by="bob", at=AT)
        assert (again.changed, again.fence.epoch, again.fence.by, again.fence.reason) == (False, 1, "ann", "first")

    def test_clearing_what_was_never_set_changes_nothing(self) -> None:
        table = FakeTable()
        change = clear_fence(table, TABLE, REGION, reason="", by="ann", at=AT)
        assert (change.changed, change.fence, table.items) == (False, Fence(REGION), {})

    def test_the_two_regions_are_fenced_apart(self) -> None:
        table = FakeTable()
        set_fence(table, TABLE, PEER, reason="", by="ann", at=AT)
        assert read_fence(table, TABLE, REGION).fenced is False

    @pytest.mark.parametrize("fenced", [None, {"S": "true"}, {"N": "1"}, {"NULL": True}])
    def test_an_item_that_does_not_say_is_never_taken_for_open(self, fenced: dict[str, object] | None) -> None:
        table = FakeTable()
        table.items[f"control#fence#{REGION}"] = {} if fenced is None else {"fenced": fenced}
        with pytest.raises(MalformedFenceError):
            read_fence(table, TABLE, REGION)

    def test_other_refusals_are_not_taken_for_a_fence_that_is_set(self) -> None:
        table = FakeTable()
        table.fail("update_item", denied := aws_error("AccessDeniedException"))
        with pytest.raises(type(denied)):
            set_fence(table, TABLE, REGION, reason="", by="ann", at=AT)
