"""What each epoch changed, and for how long nobody could store."""

import pytest

from contract.roles import Role
from handlers.writer.item import ClosingKind, Writer
from operations.topology.epoch_changes import EpochChange, epoch_changes
from operations.topology.readings import Known, Reading, Unknown
from operations.topology.writer_history import HistoricEpoch
from tests.unit.operations.plans.topologies import closing, open_in

NOW = 1_769_860_860.0  # 2026-01-31T12:01:00Z
UNSEEN = "no ticker saw it"


def at(second: int) -> str:
    return f"2026-01-31T12:00:{second:02}.000Z"


def changes(*writers: Writer | None, first: int = 1) -> list[EpochChange]:
    """Return the changes of epochs that follow each other, oldest first; None is one that nobody saw."""
    history = [
        HistoricEpoch(first + index, Unknown(UNSEEN) if each is None else Known(each), {})
        for index, each in enumerate(writers)
    ]
    return epoch_changes(history[::-1], now=NOW)[::-1]


def closed(*writers: Writer | None, first: int = 1) -> Reading[float] | None:
    """Return for how long the last epoch found the writer closed."""
    return changes(*writers, first=first)[-1].closed_seconds


CREATED = open_in(at=at(0))
CLOSING = closing(ClosingKind.PLANNED, at=at(10))
MOVED = open_in(Role.STANDBY, at=at(22))


def test_a_move_leads_from_the_region_that_was_open_before() -> None:
    created, closes, moved = changes(CREATED, CLOSING, MOVED)
    assert (created.source, closes.source, moved.source) == (None, "us-east-1", "us-east-1")
    assert (created.before, closes.before, moved.before) == (None, CREATED, CLOSING)


def test_it_was_closed_from_the_first_closing_to_the_opening() -> None:
    stopped = closing(ClosingKind.HELD, at=at(12))
    assert closed(CREATED, CLOSING, stopped, MOVED) == Known(12.0)


def test_what_opens_nothing_was_not_closed() -> None:
    assert closed(CREATED, open_in(at=at(5), automatic=False)) is None
    assert [each.closed_seconds for each in changes(CREATED, CLOSING, MOVED)[:2]] == [None, None]


def test_a_closing_that_lasts_is_counted_until_now() -> None:
    assert closed(CREATED, CLOSING) == Known(50.0)


def test_the_first_epoch_needs_none_before() -> None:
    assert closed(closing(ClosingKind.TAKEOVER, at=at(1)), open_in(at=at(9))) == Known(8.0)


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (closed(CREATED, None, MOVED), f"epoch 2: {UNSEEN}"),
        (closed(CLOSING, MOVED, first=5), "epoch 4 was not read"),
        (closed(CREATED, closing(ClosingKind.PLANNED, at="noon"), MOVED), "epoch 7 was written at no time"),
        (closed(CREATED, CLOSING, open_in(at="noon")), "epoch 7 was written at no time"),
        (closed(CREATED, CLOSING, open_in(at=at(9))), "its authors' clocks differ"),
    ],
)
def test_what_cannot_be_measured_is_unknown(told: Reading[float] | None, why: str) -> None:
    assert told == Unknown(why)


def test_after_an_epoch_that_nobody_saw_the_source_is_not_known() -> None:
    assert changes(CREATED, None, MOVED)[-1].source is None
