"""Each invariant finds what it is there for, and excuses what the requirement excuses."""

import pytest

from simulation.checker.all import check
from simulation.history import LogLine, Seen, Wellness
from tests.unit.simulation.histories import ONE, OTHER, TEN, TWO, WITNESS, Told


def test_a_quiet_history_breaks_nothing() -> None:
    given = Told()
    given.paid(10, Seen.STORED)
    given.stored(10.05, ONE)
    given.paid(20, Seen.REPLAYED)
    given.read(30, Seen.REPLAYED, TEN)
    given.left()
    given.history.final.logs[ONE]["p"] = [LogLine("logs/2026/01/01/a", TEN, ONE, "2026-01-01T00:00:00Z")]
    given.history.final.receipts[ONE]["p"] = TEN
    assert check(given.history) == []


class TestWriter:
    """Who owns the writer, and who stores."""

    def test_two_regions_that_store(self) -> None:
        given = Told()
        given.takes_over(100, OTHER)
        given.stored(109, ONE)
        assert given.breaks("one open writer") == [f"{ONE} stores while {OTHER} is open"]

    def test_storing_within_the_settling_time(self) -> None:
        given = Told()
        given.takes_over(100, OTHER)
        given.stored(107, ONE)
        assert not given.breaks("one open writer")

    def test_storing_after_the_settling_time(self) -> None:
        given = Told()
        given.writer(100, ONE, "closing", "held", by="operator 1")
        given.stored(109, ONE)
        assert given.breaks("one open writer")

    def test_an_opening_before_it_has_settled(self) -> None:
        given = Told()
        given.writer(100, OTHER, "closing", "takeover")
        given.writer(105, OTHER, "open")
        assert given.breaks("opened after settling")

    def test_an_undone_planned_closing_needs_no_settling(self) -> None:
        given = Told()
        given.writer(100, ONE, "closing", "planned")
        given.writer(101, ONE, "open")
        assert not given.breaks("opened after settling")

    def test_a_skipped_epoch_and_an_opening_from_open(self) -> None:
        given = Told()
        given.writer(100, OTHER, "open", epoch=7)
        assert len(given.breaks("one epoch after the other")) == 2

    def test_a_takeover_of_what_is_held(self) -> None:
        given = Told()
        given.writer(100, ONE, "closing", "held", by="operator 1")
        given.writer(200, OTHER, "closing", "takeover")
        assert given.breaks("no takeover against an operator")

    def test_a_takeover_although_it_is_switched_off(self) -> None:
        given = Told()
        given.writer(100, ONE, "open", by="operator 1", automatic=0)
        given.writer(200, OTHER, "closing", "takeover", automatic=0)
        assert given.breaks("no takeover against an operator")

    def test_a_claim_of_broken_glass_is_the_operators(self) -> None:
        given = Told()
        given.writer(100, ONE, "closing", "held", by="operator 1")
        given.history.glass_epochs[OTHER] = {2}
        given.writer(200, OTHER, "closing", "takeover")
        assert not given.breaks("no takeover against an operator")

    @pytest.mark.parametrize(("back", "found"), [(400, 0), (440, 1)])
    def test_a_takeover_by_a_region_that_was_not_fit_for_long(self, back: float, found: int) -> None:
        given = Told()
        given.takes_over(100, OTHER, changes=3)
        given.history.proofs[ONE] = [at for at in given.history.proofs[ONE] if at < 100 or at > back]
        given.takes_over(481, ONE, changes=4)
        assert len(given.breaks("no flapping")) == found


class TestRegister:
    """What clients see of one id."""

    @pytest.mark.parametrize(
        ("first", "then"),
        [
            ((Seen.STORED, TEN), (Seen.STORED, TEN)),
            ((Seen.STORED, TEN), (Seen.STORED, TWO)),
            ((Seen.REPLAYED, TEN), (Seen.REPLAYED, TWO)),
            ((Seen.STORED, TEN), (Seen.CONFLICT, TEN)),
        ],
    )
    def test_what_no_order_explains(self, first: tuple[Seen, object], then: tuple[Seen, object]) -> None:
        given = Told()
        given.paid(10, *first)  # type: ignore[arg-type]
        given.paid(20, *then)  # type: ignore[arg-type]
        assert given.breaks("write-once register")

    def test_absent_after_it_was_seen(self) -> None:
        given = Told()
        given.paid(10, Seen.STORED)
        given.stored(10.05, ONE)
        given.read(20, Seen.ABSENT)
        assert given.breaks("write-once register")

    def test_a_conflict_with_another_payment(self) -> None:
        given = Told()
        given.paid(10, Seen.STORED)
        given.paid(20, Seen.CONFLICT, TWO)
        assert not given.breaks("write-once register")

    def test_an_unknown_outcome_explains_the_payment(self) -> None:
        given = Told()
        given.paid(10, Seen.UNKNOWN)
        given.read(20, Seen.REPLAYED, TEN)
        assert not given.breaks("write-once register")

    def test_loss_by_a_takeover_is_excused(self) -> None:
        given = Told()
        given.paid(99, Seen.STORED)
        given.stored(99.05, ONE)
        given.takes_over(100, OTHER)
        given.paid(120, Seen.STORED, TWO)
        given.stored(120.05, OTHER, TWO)
        assert not given.breaks("write-once register")

    @pytest.mark.parametrize(("arrives", "found"), [(None, 0), (105, 1)])
    def test_what_was_stored_while_a_takeover_settled(self, arrives: float | None, found: int) -> None:
        given = Told()
        given.takes_over(100, OTHER)
        given.paid(101, Seen.STORED)
        given.stored(101.05, ONE)
        if arrives is not None:
            given.arrived(arrives, OTHER)
        given.read(120, Seen.ABSENT)
        assert len(given.breaks("write-once register")) == found

    def test_loss_of_a_replicated_payment_is_not_excused(self) -> None:
        given = Told()
        given.paid(90, Seen.STORED)
        given.stored(90.05, ONE)
        given.arrived(95, OTHER)
        given.takes_over(100, OTHER)
        given.read(120, Seen.ABSENT)
        assert given.breaks("write-once register")

    @pytest.mark.parametrize("arrives", [True, False])
    def test_what_broken_glass_let_a_region_store(self, *, arrives: bool) -> None:
        given = Told()
        given.history.wellness.insert(0, Wellness(0.0, frozenset()))
        given.history.wellness[1] = Wellness(90.0, frozenset({ONE, OTHER, WITNESS}))
        given.history.glass.append((89.0, OTHER))
        given.paid(90, Seen.STORED)
        given.stored(90.05, OTHER)
        if arrives:
            given.arrived(95, ONE)
        given.read(96, Seen.ABSENT)
        assert bool(given.breaks("write-once register")) is arrives

    def test_loss_by_a_planned_move_is_not_excused(self) -> None:
        given = Told()
        given.paid(99, Seen.STORED)
        given.stored(99.05, ONE)
        given.writer(100, ONE, "closing", "planned", by="operator 1")
        given.writer(110, OTHER, "open", by="operator 1")
        given.read(120, Seen.ABSENT)
        assert given.breaks("write-once register")


