"""Broken glass counts while the control table does not answer, and then only."""

import pytest

from contract.deadlines import KNOWLEDGE_REFRESH_SECONDS, KNOWLEDGE_VALID_SECONDS
from handlers.runtime import Moment
from handlers.writer.glass import Glass, break_glass
from handlers.writer.knowledge import NotWriterError, WriterSighting, WriterUnknownError
from tests.unit.handlers.fakes import CONTROL_TABLE, PEER, REGION, TABLE, timed_out
from tests.unit.handlers.payment_function_fakes import Payments, open_in


@pytest.fixture
def known() -> Payments:
    """A function that has read the writer: open, and its region owns."""
    payments = Payments()
    payments.knowledge.require_writer()
    return payments


class TestOvertakingReads:
    """Reads beside the work may end in another order than they began."""

    @staticmethod
    def seen(epoch: int | None, began: float, ended: float, *, by_glass: bool = False) -> WriterSighting:
        writer = None if epoch is None else open_in(REGION, epoch)
        return WriterSighting(writer, Moment(began, began), Moment(ended, ended), by_glass)

    def test_later_read_supersedes_whatever_it_shows(self) -> None:
        assert self.seen(1, 10, 11).supersedes(self.seen(9, 1, 2))
        assert self.seen(None, 10, 11).supersedes(self.seen(9, 1, 2))

    def test_of_reads_at_the_same_time_the_higher_epoch_counts(self) -> None:
        assert self.seen(8, 1, 12).supersedes(self.seen(7, 10, 11))
        assert not self.seen(7, 1, 12).supersedes(self.seen(8, 10, 11))

    def test_of_the_same_epoch_the_one_that_began_later_counts(self) -> None:
        assert self.seen(7, 5, 12).supersedes(self.seen(7, 4, 11))
        assert not self.seen(7, 4, 12).supersedes(self.seen(7, 5, 11))

    def test_control_table_wins_over_glass(self) -> None:
        assert self.seen(7, 1, 12).supersedes(self.seen(7, 10, 11, by_glass=True))
        assert not self.seen(7, 1, 12, by_glass=True).supersedes(self.seen(7, 10, 11))

    def test_slow_read_beside_the_work_does_not_undo_what_a_later_one_has_shown(self, known: Payments) -> None:
        known.time.advance(KNOWLEDGE_REFRESH_SECONDS + 0.1)

        def overtaken(_: str) -> None:
            """Nothing of this answers before another read has begun and ended."""
            known.probe.before_call = lambda _: None
            known.set_writer(open_in(PEER, 8))
            known.knowledge.read()
            known.set_writer(open_in(REGION, 7))  # what the slow read is answered

        known.knowledge.refresh_beside()
        known.probe.before_call = overtaken
        known.beside.work()
        with pytest.raises(NotWriterError):
            known.knowledge.require_writer()


