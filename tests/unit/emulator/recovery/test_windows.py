"""Which moments can be restored."""

import pytest

from emulator.dynamodb.recovery.windows import recovery_window
from tests.unit.emulator.time_machine import TimeMachine

DAY = 86_400
START = 1_700_000_040.0


def test_new_history_can_be_restored_to_its_beginning_alone() -> None:
    clock = TimeMachine(start=START)
    window = recovery_window(clock=clock, since=START, days=35, delay_seconds=5)
    assert window.shown == {"EarliestRestorableDateTime": START, "LatestRestorableDateTime": START}
    assert START in window
    assert START + 1 not in window


def test_latest_moment_lies_behind() -> None:
    clock = TimeMachine(start=START)
    clock.advance(60)
    window = recovery_window(clock=clock, since=START, days=35, delay_seconds=5)
    assert window.shown["LatestRestorableDateTime"] == START + 55
    assert [START - 1 in window, START + 55 in window, START + 56 in window] == [False, True, False]


def test_nothing_is_older_than_the_days_that_are_kept() -> None:
    clock = TimeMachine(start=START)
    clock.advance(40 * DAY)
    window = recovery_window(clock=clock, since=START, days=35, delay_seconds=5)
    assert window.shown["EarliestRestorableDateTime"] == START + 5 * DAY


def test_delay_and_days_pass_as_fast_as_the_emulator() -> None:
    clock = TimeMachine(start=START, scale=100)
    clock.advance(36 * DAY)  # emulated: some 8.6 hours really
    window = recovery_window(clock=clock, since=START, days=35, delay_seconds=100)
    assert window.latest == pytest.approx(clock.time() - 1)
    assert window.earliest == pytest.approx(START + DAY / 100)


def test_whole_second_in_which_a_history_begins_can_be_restored() -> None:
    clock = TimeMachine(start=START + 0.7)
    window = recovery_window(clock=clock, since=START + 0.7, days=35, delay_seconds=5)
    assert all(moment in window for moment in window.shown.values())
