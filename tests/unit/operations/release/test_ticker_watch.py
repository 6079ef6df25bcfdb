"""A new version's ticker passes once it beats; no data passes nothing, and no beat for long ends the release."""

import pytest

from contract.environment import Function
from contract.roles import Role
from handlers.tickers.memory import TickerMemory
from operations.release.judging import BakeVerdict, judge_bake
from operations.release.ticker_watch import BEATING_SECONDS, SILENT_SECONDS, TickerWatch
from operations.topology.readings import Known, Reading, Unknown
from tests.unit.operations.release.test_watching import Watched
from tests.unit.operations.release.world import NEW, OLD, refusal

MINE = TickerMemory(run="mine", version=NEW, beats=5)


def told(*seen: tuple[float, TickerMemory | None], now: float) -> Reading[str]:
    """Return the reading after the ticker's memory was read at these moments, the first of which is 0 s."""
    watch = TickerWatch(NEW, 0.0)
    for at, memory in seen:
        watch.saw(memory, at)
    return watch.reading(Known(seen[-1][1]), now)


def of(run: str, beats: int, version: str = NEW) -> TickerMemory:
    return TickerMemory(run=run, version=version, beats=beats)


def test_two_beats_of_one_run_on_the_new_version_pass() -> None:
    assert told((0, MINE), (3, of("mine", 8)), now=3) == Known("")


@pytest.mark.parametrize(
    "later",
    [
        of("mine", 5),  # it claimed its region, and stands still
        of("next", 6),  # so does its successor
        of("old", 8, OLD),  # a run of the version before goes on
        of("before", 8, ""),  # that version does not say which one it is
        None,
    ],
)
def test_anything_else_is_unknown_and_ends_the_release_after_long(later: TickerMemory | None) -> None:
    assert isinstance(told((0, MINE), (3, later), now=SILENT_SECONDS - 1), Unknown)
    found = told((0, MINE), (3, later), now=SILENT_SECONDS)
    assert found == Known(f"version {NEW} has not beaten for {SILENT_SECONDS:.0f} s")


def test_ticker_that_stops_passes_no_more() -> None:
    beats = (0.0, MINE), (3.0, of("mine", 8))
    assert told(*beats, now=3 + BEATING_SECONDS) == Known("")
    assert isinstance(told(*beats, now=4 + BEATING_SECONDS), Unknown)
    assert isinstance(told(*beats, now=3 + SILENT_SECONDS), Known)


def test_unreadable_memory_is_unknown_however_long() -> None:
    reading = TickerWatch(NEW, 0.0).reading(Unknown("no connection"), 10 * SILENT_SECONDS)
    assert reading == Unknown("no connection")


class TestBake:
    """What the watch of a region makes of its ticker."""

    def watched(self, *, share: float = 1.0) -> Watched:
        watched = Watched(changed=(Function.PAYMENT_API, Function.PAYMENT_CANARY, Function.TICKER), share=share)
        for role in Role:
            name = watched.world.controls().site.regions[role]
            watched.world.aliases[name.name, name.function_names[Function.TICKER]]["version"] = NEW
        return watched

    def test_ticker_that_beats_passes_at_the_second_look(self) -> None:
        watched = self.watched()
        assert judge_bake(watched.look()).reason.startswith("unknown: the ticker (version 2 has not beaten for")
        assert judge_bake(watched.look()).verdict is BakeVerdict.PASS

    def test_ticker_that_does_nothing_never_passes_and_ends_the_release(self) -> None:
        watched = self.watched()
        watched.world.idle_tickers.add(NEW)
        for _ in range(10):
            assert judge_bake(watched.look()).verdict is BakeVerdict.WAIT
        judged = judge_bake(watched.look(later=SILENT_SECONDS))
        assert judged.verdict is BakeVerdict.UNDO
        assert judged.reason.startswith("ticker: version 2 has not beaten for")

    def test_who_may_not_read_it_passes_nothing(self) -> None:
        watched = self.watched()

        def refuse(operation: str, _: str) -> None:
            if operation == "get_item":
                raise refusal("AccessDeniedException", "GetItem")

        watched.world.before_call = refuse
        judged = [judge_bake(watched.look()) for _ in range(3)][-1]
        assert judged.verdict is BakeVerdict.WAIT
        assert "the ticker (AccessDenied" in judged.reason

    def test_share_of_the_starts_judges_no_ticker(self) -> None:
        watched = self.watched(share=0.1)
        watched.world.idle_tickers.add(NEW)
        assert judge_bake(watched.look()).verdict is BakeVerdict.PASS
        assert watched.watch.patience_seconds == 0
