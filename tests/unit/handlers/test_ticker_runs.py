"""The runs of a ticker: how they follow on one another, what they leave for people, and what they outlive."""

from functools import partial
from itertools import pairwise

import pytest

from contract.deadlines import FIT_SECONDS, PLANNED_CLOSING_SECONDS, PROOF_STALE_SECONDS
from handlers.tickers.memory import TickerMemory, read_memory
from handlers.writer.changes import Author, close_planned, hold, set_automatic, take_over
from handlers.writer.history import read_epoch
from handlers.writer.item import ClosingKind, Writer
from tests.unit.handlers.fakes import CONTROL_TABLE, PEER, REGION, TABLE, aws_error, timed_out
from tests.unit.handlers.pair import REGIONS, Pair
from tests.unit.handlers.payment_function_fakes import emitted

ANN = Author(by="ann", reason="drill", at="2026-01-01T00:00:00.000Z")


OPEN_WITHIN = 30


def memory(pair: Pair, region: str) -> TickerMemory:
    found = read_memory(pair.control, CONTROL_TABLE, region)
    assert found is not None
    return found


def owners(pair: Pair) -> list[str]:
    """Return the regions that stored, one after the other."""
    regions = [region for _, region in pair.stored]
    return regions[:1] + [after for before, after in pairwise(regions) if before != after]


class TestLostAnswers:
    """What was done is seen, though nobody answered."""

    def lose_the_answer(self, pair: Pair, region: str) -> None:
        """The next change of the writer arrives, and its answer does not."""
        client = pair.regions[region].client
        put = client.put_item

        def lost(**request: object) -> dict[str, object]:
            answer = put(**request)
            if request["Item"]["pk"] == {"S": "writer"}:  # type: ignore[index]
                client.put_item = put  # type: ignore[method-assign]
                raise timed_out()
            return answer

        client.put_item = lost  # type: ignore[method-assign]

    def test_takeover_is_announced_and_opened(self, capsys: pytest.CaptureFixture[str]) -> None:
        pair = Pair()
        self.lose_the_answer(pair, PEER)
        pair.regions[REGION].lost = True
        pair.pass_until_stored(PEER, within=OPEN_WITHIN + 2)
        assert emitted(capsys.readouterr().out, region=PEER)["AutomaticTakeover"].count(1.0) == 1
        assert [line["message"] for line in pair.regions[PEER].logs.lines if line["level"] == "CRITICAL"] == [
            "took the writer over"
        ]

    def test_undoing_is_announced(self, capsys: pytest.CaptureFixture[str]) -> None:
        pair = Pair()
        self.lose_the_answer(pair, REGION)
        pair.change(partial(close_planned, destination=PEER, author=ANN))
        pair.pass_(PLANNED_CLOSING_SECONDS + 5)
        assert pair.writer.allows(REGION)
        assert emitted(capsys.readouterr().out, region=REGION)["ClosingUndone"].count(1.0) == 1