class TestDurability:
    """What was promised."""

    def test_a_promise_that_is_not_kept(self) -> None:
        given = Told()
        given.paid(10, Seen.STORED)
        assert given.breaks("durable")

    def test_a_queued_payment_that_is_parked(self) -> None:
        given = Told()
        given.paid(10, Seen.QUEUED)
        given.history.final.dead_letters[ONE].append(("p", TEN))
        assert not given.breaks("durable")

    def test_a_queued_payment_that_is_nowhere(self) -> None:
        given = Told()
        given.paid(10, Seen.QUEUED)
        assert given.breaks("durable")

    def test_not_paid_and_stored(self) -> None:
        given = Told()
        given.paid(10, Seen.NOT_PAID)
        given.left()
        assert given.breaks("not paid is not stored")

    def test_a_payment_that_still_waits(self) -> None:
        given = Told()
        given.history.final.retry_queues[OTHER].append(("p", TEN))
        assert given.breaks("nothing in limbo")
        given.writer(900, ONE, "closing", "held")
        assert not given.breaks("nothing in limbo")

    def test_replicas_that_differ(self) -> None:
        given = Told()
        given.history.final.replicas[ONE]["p"] = TEN
        assert given.breaks("replicas agree")

    def test_an_amount_that_nobody_sent(self) -> None:
        given = Told()
        given.paid(10, Seen.STORED)
        given.left(TWO)
        assert given.breaks("exact amounts")


class TestLogs:
    """The transaction logs."""

    def test_a_payment_that_no_log_names(self) -> None:
        given = Told()
        given.stored(10, ONE)
        assert given.breaks("logged where it was stored")

    def test_a_line_in_the_folder_of_another_day(self) -> None:
        given = Told()
        given.history.final.logs[ONE]["p"] = [LogLine("logs/2026/01/01/a", TEN, ONE, "2026-01-02T00:00:00Z")]
        assert given.breaks("logged on its day")


class TestAvailability:
    """When payments are taken."""

    def test_shut_although_two_regions_are_well(self) -> None:
        given = Told()
        given.writer(100, ONE, "closing", "takeover")
        assert given.breaks("never shut for long")

    def test_shut_by_an_operator(self) -> None:
        given = Told()
        given.writer(100, ONE, "closing", "held", by="operator 1")
        assert not given.breaks("never shut for long")

    def test_the_writer_stays_in_a_lost_region(self) -> None:
        given = Told()
        given.history.wellness.append(Wellness(50.0, frozenset({OTHER, WITNESS})))
        given.history.proofs[ONE] = [1.0]
        assert given.breaks("never shut for long")

    def test_a_region_in_trouble_that_proves_to_be_fit(self) -> None:
        given = Told()
        given.history.wellness.append(Wellness(50.0, frozenset({OTHER, WITNESS})))
        assert not given.breaks("never shut for long")

    def test_no_quorum_is_well(self) -> None:
        given = Told()
        given.history.wellness.append(Wellness(50.0, frozenset({OTHER})))
        given.history.proofs = {}
        assert not given.breaks("never shut for long")

    def test_payments_that_fail_after_all_faults(self) -> None:
        given = Told()
        given.history.faults_ended = 100
        given.paid(900, Seen.NOT_PAID)
        assert given.breaks("payments are taken again")
        assert given.breaks("never shut for long") == []

    def test_a_writer_that_is_closed_at_the_end(self) -> None:
        given = Told()
        given.writer(1190, ONE, "closing", "takeover")
        assert given.breaks("payments are taken again")


def test_what_no_process_should_do() -> None:
    given = Told()
    given.history.fail("a thread died")
    assert given.breaks("no unexpected failure") == ["a thread died"]


def test_a_violation_shows_what_happened_around_it() -> None:
    given = Told()
    given.paid(10, Seen.STORED)
    given.history.note("FAULT us-east-1 is lost")
    [violation] = [each for each in check(given.history) if each.invariant == "durable"]
    shown = violation.shown(given.history)
    assert "seed 1: durable" in shown
    assert "pay p 10.00 EUR -> 201" in shown
