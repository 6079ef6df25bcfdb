"""Who owned the writer, and what was stored without it."""

import pytest

from contract.roles import Role
from handlers.writer.item import ClosingKind
from operations.drills.events import AnyEvent, LogCheck, WriterSample
from operations.drills.measurements import measure
from operations.drills.ownership import owner_moves, seen_writers, shut_seconds
from tests.unit.operations.drills.logs import attempt, began, event, unread, writer

PRIMARY, STANDBY = Role.PRIMARY, Role.STANDBY
TAKEOVER, PLANNED = ClosingKind.TAKEOVER, ClosingKind.PLANNED


def stored(*events: AnyEvent, scale: float = 1) -> tuple[bool, int]:
    measured = measure([began(scale=scale), *sorted(events, key=lambda each: each.elapsed)])
    return measured.writer_lost, measured.stored_without_writer


class TestStoredWithoutWriter:
    """A region that lost the writer stores nothing once that has settled."""

    LOST = (writer(0, 1), writer(10, 2, STANDBY, TAKEOVER))

    def test_storing_is_allowed_while_it_settles(self) -> None:
        assert stored(*self.LOST, attempt(17, "a"), writer(20, 2, STANDBY, TAKEOVER)) == (True, 0)

    def test_storing_later_counts(self) -> None:
        assert stored(*self.LOST, attempt(19, "a"), writer(20, 3, STANDBY)) == (True, 1)

    def test_settling_takes_real_seconds(self) -> None:
        assert stored(*self.LOST, attempt(19, "a"), writer(20, 3, STANDBY), scale=10) == (True, 0)

    def test_the_owner_of_a_closing_writer_may_not_store_either(self) -> None:
        closing = writer(10, 2, PRIMARY, PLANNED)
        assert stored(writer(0, 1), closing, attempt(19, "a"), writer(20, 2, PRIMARY, PLANNED)) == (True, 1)

    def test_store_by_a_region_that_never_owned_counts(self) -> None:
        assert stored(writer(0, 1), attempt(19, "a", role=STANDBY), writer(20, 1)) == (False, 1)

    @pytest.mark.parametrize("status", [200, 202])
    def test_replays_and_queued_payments_store_nothing(self, status: int) -> None:
        assert stored(*self.LOST, attempt(19, "a", status=status), writer(20, 3, STANDBY)) == (True, 0)

    def test_a_payment_just_before_the_region_is_seen_open_again_is_no_proof(self) -> None:
        assert stored(*self.LOST, attempt(19, "a"), writer(20, 3)) == (True, 0)

    def test_nor_is_one_between_two_epochs_that_were_not_both_seen(self) -> None:
        assert stored(*self.LOST, attempt(19, "a"), writer(20, 4, STANDBY, TAKEOVER)) == (True, 0)

    def test_a_slower_answer_of_an_epoch_that_has_passed_says_nothing(self) -> None:
        late = writer(11, 1, replica=PRIMARY)
        assert stored(*self.LOST, late, attempt(19, "a"), writer(20, 2, STANDBY, TAKEOVER)) == (True, 1)

    @pytest.mark.parametrize(
        ("recorded", "late"),
        [
            ({PRIMARY: ("refused",), STANDBY: ()}, 1),
            ({PRIMARY: (), STANDBY: ("refused",)}, 0),
            (None, 0),  # a log from before does not tell
        ],
    )
    def test_refused_but_stored_payment_counts(self, recorded: dict[Role, tuple[str, ...]] | None, late: int) -> None:
        check = event(LogCheck, 40, payments=1, unlogged=(), repeated={}, contradicting=(), recorded=recorded)
        tried = [attempt(second, "refused", status=503, doubtful=False) for second in (19, 20)]
        elsewhere = attempt(30, "refused", status=200, role=STANDBY)
        assert stored(*self.LOST, *tried, elsewhere, check) == (True, late)

    @pytest.mark.parametrize(("status", "doubtful"), [(201, False), (202, False), (503, True), (None, True)])
    def test_unless_another_attempt_may_have_stored_it(self, status: int | None, *, doubtful: bool) -> None:
        recorded = {PRIMARY: ("a",), STANDBY: ()}
        check = event(LogCheck, 40, payments=1, unlogged=(), repeated={}, contradicting=(), recorded=recorded)
        before = attempt(5, "a", status=status, doubtful=doubtful)
        refused = attempt(19, "a", status=503, doubtful=False)
        assert stored(before, *self.LOST, refused, check) == (True, 0)

    def test_without_a_sample_nothing_is_proved(self) -> None:
        assert stored(attempt(19, "a"), unread(20)) == (False, 0)


class TestShut:
    """For how long no region was open, at most."""

    @staticmethod
    def shut(*samples: WriterSample) -> float | None:
        return shut_seconds(seen_writers(samples))

    def test_nothing_seen(self) -> None:
        assert self.shut(unread(1)) is None

    def test_open_all_the_time(self) -> None:
        assert self.shut(writer(1, 1), unread(5), writer(9, 1)) == 0

    def test_from_the_last_look_before_to_the_first_after(self) -> None:
        closing = writer(3, 2, PRIMARY, PLANNED)
        assert self.shut(writer(2, 1), closing, writer(11, 3, STANDBY), writer(20, 3, STANDBY)) == 9

    def test_what_nobody_looked_at_may_have_been_shut(self) -> None:
        assert self.shut(writer(2, 1), writer(20, 3, STANDBY)) == 18

    def test_until_the_end(self) -> None:
        assert self.shut(writer(2, 1), writer(3, 2, PRIMARY, PLANNED), writer(30, 2, PRIMARY, PLANNED)) == 28


def test_an_undone_closing_moves_nothing() -> None:
    samples = [writer(1, 1), writer(2, 2, PRIMARY, PLANNED), writer(32, 3)]
    assert owner_moves(seen_writers(samples)) == []
