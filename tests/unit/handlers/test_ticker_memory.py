"""What a ticker remembers: its item, how it ages, what it sees, and how runs follow on one another."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.deadlines import FIT_SECONDS, PROOF_STALE_SECONDS, STEADY_SECONDS
from handlers.tickers.claim import LOOKS, RunClaim
from handlers.tickers.memory import SupersededRunError, TickerMemory, read_memory, write_memory
from handlers.tickers.probe import HealthAnswer
from handlers.tickers.seeing import judged, saw_health, saw_proofs, saw_writer
from handlers.writer.item import ClosingKind
from tests.unit.handlers.fakes import CONTROL_TABLE, PEER, REGION, FakeTable, timed_out
from tests.unit.handlers.payment_function_fakes import closing_in, open_in

SECONDS = st.floats(0, 1e6).map(lambda value: round(value, 3))
MEMORIES = st.builds(
    TickerMemory,
    run=st.text(),
    beats=st.integers(0, 2**40),
    at=st.text(),
    fit=st.booleans(),
    fit_for=SECONDS,
    own_count=st.integers(-1, 2**40),
    peer_age=SECONDS,
    lag=st.none() | SECONDS,
    epoch=st.integers(0, 2**40),
    kind=st.sampled_from(["", "held"]),
)


class TestItem:
    """Reading and writing."""

    @given(MEMORIES)
    def test_it_is_read_as_it_was_written(self, memory: TickerMemory) -> None:
        table = FakeTable()
        write_memory(table, CONTROL_TABLE, REGION, memory, run_before=None)
        assert read_memory(table, CONTROL_TABLE, REGION) == memory
        assert read_memory(table, CONTROL_TABLE, PEER) is None

    def test_what_an_item_lacks_or_misspells_is_as_if_never_known(self) -> None:
        item = {"pk": {"S": f"ticker#{REGION}"}, "fit": {"S": "yes"}, "peer_age": {"N": "x"}, "epoch": {"N": "7"}}
        assert TickerMemory.from_item(item) == TickerMemory(epoch=7)

    def test_only_the_active_run_writes(self) -> None:
        table = FakeTable()
        write_memory(table, CONTROL_TABLE, REGION, TickerMemory(run="a"), run_before=None)
        write_memory(table, CONTROL_TABLE, REGION, TickerMemory(run="b"), run_before="a")
        for run_before in ("a", None):
            with pytest.raises(SupersededRunError):
                write_memory(table, CONTROL_TABLE, REGION, TickerMemory(run="a"), run_before=run_before)

    def test_other_failures_are_the_callers(self) -> None:
        table = FakeTable()
        table.fail("put_item", error := timed_out())
        with pytest.raises(type(error)):
            write_memory(table, CONTROL_TABLE, REGION, TickerMemory(), run_before=None)


class TestAgeing:
    """Ages and streaks advance by the ticker's own clock."""

    def test_everything_grows_older(self) -> None:
        memory = TickerMemory(fit=True, fit_for=5, own_age=1, peer_age=2, epoch=7, epoch_age=3, steady_for=4)
        after = memory.advanced(9)
        ages = (after.fit_for, after.own_age, after.peer_age, after.epoch_age, after.steady_for)
        assert ages == (14, 10, 11, 12, 13)

    def test_time_in_which_nobody_asked_is_a_gap_in_a_streak(self) -> None:
        assert TickerMemory(fit=True, fit_for=50).advanced(FIT_SECONDS).fit_for == 0

    def test_no_streak_grows_while_unfit_and_no_steady_state_while_closing(self) -> None:
        after = TickerMemory(fit=False, epoch=7, kind="held").advanced(10)
        assert (after.fit_for, after.steady_for) == (0, 0)