class TestRuns:
    """Runs overlap; the newest is the active one."""

    def test_memory_goes_on_from_run_to_run(self) -> None:
        pair = Pair()
        before = memory(pair, PEER)
        pair.regions[PEER].tick()
        pair.regions[PEER].start()
        old = pair.regions[PEER].run
        pair.pass_(10)
        after = memory(pair, PEER)
        assert old is not None
        assert (after.run, after.epoch) == (f"{PEER}-2", 7)
        assert before.fit_for > 0

    def test_newer_run_claims_and_the_streak_goes_on(self) -> None:
        pair = Pair()
        old = pair.regions[PEER].run
        assert old is not None
        pair.regions[PEER].start()
        for _ in range(3):
            pair.time.advance(1)
            assert old.tick()  # it watches over the newer one
            pair.regions[PEER].tick()
        assert memory(pair, PEER).run == f"{PEER}-2"
        assert memory(pair, PEER).fit_for > 30

    def test_older_run_goes_on_when_the_newer_one_dies(self) -> None:
        pair = Pair()
        region = pair.regions[PEER]
        old = region.run
        region.start()
        for _ in range(4):
            pair.time.advance(1)
            assert old is not None
            old.tick()
            region.tick()
        region.run = old  # the newer one has crashed
        pair.pass_(PROOF_STALE_SECONDS)
        assert memory(pair, PEER).run == f"{PEER}-1"
        assert memory(pair, PEER).fit

    def test_takeover_begins_in_one_run_and_ends_in_the_next(self) -> None:
        pair = Pair()
        pair.regions[REGION].lost = True
        pair.pass_(PROOF_STALE_SECONDS + 4)
        assert pair.writer.kind is ClosingKind.TAKEOVER
        pair.regions[PEER].start()
        pair.pass_until_stored(PEER, within=20)

    def test_ticker_that_stood_still_begins_its_streak_anew(self) -> None:
        pair = Pair()
        pair.regions[PEER].stalled = True
        pair.pass_(FIT_SECONDS)
        pair.regions[PEER].stalled = False
        pair.pass_(3)
        assert memory(pair, PEER).fit_for <= 3

    def test_process_that_stood_still_acts_on_nothing_old(self) -> None:
        pair = Pair()
        client = pair.regions[PEER].client
        pair.regions[REGION].lost = True
        pair.pass_(PROOF_STALE_SECONDS - 3)

        def freeze(method: str) -> None:
            """After the proofs were read, the process stands still, and the primary returns meanwhile."""
            if method == "get_item" and client.calls[-1][1]["Key"] == {"pk": {"S": f"proof#{REGION}"}}:
                pair.time.advance(600)

        client.before_call = freeze
        run = pair.regions[PEER].run
        assert run is not None
        run.tick()
        assert pair.writer.allows(REGION)


class TestRecords:
    """What a ticker leaves for people."""

    def test_each_epoch_is_recorded_by_each_region(self) -> None:
        pair = Pair()
        pair.change(partial(take_over, region=PEER, author=ANN))
        pair.pass_(15)
        for region in REGIONS:
            seen = [read_epoch(pair.control, CONTROL_TABLE, region, epoch) for epoch in (7, 8, 9)]
            assert [record.writer.epoch for record in seen if record] == [7, 8, 9]
            assert [record.writer.by for record in seen if record] == ["", "ann", f"ticker {PEER}"]

    def test_heartbeat_is_written_every_ten_seconds_though_the_control_table_is_mute(self) -> None:
        pair = Pair()
        pair.regions[REGION].isolated = True
        before = pair.regions[REGION].client.keys_of("put_item").count(f"control#heartbeat#{REGION}")
        pair.pass_(100)
        after = pair.regions[REGION].client.keys_of("put_item").count(f"control#heartbeat#{REGION}")
        assert 9 <= after - before <= 11

    def test_metrics_are_published_every_few_seconds(self, capsys: pytest.CaptureFixture[str]) -> None:
        pair = Pair(settle=0)
        pair.pass_(300)
        found = emitted(capsys.readouterr().out, region=PEER)
        assert 50 <= len(found["RegionUnfit"]) <= 70
        assert set(found["WriterUnknown"][3:]) == set(found["RegionUnfit"][3:]) == {0.0}
        assert all(0 <= age <= 12 for age in found["PeerHeartbeatAge"])
        assert sorted(found) == sorted(
            ["PeerHeartbeatAge", "WriterUnknown", "WriterClosed", "WriterHeld", "AutomaticTakeoverOff", "RegionUnfit",
             "TakeoverWithheld", "GlassBroken", "AutomaticTakeover", "ClosingUndone", "ReleaseUndone",
             "OwnsWriter", "NoRegionFit", "ReleaseRunning"]
        )  # fmt: skip

    @pytest.mark.parametrize(
        ("change", "metric"),
        [(partial(hold, author=ANN), "WriterHeld"), (partial(hold, author=ANN), "WriterClosed"),
         (partial(set_automatic, author=ANN, automatic=False), "AutomaticTakeoverOff")],
    )  # fmt: skip
    def test_state_of_the_writer_is_published(
        self, capsys: pytest.CaptureFixture[str], change: partial[Writer], metric: str
    ) -> None:
        pair = Pair()
        pair.change(change)
        pair.pass_(65)
        assert emitted(capsys.readouterr().out, region=PEER)[metric][-1] >= 1

    def test_control_table_that_does_not_answer_is_published(self, capsys: pytest.CaptureFixture[str]) -> None:
        pair = Pair()
        pair.regions[PEER].isolated = True
        pair.regions[PEER].start()
        pair.pass_(65)
        found = emitted(capsys.readouterr().out, region=PEER)
        assert (found["WriterUnknown"][-1], found["RegionUnfit"][-1]) == (1.0, 1.0)


