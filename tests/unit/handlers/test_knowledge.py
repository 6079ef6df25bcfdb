"""What a payment function knows of the writer, and for how long it allows anything."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.deadlines import ATTEMPT_SECONDS, KNOWLEDGE_REFRESH_SECONDS, KNOWLEDGE_VALID_SECONDS
from handlers.faults import TableUnavailableError
from handlers.payments.service import UnsettledPaymentError
from handlers.writer.glass import Glass, break_glass
from handlers.writer.item import ClosingKind, Writer
from handlers.writer.knowledge import NotWriterError, StoringRefusedError, WriterUnknownError
from tests.unit.handlers.fakes import CONTROL_TABLE, PEER, REGION, TABLE, aws_error, throttled, timed_out
from tests.unit.handlers.pair import PAYMENT
from tests.unit.handlers.payment_function_fakes import Payments, closing_in, open_in

ERRORS = [throttled(), timed_out(), aws_error("AccessDeniedException"), aws_error("InternalServerError", status=500)]


@pytest.fixture
def known() -> Payments:
    """A function that has read the writer: open, and its region owns."""
    payments = Payments()
    payments.knowledge.require_writer()
    return payments


def reads(payments: Payments) -> int:
    return payments.probe.keys_of("get_item").count("writer")


def _second_attempt(payments: Payments) -> None:
    """Look at the writer again, as the guard of an attempt does that follows one of three seconds."""
    payments.time.advance(ATTEMPT_SECONDS)
    payments.knowledge.require_writer()


class TestFreshKnowledge:
    """When the writer is read, and who waits for it."""

    def test_first_read_is_waited_for(self) -> None:
        payments = Payments()
        payments.knowledge.require_writer()
        assert (reads(payments), payments.beside.waiting) == (1, [])

    def test_nothing_is_read_within_a_second(self, known: Payments) -> None:
        known.time.advance(KNOWLEDGE_REFRESH_SECONDS)
        known.knowledge.require_writer()
        assert (reads(known), known.beside.waiting) == (1, [])

    def test_after_a_second_it_is_read_beside_the_work_and_once(self, known: Payments) -> None:
        known.time.advance(KNOWLEDGE_REFRESH_SECONDS + 0.1)
        known.knowledge.refresh_beside()
        known.knowledge.refresh_beside()
        assert (reads(known), len(known.beside.waiting)) == (1, 1)
        known.beside.work()
        assert reads(known) == 2
        known.knowledge.refresh_beside()
        assert known.beside.waiting == []

    def test_it_is_read_beside_once_the_payment_is_stored_and_takes_no_time_from_it(self, known: Payments) -> None:
        waiting: list[int] = []
        known.table.before_call = lambda _: waiting.append(len(known.beside.waiting))
        known.time.advance(KNOWLEDGE_REFRESH_SECONDS + 0.1)
        known.service.store(PAYMENT)
        assert waiting == [0]
        known.beside.work()
        assert reads(known) == 2

    def test_it_is_read_beside_after_a_payment_that_was_not_stored(self, known: Payments) -> None:
        known.table.fail("put_item", throttled())
        known.time.advance(KNOWLEDGE_REFRESH_SECONDS + 0.1)
        with pytest.raises(TableUnavailableError):
            known.service.store(PAYMENT)
        assert len(known.beside.waiting) == 1

    def test_it_is_read_beside_again_after_a_read_that_failed(self, known: Payments) -> None:
        known.probe.fail("get_item", timed_out(), times=1)
        for _ in range(2):
            known.time.advance(KNOWLEDGE_REFRESH_SECONDS + 0.1)
            known.knowledge.refresh_beside()
            known.beside.work()
        known.probe.down.add(CONTROL_TABLE)
        known.time.advance(KNOWLEDGE_VALID_SECONDS)
        known.knowledge.require_writer()

    def test_after_idleness_it_is_waited_for(self, known: Payments) -> None:
        known.time.advance(60)
        known.set_writer(open_in(PEER, 8))
        with pytest.raises(NotWriterError):
            known.knowledge.require_writer()

    def test_who_was_refused_waits_for_a_read_and_learns_of_the_opening(self) -> None:
        payments = Payments()
        payments.set_writer(closing_in(REGION, ClosingKind.TAKEOVER))
        with pytest.raises(NotWriterError):
            payments.knowledge.require_writer()
        payments.set_writer(open_in(REGION, 8))
        payments.time.advance(KNOWLEDGE_REFRESH_SECONDS + 0.1)
        payments.knowledge.require_writer()


class TestValidity:
    """Knowledge of four seconds, from before the read, by the slower clock; what is older is read again or unknown."""

    @pytest.fixture
    def mute(self, known: Payments) -> Payments:
        """Know the writer, and have the control table answer no more."""
        known.probe.down.add(CONTROL_TABLE)
        return known

    def test_attempts_are_allowed_for_four_seconds(self, mute: Payments) -> None:
        mute.time.advance(KNOWLEDGE_VALID_SECONDS)
        mute.knowledge.require_writer()
        mute.time.advance(0.001)
        with pytest.raises(WriterUnknownError):
            mute.knowledge.require_writer()

    @pytest.mark.parametrize("clock", ["passed", "now"])
    def test_both_clocks_must_say_that_it_is_young(self, mute: Payments, clock: str) -> None:
        setattr(mute.time, clock, getattr(mute.time, clock) + KNOWLEDGE_VALID_SECONDS + 1)
        with pytest.raises(WriterUnknownError):
            mute.knowledge.require_writer()

    @pytest.mark.parametrize("clock", ["passed", "now"])
    def test_clock_that_went_back_makes_it_invalid(self, mute: Payments, clock: str) -> None:
        setattr(mute.time, clock, getattr(mute.time, clock) - 1)
        with pytest.raises(WriterUnknownError):
            mute.knowledge.require_writer()

    def test_what_is_too_old_is_read_again(self, known: Payments) -> None:
        known.time.advance(KNOWLEDGE_VALID_SECONDS + 0.1)
        known.knowledge.require_writer()
        assert reads(known) == 2

    def test_an_attempt_is_refused_once_another_region_owns(self, known: Payments) -> None:
        known.time.advance(KNOWLEDGE_VALID_SECONDS - 1)
        known.set_writer(open_in(PEER, 8))
        known.table.before_call = lambda _: _second_attempt(known)
        with pytest.raises(UnsettledPaymentError):
            known.service.store(PAYMENT)

    def test_age_counts_from_before_the_read(self) -> None:
        payments = Payments()
        payments.probe.before_call = lambda _: payments.time.advance(0.8)
        payments.knowledge.require_writer()
        payments.time.advance(KNOWLEDGE_VALID_SECONDS - 0.7)
        payments.probe.down.add(CONTROL_TABLE)
        with pytest.raises(WriterUnknownError):
            payments.knowledge.require_writer()

    def test_read_that_takes_too_long_allows_nothing(self) -> None:
        """A process that was frozen in the middle of its read."""
        payments = Payments()
        payments.probe.before_call = lambda _: payments.time.advance(KNOWLEDGE_VALID_SECONDS + 1)
        with pytest.raises(WriterUnknownError):
            payments.knowledge.require_writer()

    @given(
        steps=st.lists(
            st.tuples(st.floats(0, 6), st.sampled_from(["close", "open", "fail", "heal", "look", "work", "send"])),
            max_size=40,
        )
    )
    def test_nothing_is_sent_later_than_the_validity_after_a_closing(self, steps: list[tuple[float, str]]) -> None:
        payments, closed_at, epoch = Payments(), None, 7
        for seconds, step in steps:
            payments.time.advance(seconds)
            match step:
                case "close":
                    epoch, closed_at = epoch + 1, payments.time.monotonic() if closed_at is None else closed_at
                    payments.set_writer(closing_in(REGION, ClosingKind.HELD, epoch))
                case "open":
                    epoch, closed_at = epoch + 1, None
                    payments.set_writer(open_in(REGION, epoch))
                case "fail":
                    payments.probe.down.add(CONTROL_TABLE)
                case "heal":
                    payments.probe.down.clear()
                case "look":
                    payments.knowledge.refresh_beside()
                case "work":
                    payments.beside.work()
                case _:
                    try:
                        payments.knowledge.require_writer()
                    except StoringRefusedError:
                        continue
                    assert closed_at is None or payments.time.monotonic() - closed_at <= KNOWLEDGE_VALID_SECONDS


class TestRefusals:
    """Known to be elsewhere or closed, and unknown."""

    @pytest.mark.parametrize(
        "writer",
        [
            None,
            open_in(PEER),
            closing_in(REGION, ClosingKind.HELD),
            closing_in(REGION, ClosingKind.TAKEOVER),
            closing_in(REGION, ClosingKind.PLANNED, destination=PEER, seconds=30),
        ],
    )
    def test_known_for_certain(self, writer: Writer | None) -> None:
        payments = Payments()
        payments.set_writer(writer)
        with pytest.raises(NotWriterError) as raised:
            payments.knowledge.require_writer()
        assert raised.value.writer == writer

    @pytest.mark.parametrize("error", ERRORS, ids=repr)
    def test_unknown_when_the_control_table_does_not_answer(self, error: Exception) -> None:
        payments = Payments()
        payments.probe.fail("get_item", error)
        with pytest.raises(WriterUnknownError) as raised:
            payments.knowledge.require_writer()
        assert raised.value.writer is None

    def test_what_is_known_lasts_while_the_control_table_does_not_answer(self, known: Payments) -> None:
        known.probe.down.add(CONTROL_TABLE)
        known.time.advance(KNOWLEDGE_VALID_SECONDS)
        known.knowledge.require_writer()
        known.beside.work()
        known.time.advance(0.1)
        with pytest.raises(WriterUnknownError) as raised:
            known.knowledge.require_writer()
        assert raised.value.writer == open_in(REGION)

    @pytest.mark.parametrize("damage", [{"state": {"S": "ajar"}}, {"epoch": {"S": "x"}}, {"kind": {"S": "held"}}])
    def test_unknown_when_the_item_does_not_say(self, damage: dict[str, dict[str, str]]) -> None:
        payments = Payments()
        payments.probe.control["writer"].update(damage)
        break_glass(payments.probe, TABLE, Glass(REGION, 7))
        with pytest.raises(WriterUnknownError):
            payments.knowledge.require_writer()
