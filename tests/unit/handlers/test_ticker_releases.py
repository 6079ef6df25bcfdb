"""What tickers do about a release: nothing while it is driven, and all that is needed when it is not."""

from functools import partial
from typing import Any

import pytest

from contract.deadlines import TICK_SECONDS
from contract.releases import BEAT_SECONDS, DRIVER_GONE_SECONDS, RELEASE_LOOK_SECONDS
from handlers.releases.changes import undo_release
from handlers.releases.item import Release, ReleaseState, read_release
from handlers.tickers.memory import TickerMemory
from handlers.tickers.releases import reason_to_undo
from handlers.tickers.seeing import saw_release
from handlers.writer.changes import Author, set_automatic
from tests.unit.handlers.fakes import CONTROL_TABLE, PEER, REGION, timed_out
from tests.unit.handlers.pair import REGIONS, Pair
from tests.unit.handlers.payment_function_fakes import emitted, open_in
from tests.unit.handlers.release_fakes import placement, running

ANN = Author(by="ann", reason="drill", at="2026-01-01T00:00:00.000Z")
UNDONE_WITHIN = DRIVER_GONE_SECONDS + 2 * RELEASE_LOOK_SECONDS
"""Seconds after a driver's last beat until both regions are back."""


class Releasing(Pair):
    """Both regions in the middle of a release: one has moved, the other has a share."""

    def __init__(self, release: Release | None = None, **options: Any) -> None:
        super().__init__(**options)
        self.platforms.place({**placement("1"), PEER: placement("2")[PEER]})
        self.platforms.share(REGION, "payment-api", 0.01)  # type: ignore[arg-type]
        self.say(release or running())

    def say(self, release: Release) -> None:
        self.control.control["release"] = release.item()

    def drive(self, seconds: int) -> None:
        """Let time pass while the driver lives."""
        for step in range(seconds):
            if step % BEAT_SECONDS == 0:
                self.beat()
            self.pass_(1)

    def beat(self) -> None:
        beat = self.control.control["release"]["beat"]
        self.control.control["release"]["beat"] = {"N": str(int(beat["N"]) + 1)}

    @property
    def release(self) -> Release:
        found = read_release(self.control, CONTROL_TABLE)
        assert found is not None
        return found

    @property
    def is_back(self) -> bool:
        return self.platforms.placed == placement("1") and not self.platforms.weights()

    def moves(self) -> int:
        return sum(len(client.calls) for client in self.platforms.functions.values())


def test_nothing_is_moved_while_the_driver_lives() -> None:
    pair = Releasing()
    pair.drive(3 * DRIVER_GONE_SECONDS)
    assert (pair.release.state, pair.moves()) == (ReleaseState.RUNNING, 0)


@pytest.mark.parametrize("state", [ReleaseState.DONE, ReleaseState.UNDONE])
def test_nothing_is_done_about_a_release_that_has_ended(state: ReleaseState) -> None:
    pair = Releasing(running(state=state, epoch=1))
    pair.pass_(2 * DRIVER_GONE_SECONDS)
    assert (pair.release.state, pair.moves()) == (state, 0)


