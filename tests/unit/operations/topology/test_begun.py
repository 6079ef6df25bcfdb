"""With which epoch the writer became what it is, also where takeovers were switched since."""

from typing import Any

from handlers.writer.item import ClosingKind, Writer
from operations.topology.writer_history import begun
from tests.unit.operations.fakes import FakeAws
from tests.unit.operations.plans.topologies import AT, closing, open_in, topology
from tests.unit.operations.topology.test_writer_history import recorded

EARLIER, LATER = "2026-01-31T08:00:00.000Z", "2026-01-31T13:00:00.000Z"


def opened(now: Writer, *before: Writer, aws: Any = None) -> str:
    records = aws or recorded(*(("us-east-1", each) for each in before))
    found = begun(topology(writer=now), records, seconds=1)
    assert found is not None
    return found.at


def test_what_a_ticker_opened_is_as_old_as_its_change_and_nothing_is_read() -> None:
    aws = FakeAws()
    assert opened(open_in(), aws=aws) == AT
    assert aws.calls == []


def test_switched_takeover_does_not_begin_anything() -> None:
    switched = open_in(epoch=9, by="alice", at=LATER, automatic=False)
    history = (open_in(epoch=8, by="bob", at=AT), open_in(epoch=7, at=EARLIER), closing(ClosingKind.TAKEOVER, epoch=6))
    assert opened(switched, *history) == EARLIER


def test_operators_opening_is_as_old_as_its_change() -> None:
    assert opened(open_in(epoch=9, by="alice", at=LATER), closing(ClosingKind.HELD, epoch=8)) == LATER


def test_missing_record_leaves_it_at_what_is_known() -> None:
    assert opened(open_in(epoch=9, by="alice", at=LATER), open_in(epoch=8, by="bob", at=AT)) == AT


def test_closing_is_as_old_as_its_first_epoch() -> None:
    aws = FakeAws()
    assert opened(closing(ClosingKind.HELD), aws=aws) == AT
    assert aws.calls == []
    switched = closing(ClosingKind.HELD, epoch=9, by="bob", at=LATER, switches_automatic=True)
    assert (
        opened(switched, closing(ClosingKind.HELD, epoch=8, at=EARLIER), closing(ClosingKind.HELD, epoch=7)) == EARLIER
    )