class TestSeeing:
    """What changes by what is seen."""

    def test_age_of_a_new_epoch_counts_from_when_it_was_seen(self) -> None:
        memory = saw_writer(TickerMemory(epoch=6, epoch_age=99), closing_in(PEER, ClosingKind.HELD))
        assert (memory.epoch, memory.epoch_age, memory.kind) == (7, 0, "held")
        assert saw_writer(memory.advanced(3), closing_in(PEER, ClosingKind.HELD)).epoch_age == 3

    def test_absent_writer_is_no_epoch(self) -> None:
        assert saw_writer(TickerMemory(epoch=6), None) == TickerMemory(epoch=6)

    def test_age_of_a_proof_counts_from_its_last_change(self) -> None:
        memory = saw_proofs(TickerMemory(own_count=1, peer_count=1).advanced(9), own=2, peer=1, lag=None)
        assert (memory.own_age, memory.peer_age) == (0, 9)
        assert saw_proofs(memory, own=2, peer=5, lag=None).peer_age == 0

    def test_lag_is_what_was_known_when_the_proof_last_changed(self) -> None:
        memory = saw_proofs(TickerMemory(), own=0, peer=1, lag=2.0)
        assert memory.lag is None  # the first look sees no change
        memory = saw_proofs(memory, own=0, peer=2, lag=3.0)
        assert memory.lag == 3.0
        memory = saw_proofs(memory.advanced(60), own=0, peer=2, lag=63.0)
        assert memory.lag == 3.0
        assert saw_proofs(memory, own=0, peer=3, lag=None).lag == 3.0

    def test_one_bad_answer_ends_a_streak_and_a_throttled_one_does_not(self) -> None:
        memory = TickerMemory(fit=True, fit_for=50)
        assert saw_health(memory, HealthAnswer.GOOD) == saw_health(memory, HealthAnswer.THROTTLED) == memory
        unfit = saw_health(memory, HealthAnswer.BAD)
        assert (unfit.fit, unfit.fit_for) == (False, 0)
        assert saw_health(unfit, HealthAnswer.THROTTLED) == unfit
        assert saw_health(unfit, HealthAnswer.GOOD).fit

    def test_own_proof_that_stands_still_ends_fitness(self) -> None:
        memory = TickerMemory(fit=True, fit_for=50, own_age=PROOF_STALE_SECONDS - 0.1)
        assert judged(memory) == memory
        assert judged(memory.advanced(0.1)).fit is False

    def test_each_steady_day_forgives_one_change(self) -> None:
        memory = replace(saw_writer(TickerMemory(), open_in(automatic_changes=2)), fit=True)
        forgiven = []
        for _ in range(4):
            memory = judged(memory.advanced(STEADY_SECONDS))
            forgiven.append(memory.forgiven)
        assert forgiven == [1, 2, 2, 2]

    def test_new_automatic_change_begins_a_new_day(self) -> None:
        memory = saw_writer(TickerMemory(), open_in(automatic_changes=1)).advanced(STEADY_SECONDS - 1)
        memory = saw_writer(memory, open_in(epoch=8, automatic_changes=2))
        assert judged(memory.advanced(2)).forgiven == 0

    def test_operators_change_forgets_all(self) -> None:
        memory = TickerMemory(epoch=6, automatic_changes=5, forgiven=3)
        after = saw_writer(memory, open_in(automatic_changes=0))
        assert (after.automatic_changes, after.forgiven) == (0, 0)


class TestClaim:
    """One active run a region: the newest."""

    @pytest.fixture
    def table(self) -> FakeTable:
        return FakeTable()

    def claim(self, table: FakeTable, run: str) -> RunClaim:
        return RunClaim(table, CONTROL_TABLE, REGION, run, "2")

    def active(self, table: FakeTable, run: str = "old", **changed: object) -> TickerMemory:
        memory = TickerMemory(run=run, fit=True, fit_for=50, peer_age=9, epoch=7, epoch_age=3, lag=2)
        memory = replace(memory, **changed)  # type: ignore[arg-type]
        table.control[f"ticker#{REGION}"] = memory.item(REGION)
        return memory

    def test_first_run_claims_at_once(self, table: FakeTable) -> None:
        assert self.claim(table, "new").attempt() == TickerMemory(run="new", version="2", beats=1)

    def test_run_continues_what_a_living_one_remembers(self, table: FakeTable) -> None:
        claim, memory = self.claim(table, "new"), self.active(table, beats=3)
        assert claim.attempt() is None
        self.active(table, beats=4)
        assert claim.attempt() == replace(memory, run="new", version="2", beats=5)
        with pytest.raises(SupersededRunError):
            write_memory(table, CONTROL_TABLE, REGION, memory, run_before="old")

    def test_streak_of_a_dead_run_is_broken_and_ages_go_on(self, table: FakeTable) -> None:
        claim, memory = self.claim(table, "new"), self.active(table, beats=3)
        for _ in range(LOOKS):
            assert claim.attempt() is None
        assert claim.attempt() == replace(memory, run="new", version="2", beats=4, fit=False, fit_for=0)

    def test_lost_answer_to_a_claim_is_seen(self, table: FakeTable) -> None:
        claim = self.claim(table, "new")
        memory = self.active(table, run="new")
        assert claim.attempt() == memory

    def test_run_that_was_overtaken_while_it_claimed_looks_again(self, table: FakeTable) -> None:
        claim = self.claim(table, "new")
        self.active(table, beats=3)
        claim.attempt()
        self.active(table, beats=4)

        def overtake(method: str) -> None:
            if method == "put_item":
                self.active(table, run="other", beats=5)
                table.before_call = lambda _: None

        table.before_call = overtake
        assert claim.attempt() is None
        self.active(table, run="other", beats=6)
        assert claim.attempt() is None
        self.active(table, run="other", beats=7)
        claimed = claim.attempt()
        assert claimed is not None
        assert claimed.run == "new"

    def test_superseded_run_leaves_a_living_successor_alone_and_replaces_a_dead_one(self, table: FakeTable) -> None:
        claim = self.claim(table, "old")
        claim.watch_over_successor()
        for beats in range(5):
            memory = self.active(table, run="new", beats=beats)
            assert claim.attempt() is None
        for _ in range(LOOKS - 1):
            assert claim.attempt() is None
        assert claim.attempt() == replace(memory, run="old", version="2", beats=5, fit=False, fit_for=0)

    def test_superseded_run_ends_when_its_successor_is_superseded(self, table: FakeTable) -> None:
        claim = self.claim(table, "old")
        claim.watch_over_successor()
        self.active(table, run="new")
        assert claim.attempt() is None
        self.active(table, run="newest")
        with pytest.raises(SupersededRunError):
            claim.attempt()

    def test_control_table_that_does_not_answer_is_raised(self, table: FakeTable) -> None:
        table.fail("get_item", error := timed_out())
        with pytest.raises(type(error)):
            self.claim(table, "new").attempt()