class TestDriverIsGone:
    """Nobody has driven the release for a while."""

    def test_both_regions_are_put_back(self, capsys: pytest.CaptureFixture[str]) -> None:
        pair = Releasing()
        pair.drive(60)
        pair.pass_(DRIVER_GONE_SECONDS - BEAT_SECONDS - 1)
        assert (pair.release.state, pair.is_back) == (ReleaseState.RUNNING, False)
        pair.pass_(UNDONE_WITHIN - DRIVER_GONE_SECONDS + BEAT_SECONDS + 1)
        assert (pair.release.state, pair.is_back) == (ReleaseState.UNDONE, True)
        assert pair.release.ended_by in {f"ticker {region}" for region in REGIONS}
        assert pair.release.ended_why == "its driver has shown no sign of life for 30 s"
        output = capsys.readouterr().out
        assert any(sum(emitted(output, region=region).get("ReleaseUndone", [])) > 0 for region in REGIONS)
        lines = [line for each in pair.regions.values() for line in each.logs.lines if line["level"] == "CRITICAL"]
        assert {line["message"] for line in lines} == {"undoing a release", "a release is undone"}
        assert lines[0]["release"] == "release-1"
        assert lines[0]["before"][REGION]["functions"]["payment-api"] == "1"

    @pytest.mark.parametrize("lost", REGIONS)
    def test_the_ticker_of_one_region_is_enough(self, lost: str) -> None:
        pair = Releasing()
        pair.regions[lost].run = None
        pair.pass_(UNDONE_WITHIN)
        assert (pair.release.state, pair.is_back) == (ReleaseState.UNDONE, True)

    def test_a_driver_that_comes_back_is_too_late(self) -> None:
        pair = Releasing()
        pair.pass_(UNDONE_WITHIN)
        pair.beat()
        pair.pass_(60)
        assert (pair.release.state, pair.is_back) == (ReleaseState.UNDONE, True)

    @pytest.mark.parametrize("method", ["update_item", "get_item"])
    def test_answers_that_are_lost_delay_it_only(self, method: str) -> None:
        pair = Releasing()
        real = {region: getattr(each.client, method) for region, each in pair.regions.items()}
        count = 0

        def lost(region: str, **request: Any) -> dict[str, Any]:
            nonlocal count
            answer: dict[str, Any] = real[region](**request)
            if request["Key"]["pk"]["S"] == "release":
                count += 1
                if count % 3 == 0:
                    raise timed_out()
            return answer

        for region, each in pair.regions.items():
            setattr(each.client, method, partial(lost, region))
        pair.pass_(UNDONE_WITHIN + 4 * RELEASE_LOOK_SECONDS)
        assert (pair.release.state, pair.is_back) == (ReleaseState.UNDONE, True)


class TestOvertaken:
    """The writer has changed since the release began."""

    def test_a_driver_that_lives_is_stopped_too(self) -> None:
        pair = Releasing()
        pair.drive(20)
        pair.change(partial(set_automatic, author=ANN, automatic=False))
        pair.drive(2 * RELEASE_LOOK_SECONDS)
        assert (pair.release.state, pair.is_back) == (ReleaseState.UNDONE, True)
        assert pair.release.ended_why == "the writer has moved from epoch 7 to 8"

    @pytest.mark.parametrize("lost", REGIONS)
    def test_failover_in_the_middle_wins_and_what_answers_is_put_back(self, lost: str) -> None:
        pair = Releasing()
        pair.control.set_writer(open_in(lost))
        pair.platforms.lose(lost)
        pair.regions[lost].lost = True
        other = PEER if lost == REGION else REGION
        pair.pass_until_stored(other, within=30)
        pair.pass_(2 * RELEASE_LOOK_SECONDS)
        assert pair.release.state is ReleaseState.UNDOING
        assert pair.platforms.placed[other] == placement("1")[other]
        pair.platforms.find(lost)
        pair.pass_(2 * RELEASE_LOOK_SECONDS)
        assert (pair.release.state, pair.is_back) == (ReleaseState.UNDONE, True)

    def test_older_knowledge_of_the_writer_undoes_nothing(self) -> None:
        memory = saw_release(TickerMemory(), release := running(epoch=9))
        assert reason_to_undo(release, memory, open_in(REGION, epoch=8)) is None
        assert reason_to_undo(release, memory, open_in(REGION, epoch=9)) is None
        assert reason_to_undo(release, memory, open_in(REGION, epoch=10)) == "the writer has moved from epoch 9 to 10"
        assert reason_to_undo(release, memory, None) is None


class TestAborted:
    """An operator wants it undone, and may be gone right after that."""

    def test_tickers_put_it_back(self) -> None:
        pair = Releasing()
        pair.drive(20)
        undo_release(pair.control, CONTROL_TABLE, pair.release, by="bob", why="looks bad")
        pair.drive(2 * RELEASE_LOOK_SECONDS)
        assert (pair.release.state, pair.release.ended_by, pair.is_back) == (ReleaseState.UNDONE, "bob", True)

    def test_what_is_moved_by_hand_in_a_region_that_is_back_stays(self) -> None:
        """Each minute a new run goes on with a region out of reach."""
        pair = Releasing(running(state=ReleaseState.UNDOING))
        pair.platforms.lose(PEER)
        pair.regions[PEER].run = None
        pair.pass_(3 * RELEASE_LOOK_SECONDS)
        assert pair.platforms.placed[REGION] == placement("1")[REGION]
        pair.platforms.place({REGION: placement("3")[REGION]})
        pair.regions[REGION].start()
        pair.pass_(60)
        assert (pair.release.state, pair.platforms.placed[REGION]) == (ReleaseState.UNDOING, placement("3")[REGION])
        pair.platforms.find(PEER)
        pair.pass_(2 * RELEASE_LOOK_SECONDS)
        assert (pair.release.state, pair.platforms.placed[PEER]) == (ReleaseState.UNDONE, placement("1")[PEER])

    def test_it_rings_while_it_is_not_finished(self, capsys: pytest.CaptureFixture[str]) -> None:
        pair = Releasing(running(state=ReleaseState.UNDOING))
        pair.platforms.lose(PEER)
        pair.pass_(10)
        capsys.readouterr()
        pair.pass_(60)
        assert set(emitted(capsys.readouterr().out)["ReleaseUndone"]) == {1.0}


