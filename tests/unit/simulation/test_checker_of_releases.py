"""Each invariant of releases finds what it is there for."""

import json

from simulation.history import Seen, Wellness
from simulation.release_history import PayerRequest, ReleasePeriod, ShippedVersion, TrafficMove
from tests.unit.simulation.histories import ONE, OTHER, WITNESS, Told

FUNCTION, TICKER = "payment-api", "ticker"
SHARES, BAKE = (0.1, 0.4), 30.0


def placed(version: str, api: str) -> str:
    functions = {FUNCTION: version, TICKER: version}
    return json.dumps({region: {"functions": functions, "api": api} for region in (ONE, OTHER)})


class Released(Told):
    """A history in which version 2 is released from second 100 on, until a test tells more."""

    def __init__(self) -> None:
        super().__init__()
        releases = self.history.releases
        releases.shipped["2"] = ShippedVersion("2", "good", is_shown=False)
        releases.shares, releases.bake_seconds = SHARES, BAKE
        releases.beats["r"] = [float(at) for at in range(100, 300, 5)]
        self.is_now(100, "running")

    def is_now(self, at: float, state: str, *, process: str = "operator 21/1", id_: str = "r") -> None:
        before, after = placed("1", "d1"), placed("2", "d2")
        period = ReleasePeriod(at, id_, state, "driver", 1, before, after, "operator 21", process)
        self.history.releases.periods.append(period)

    def moves(self, at: float, region: str, version: str = "2", other: str = "", share: float = 0.0) -> None:
        """Move both functions, and let the ticker of a region that has moved wholly beat a moment later."""
        for function in (FUNCTION, TICKER):
            move = TrafficMove(at, region, function, version, other, share, "operator 21/1")
            self.history.releases.moves.append(move)
        if version == "2":
            self.history.releases.ticker_beats.setdefault((region, version), []).append(at + 20)

    def stages(self, at: float, deployment: str) -> None:
        for region in (ONE, OTHER):
            self.history.releases.moves.append(TrafficMove(at, region, "api", deployment, "", 0.0, "operator 21/1"))

    def goes_through(self) -> None:
        self.moves(110, OTHER)
        self.moves(145, ONE, "1", "2", 0.1)
        self.moves(180, ONE, "1", "2", 0.4)
        self.moves(215, ONE)
        self.stages(216, "d2")
        self.is_now(250, "done")


ALL = (
    "one version in the end",
    "an end is where it should be",
    "an ended release moves nothing",
    "a release that nobody drives is undone",
    "a driven release is left alone",
    "a moved writer ends a release",
    "one release at a time",
    "one region and one share at a time",
    "failing requests end a release",
    "few payers meet a failing version",
    "a new ticker beats before a release goes on",
)


def test_a_release_that_goes_through_breaks_nothing() -> None:
    given = Released()
    given.goes_through()
    assert [name for name in ALL if given.breaks(name)] == []


def test_release_under_way_at_the_end() -> None:
    given = Released()
    assert given.breaks("one version in the end")


def test_region_that_is_left_behind() -> None:
    given = Released()
    given.goes_through()
    given.moves(300, ONE, "1")
    assert given.breaks("one version in the end")
    assert given.breaks("an ended release moves nothing")
    assert not given.breaks("an end is where it should be")


def test_undone_release_that_has_left_a_region() -> None:
    given = Released()
    given.moves(110, OTHER)
    given.is_now(150, "undoing")
    given.is_now(160, "undone")
    assert given.breaks("an end is where it should be")


def test_late_stage_that_is_put_back_at_once() -> None:
    given = Released()
    given.is_now(150, "undoing")
    given.is_now(160, "undone")
    given.stages(170, "d2")
    assert given.breaks("an ended release moves nothing")
    given.stages(172, "d1")
    assert not given.breaks("an ended release moves nothing")


class TestDriver:
    """Whether a release has one decides what tickers may and must do."""

    def test_release_without_a_beat(self) -> None:
        given = Released()
        given.is_now(500, "undoing", process="ticker@us-east-1/3")
        given.is_now(510, "undone")
        assert given.breaks("a release that nobody drives is undone")

    def test_release_without_a_beat_in_a_region_with_faults(self) -> None:
        given = Released()
        given.history.wellness += [Wellness(250, frozenset({ONE})), Wellness(480, frozenset({ONE, OTHER, WITNESS}))]
        given.is_now(500, "undoing", process="ticker@us-east-1/3")
        given.is_now(510, "undone")
        assert not given.breaks("a release that nobody drives is undone")

    def test_undoing_that_never_ends(self) -> None:
        given = Released()
        given.is_now(310, "undoing", process="ticker@us-east-1/3")
        assert given.breaks("a release that nobody drives is undone")

    def test_driven_release_that_a_ticker_undoes(self) -> None:
        given = Released()
        given.is_now(200, "undoing", process="ticker@us-east-1/3")
        assert given.breaks("a driven release is left alone")

    def test_driven_release_that_a_ticker_undoes_since_the_writer_moved(self) -> None:
        given = Released()
        given.takes_over(190, OTHER)
        given.is_now(200, "undoing", process="ticker@us-east-1/3")
        assert not given.breaks("a driven release is left alone")
        assert not given.breaks("a moved writer ends a release")

    def test_release_that_outlives_a_move_of_the_writer(self) -> None:
        given = Released()
        given.takes_over(150, OTHER)
        given.is_now(250, "done")
        assert given.breaks("a moved writer ends a release")

    def test_second_release_beside_the_first(self) -> None:
        given = Released()
        given.is_now(200, "running", id_="other")
        assert given.breaks("one release at a time")

    def test_planned_move_during_a_release(self) -> None:
        given = Released()
        given.writer(200, ONE, "closing", "planned", by="operator 1")
        assert not given.breaks("no planned move during a release")