class TestGlass:
    """Glass counts once the control table has not answered for some seconds."""

    @pytest.fixture
    def alone(self, known: Payments) -> Payments:
        """The standby at epoch 7, without a quorum for a minute."""
        known.set_writer(open_in(PEER))
        known.time.advance(60)
        with pytest.raises(NotWriterError):
            known.knowledge.require_writer()
        known.probe.down.add(CONTROL_TABLE)
        known.time.advance(60)
        with pytest.raises(WriterUnknownError):
            known.knowledge.require_writer()
        known.time.advance(60)
        return known

    def lose(self, payments: Payments) -> None:
        """The control table does not answer for a minute in which the writer is asked for."""
        payments.probe.down.add(CONTROL_TABLE)
        for _ in range(60):
            payments.time.advance(1)
            payments.knowledge.latest(0)

    def test_it_gives_ownership_while_the_control_table_does_not_answer(self, alone: Payments) -> None:
        break_glass(alone.table, TABLE, Glass(REGION, 7, by="ann", reason="fire", at="now"))
        alone.knowledge.require_writer()
        sighting = alone.knowledge.latest(15)
        assert sighting is not None
        assert sighting.writer == open_in(REGION, 7, by="ann", reason="fire", at="now")

    def test_without_it_nothing_is_stored(self, alone: Payments) -> None:
        with pytest.raises(WriterUnknownError):
            alone.knowledge.require_writer()

    def test_it_is_read_only_when_the_control_read_failed(self, known: Payments) -> None:
        break_glass(known.table, TABLE, Glass(REGION, 7))
        known.set_writer(open_in(PEER))
        known.time.advance(60)
        with pytest.raises(NotWriterError):
            known.knowledge.require_writer()
        assert f"control#glass#{REGION}" not in known.probe.keys_of("get_item")

    def test_one_slow_read_is_no_lost_quorum(self) -> None:
        """Glass that nobody has cleared yet, and a function that has just started."""
        fresh = Payments(writer=open_in(PEER, 9))
        break_glass(fresh.table, TABLE, Glass(REGION, 7))
        fresh.probe.fail("get_item", timed_out(), times=1)
        with pytest.raises(WriterUnknownError):
            fresh.knowledge.require_writer()
        with pytest.raises(NotWriterError):
            fresh.knowledge.require_writer()

    def test_fresh_function_believes_it_after_some_seconds(self) -> None:
        fresh = Payments(writer=open_in(PEER))
        break_glass(fresh.table, TABLE, Glass(REGION, 7))
        fresh.probe.down.add(CONTROL_TABLE)
        for _ in range(KNOWLEDGE_VALID_SECONDS):
            with pytest.raises(WriterUnknownError):
                fresh.knowledge.require_writer()
            fresh.time.advance(1)
        fresh.knowledge.require_writer()

    def test_control_table_that_answers_again_ends_it(self, alone: Payments) -> None:
        break_glass(alone.table, TABLE, Glass(REGION, 7))
        alone.knowledge.require_writer()
        alone.probe.down.clear()
        alone.time.advance(KNOWLEDGE_REFRESH_SECONDS + 0.1)
        alone.knowledge.refresh_beside()
        alone.beside.work()
        with pytest.raises(NotWriterError):
            alone.knowledge.require_writer()

    def test_it_is_void_once_the_control_table_has_answered_and_counts_when_broken_again(self, alone: Payments) -> None:
        break_glass(alone.table, TABLE, Glass(REGION, 7, at="first"))
        alone.knowledge.require_writer()
        alone.probe.down.clear()
        alone.time.advance(60)
        with pytest.raises(NotWriterError):
            alone.knowledge.require_writer()
        self.lose(alone)
        with pytest.raises(WriterUnknownError):
            alone.knowledge.require_writer()
        break_glass(alone.table, TABLE, Glass(REGION, 7, at="second"))
        alone.knowledge.require_writer()

    def test_glass_of_an_epoch_that_is_over_gives_nothing(self, alone: Payments) -> None:
        break_glass(alone.table, TABLE, Glass(REGION, 6))
        with pytest.raises(WriterUnknownError):
            alone.knowledge.require_writer()

    def test_glass_of_the_peer_gives_nothing(self, alone: Payments) -> None:
        break_glass(alone.table, TABLE, Glass(PEER, 7))
        with pytest.raises(WriterUnknownError):
            alone.knowledge.require_writer()

    def test_it_is_valid_for_four_seconds_too(self, alone: Payments) -> None:
        break_glass(alone.table, TABLE, Glass(REGION, 7))
        alone.knowledge.require_writer()
        alone.table.items.clear()
        alone.time.advance(KNOWLEDGE_VALID_SECONDS)
        alone.knowledge.require_writer()
        alone.time.advance(0.1)
        with pytest.raises(WriterUnknownError):
            alone.knowledge.require_writer()

    @pytest.mark.parametrize("epoch", [{}, {"epoch": {"S": "7"}}, {"epoch": {"N": "-7"}}])
    def test_glass_without_an_epoch_gives_nothing(self, alone: Payments, epoch: dict[str, dict[str, str]]) -> None:
        alone.table.items[f"control#glass#{REGION}"] = {"pk": {"S": f"control#glass#{REGION}"}, **epoch}
        with pytest.raises(WriterUnknownError):
            alone.knowledge.require_writer()

    def test_payments_table_that_does_not_answer_either_gives_nothing(self, alone: Payments) -> None:
        alone.probe.down.add(TABLE)
        with pytest.raises(WriterUnknownError):
            alone.knowledge.require_writer()