class TestNothingElseSuffers:
    """The writer comes first."""

    def test_ticks_go_on_while_a_region_takes_all_the_time_there_is(self) -> None:
        pair = Releasing(running(state=ReleaseState.UNDOING))
        pair.platforms.lose(PEER)
        pair.platforms.functions[PEER].before_call = lambda _: pair.time.advance(3)
        pair.regions[PEER].run = None
        reads = pair.regions[REGION].client.keys_of("get_item").count("writer")
        began = pair.time.monotonic()
        pair.pass_(60)
        assert pair.regions[REGION].client.keys_of("get_item").count("writer") - reads == 60
        assert pair.time.monotonic() - began <= 60 + 3 * (60 / RELEASE_LOOK_SECONDS + 1)
        assert len(pair.platforms.functions[PEER].calls) <= 60 / RELEASE_LOOK_SECONDS + 1

    def test_the_memory_is_written_before_anything_is_moved(self) -> None:
        """Whoever watches over this run must see it live."""
        pair = Releasing(running(state=ReleaseState.UNDOING))
        pair.regions[PEER].run = None
        writes: list[int] = []
        pair.platforms.functions[REGION].before_call = lambda _: writes.append(
            pair.regions[REGION].client.keys_of("put_item").count(f"ticker#{REGION}")
        )
        before = pair.regions[REGION].client.keys_of("put_item").count(f"ticker#{REGION}")
        pair.pass_(RELEASE_LOOK_SECONDS)
        assert writes
        assert min(writes) > before

    @pytest.mark.parametrize("item", [{"pk": {"S": "release"}}, {"pk": {"S": "release"}, "state": {"S": "paused"}}])
    def test_an_item_that_says_nothing_is_logged_and_moves_nothing(self, item: dict[str, Any]) -> None:
        pair = Releasing()
        pair.control.control["release"] = item
        pair.pass_(60)
        assert pair.moves() == 0
        assert "failed: reading the release" in pair.regions[REGION].logs.text

    def test_it_is_looked_at_only_now_and_then(self) -> None:
        pair = Releasing()
        pair.drive(10)
        before = pair.regions[REGION].client.keys_of("get_item").count("release")
        pair.drive(100)
        reads = pair.regions[REGION].client.keys_of("get_item").count("release") - before
        assert 100 / RELEASE_LOOK_SECONDS - 2 <= reads <= 100 / RELEASE_LOOK_SECONDS + 2
        assert RELEASE_LOOK_SECONDS >= 2 * TICK_SECONDS


class TestMemory:
    """How long a driver was silent outlives runs."""

    def test_age_counts_from_the_last_change(self) -> None:
        memory = saw_release(TickerMemory(), running()).advanced(20)
        assert saw_release(memory, running()).release_age == 20
        assert saw_release(memory, running(beat=4)).release_age == 0
        assert saw_release(memory, running(id="second")).release_age == 0

    @pytest.mark.parametrize("release", [None, *(running(state=state) for state in list(ReleaseState)[1:])])
    def test_only_a_release_that_runs_has_an_age(self, release: Release | None) -> None:
        memory = saw_release(saw_release(TickerMemory(), running()).advanced(20), release)
        assert memory == TickerMemory().advanced(20)
        assert memory.advanced(50).release_age == 0

    def test_a_new_run_goes_on_counting(self) -> None:
        pair = Releasing()
        pair.regions[PEER].run = None
        pair.pass_(DRIVER_GONE_SECONDS // 2)
        pair.regions[REGION].start()
        pair.pass_(UNDONE_WITHIN - DRIVER_GONE_SECONDS // 2 + RELEASE_LOOK_SECONDS)
        assert pair.release.state is ReleaseState.UNDONE