class TestFailures:
    """Whatever fails in a tick, the next comes."""

    def test_epoch_that_cannot_be_recorded_stops_nothing(self) -> None:
        pair = Pair()
        client = pair.regions[PEER].client
        put = client.put_item

        def refuse(**request: object) -> dict[str, object]:
            if request["Item"]["pk"]["S"].startswith("epoch#"):  # type: ignore[index]
                raise aws_error("AccessDeniedException")
            return put(**request)

        client.put_item = refuse  # type: ignore[method-assign]
        pair.regions[REGION].lost = True
        pair.pass_until_stored(PEER, within=OPEN_WITHIN)

    @pytest.mark.parametrize("method", ["get_item", "put_item", "update_item"])
    def test_ticker_outlives_calls_that_fail(self, method: str) -> None:
        pair = Pair()
        client = pair.regions[PEER].client
        client.fail(method, timed_out(), times=40)
        pair.pass_(40)
        client.failures.clear()
        pair.pass_(20)
        assert pair.regions[PEER].run is not None
        assert (memory(pair, PEER).fit, owners(pair)) == (True, [REGION])

    def test_parameter_that_holds_something_else_is_logged_and_survived(self) -> None:
        pair = Pair(settle=0)
        pair.regions[PEER].parameters.values["limit"] = "{"
        pair.pass_(5)
        assert pair.regions[PEER].run is not None
        assert "ConfigurationError" in pair.regions[PEER].logs.text

    def test_unknown_endpoint_is_no_fitness(self) -> None:
        pair = Pair(settle=0)
        pair.regions[PEER].parameters.fail("get_parameter", timed_out(), times=10_000)
        pair.pass_(30)
        assert memory(pair, PEER).fit is False


class TestQuietStates:
    """What is published for states in which nothing fails."""

    def test_owner_of_the_open_writer_says_so(self, capsys: pytest.CaptureFixture[str]) -> None:
        pair = Pair()
        pair.pass_(20)
        output = capsys.readouterr().out
        owns = {region: emitted(output, region=region)["OwnsWriter"][-1] for region in (REGION, PEER)}
        assert owns == {REGION: 1.0, PEER: 0.0}

    def test_nobody_owns_a_closed_one(self, capsys: pytest.CaptureFixture[str]) -> None:
        pair = Pair()
        pair.change(partial(hold, author=ANN))
        pair.pass_(20)
        output = capsys.readouterr().out
        assert [emitted(output, region=region)["OwnsWriter"][-1] for region in (REGION, PEER)] == [0.0, 0.0]

    def test_no_region_is_fit_where_the_own_is_unfit_and_the_peer_silent(
        self, capsys: pytest.CaptureFixture[str]
    ) -> None:
        pair = Pair()
        pair.regions[REGION].lost = True
        pair.regions[PEER].api.payments.probe.down.add(TABLE)
        pair.pass_(60)
        found = emitted(capsys.readouterr().out, region=PEER)
        assert (found["NoRegionFit"][0], found["NoRegionFit"][-1]) == (0.0, 1.0)

    def test_peer_that_is_fit_is_enough(self, capsys: pytest.CaptureFixture[str]) -> None:
        pair = Pair()
        pair.regions[PEER].api.payments.probe.down.add(TABLE)
        pair.pass_(60)
        found = emitted(capsys.readouterr().out, region=PEER)
        assert (found["RegionUnfit"][-1], found["NoRegionFit"][-1]) == (1.0, 0.0)
