"""Time that runs faster than the machine's, at a scale that changes."""

import asyncio
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.clock import EmulatedTimeline, ScaledEmulatorClock

START = 1_700_000_000.0

scales = st.sampled_from([1.0, 2.0, 10.0, 60.0, 1000.0])
changes = st.lists(st.tuples(st.floats(0.001, 10_000), scales), max_size=6)


def timeline(scale: float, changed: list[tuple[float, float]]) -> EmulatedTimeline:
    """Return a timeline whose scale changes after so many seconds each."""
    line, now = EmulatedTimeline(START, scale), START
    for after, to in changed:
        now += after
        line.change(now, to)
    return line


class TestTimeline:
    """Real moments and emulated ones."""

    def test_both_start_together_and_then_emulated_time_runs_faster(self) -> None:
        line = EmulatedTimeline(START, 10)
        assert (line.emulated(START), line.emulated(START + 6), line.scale) == (START, START + 60, 10)

    def test_a_change_bends_it_and_leaves_the_past_alone(self) -> None:
        line = timeline(1, [(100, 10), (6, 2)])
        moments = [(0, 0), (50, 50), (100, 100), (103, 130), (106, 160), (116, 180)]
        assert [line.emulated(START + real) - START for real, _ in moments] == [emulated for _, emulated in moments]
        assert [line.real(START + emulated) - START for _, emulated in moments] == [real for real, _ in moments]
        assert line.scale == 2

    @given(scales, changes, st.floats(-1000, 100_000))
    def test_there_and_back_is_the_same_moment(
        self, scale: float, changed: list[tuple[float, float]], after: float
    ) -> None:
        line = timeline(scale, changed)
        assert line.real(line.emulated(START + after)) == pytest.approx(START + after, abs=1e-4, rel=0)

    @given(scales, changes, st.lists(st.floats(-1000, 100_000), min_size=2))
    def test_emulated_time_never_runs_backwards_nor_slower_than_real_time(
        self, scale: float, changed: list[tuple[float, float]], moments: list[float]
    ) -> None:
        line = timeline(scale, changed)
        for earlier, later in pairwise(sorted(moments)):
            passed = line.emulated(START + later) - line.emulated(START + earlier)
            assert passed >= later - earlier - 1e-4


class TestScaledClock:
    """The machine's clock, faster."""

    @pytest.mark.parametrize("scale", [0, -1])
    def test_a_scale_is_above_nothing(self, scale: float) -> None:
        with pytest.raises(ValueError, match=f"`scale` must be above 0, got {scale}"):
            ScaledEmulatorClock(scale)
        with pytest.raises(ValueError, match=f"`scale` must be above 0, got {scale}"):
            ScaledEmulatorClock().set_scale(scale)

    def test_changing_the_scale_lets_no_time_jump(self, monkeypatch: pytest.MonkeyPatch) -> None:
        now = 1000.0
        monkeypatch.setattr(time, "monotonic", lambda: now)
        clock = ScaledEmulatorClock()
        started = clock.monotonic()
        now += 5
        clock.set_scale(100)
        assert clock.monotonic() - started == 5
        now += 1
        assert clock.monotonic() - started == 105
        clock.set_scale(1)
        now += 1
        assert clock.monotonic() - started == 106

    def test_who_sleeps_already_goes_on_at_the_new_pace(self) -> None:
        clock = ScaledEmulatorClock()

        async def sleep() -> float:
            sleeping = asyncio.create_task(clock.sleep(1000))
            await asyncio.sleep(0)
            clock.set_scale(1000)
            await asyncio.sleep(0)
            clock.set_scale(1_000_000)
            before = clock.monotonic()
            async with asyncio.timeout(5):
                await sleeping
            return clock.monotonic() - before

        assert asyncio.run(sleep()) >= 990

    @pytest.mark.parametrize("seconds", [0, -1])
    def test_sleeping_no_time_lets_others_have_their_turn(self, seconds: float) -> None:
        async def others() -> list[str]:
            done = []

            async def other() -> None:
                done.append("other")

            task = asyncio.create_task(other())
            await ScaledEmulatorClock().sleep(seconds)
            done.append("sleeper")
            await task
            return done

        assert asyncio.run(others()) == ["other", "sleeper"]
