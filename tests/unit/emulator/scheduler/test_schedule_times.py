"""When schedules of EventBridge Scheduler are due."""

from datetime import UTC, datetime

import pytest
from ministack.services import eventbridge

from emulator.events import schedule_expressions
from emulator.scheduler.schedule_times import ScheduleTimes, is_expression

CREATED = datetime(2026, 11, 30, 12, 0, 30, tzinfo=UTC).timestamp()
MINUTE, HOUR = 60, 3600


def times(expression: str, **more: float | str) -> ScheduleTimes:
    return ScheduleTimes(**{"expression": expression, "time_zone": "UTC", "created": CREATED, **more})  # type: ignore[arg-type]


def at(hour: int, minute: int, second: int = 0) -> float:
    return datetime(2026, 11, 30, hour, minute, second, tzinfo=UTC).timestamp()


def test_rate_is_due_at_once_and_then_after_each_interval() -> None:
    rate = times("rate(5 minutes)")
    assert rate.due(CREATED - 1, CREATED) == CREATED
    assert rate.due(CREATED, CREATED + 5 * MINUTE - 1) is None
    assert rate.due(CREATED, CREATED + 5 * MINUTE + 1) == CREATED + 5 * MINUTE


def test_rate_counts_from_its_start_date() -> None:
    rate = times("rate(1 hour)", start=CREATED + 600)
    assert rate.due(CREATED - 1, CREATED + 599) is None
    assert rate.due(CREATED - 1, CREATED + 600) == CREATED + 600


def test_nothing_is_due_after_the_end_date() -> None:
    rate = times("rate(1 minute)", end=CREATED + 90)
    assert rate.due(CREATED, CREATED + 60) == CREATED + 60
    assert rate.due(CREATED + 60, CREATED + 120) is None
    assert rate.is_over(CREATED + 90)


@pytest.mark.parametrize(
    ("time_zone", "moment"), [("UTC", (13, 0)), ("Europe/Berlin", (12, 0)), ("America/New_York", (18, 0))]
)
def test_cron_goes_by_its_time_zone(time_zone: str, moment: tuple[int, int]) -> None:
    cron = times("cron(0 13 * * ? *)", time_zone=time_zone)
    assert cron.due(at(*moment) - 30, at(*moment)) == at(*moment)
    assert cron.due(at(*moment) - 30, at(*moment) - 1) is None


def test_one_time_schedule_is_due_once() -> None:
    once = times("at(2026-11-30T12:05:00)")
    assert once.is_once
    assert once.due(CREATED, at(12, 4, 59)) is None
    assert once.due(at(12, 4, 59), at(12, 5)) == at(12, 5)
    assert once.due(at(12, 5), at(13, 0)) is None
    assert (once.is_over(at(12, 4)), once.is_over(at(12, 5))) == (False, True)


@pytest.mark.parametrize("expression", ["rate(1 minute)", "cron(0 3 * * ? *)", "at(2026-11-30T12:05:00)"])
def test_expressions(expression: str) -> None:
    assert is_expression(expression)


@pytest.mark.parametrize("expression", ["rate(1 minutes)", "cron(0 25 * * ? *)", "at(tomorrow)", "daily"])
def test_what_is_no_expression(monkeypatch: pytest.MonkeyPatch, expression: str) -> None:
    for name in ("_cron_field", "_validate_schedule_expression"):
        monkeypatch.setattr(eventbridge, name, getattr(eventbridge, name))
    schedule_expressions.install()
    assert not is_expression(expression)