class TestShares:
    """One region and one share at a time, each watched."""

    def test_both_regions_at_once(self) -> None:
        given = Released()
        given.moves(110, OTHER)
        given.moves(111, ONE)
        assert given.breaks("one region and one share at a time")

    def test_share_that_is_skipped(self) -> None:
        given = Released()
        given.moves(110, OTHER)
        given.moves(145, ONE, "1", "2", 0.4)
        assert given.breaks("one region and one share at a time")

    def test_share_that_is_not_watched(self) -> None:
        given = Released()
        given.moves(110, OTHER)
        given.moves(145, ONE, "1", "2", 0.1)
        given.moves(150, ONE, "1", "2", 0.4)
        assert given.breaks("one region and one share at a time")


class TestBadVersions:
    """What a bad version may do to payers."""

    def test_version_that_canaries_show_gets_traffic(self) -> None:
        given = Released()
        given.history.releases.shipped["2"] = ShippedVersion("2", "wrong amount", is_shown=True)
        assert not given.breaks("payers meet no version that canaries show")
        given.moves(110, OTHER)
        assert given.breaks("payers meet no version that canaries show")

    def test_failing_requests_that_end_nothing(self) -> None:
        given = Released()
        given.moves(110, OTHER)
        given.history.releases.served = [
            PayerRequest(111.0 + number, OTHER, "2", is_payment=False, failed=True) for number in range(12)
        ]
        assert given.breaks("failing requests end a release")

    def test_failing_requests_that_end_a_release(self) -> None:
        given = Released()
        given.moves(110, OTHER)
        given.history.releases.served = [
            PayerRequest(111.0 + number, OTHER, "2", is_payment=False, failed=True) for number in range(12)
        ]
        given.moves(140, OTHER, "1")
        assert not given.breaks("failing requests end a release")

    def test_region_that_is_put_back_late_though_requests_fail_in_the_other(self) -> None:
        given = Released()
        given.moves(110, OTHER)
        given.moves(145, ONE, "1", "2", 0.1)
        given.history.releases.served = [
            PayerRequest(146.0 + number, ONE, "2", is_payment=True, failed=True) for number in range(12)
        ]
        given.moves(165, ONE, "1")
        assert given.breaks("failing requests end a release")
        given.moves(170, OTHER, "1")
        assert not given.breaks("failing requests end a release")

    def test_requests_that_fail_once_the_other_region_is_watched(self) -> None:
        given = Released()
        given.moves(110, OTHER)
        given.moves(145, ONE, "1", "2", 0.1)
        given.history.releases.served = [
            PayerRequest(150.0 + number, OTHER, "2", is_payment=False, failed=True) for number in range(12)
        ]
        assert given.breaks("failing requests end a release")

    def test_errors_of_more_than_one_in_a_hundred_payers(self) -> None:
        given = Released()
        given.history.releases.shipped["2"] = ShippedVersion("2", "crashes", is_shown=False)
        given.moves(110, OTHER)
        given.moves(145, ONE, "1", "2", 0.1)
        for number in range(600):
            given.paid(145.0 + number / 50, Seen.STORED)
        failing = [PayerRequest(146.0 + number, ONE, "2", is_payment=True, failed=True) for number in range(7)]
        given.history.releases.served = failing[:6]
        given.moves(160, ONE, "1")
        assert not given.breaks("few payers meet a failing version")
        given.history.releases.served = failing
        assert given.breaks("few payers meet a failing version")


class TestTickers:
    """A release goes on from a region once its new ticker beats there."""

    def test_region_that_is_left_without_a_beat(self) -> None:
        given = Released()
        given.goes_through()
        del given.history.releases.ticker_beats[OTHER, "2"]
        assert given.breaks("a new ticker beats before a release goes on")

    def test_release_that_is_done_without_a_beat(self) -> None:
        given = Released()
        given.goes_through()
        given.history.releases.ticker_beats[ONE, "2"] = [120.0, 260.0]
        assert given.breaks("a new ticker beats before a release goes on")

    def test_release_that_ends_in_the_first_region(self) -> None:
        given = Released()
        given.moves(110, OTHER)
        given.history.releases.ticker_beats.clear()
        given.is_now(300, "undoing")
        assert not given.breaks("a new ticker beats before a release goes on")
