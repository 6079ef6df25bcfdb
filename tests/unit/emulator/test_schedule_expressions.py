"""Which schedules are valid, and when they are due."""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ministack.core.responses import request_scope
from ministack.services import eventbridge

from emulator.events import schedule_expressions
from emulator.events.schedule_expressions import is_due


@pytest.fixture(scope="module", autouse=True)
def installed() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in ("_cron_field", "_validate_schedule_expression"):
            patch.setattr(eventbridge, name, getattr(eventbridge, name))
        schedule_expressions.install()
        yield
    eventbridge._rules._data.clear()


def put_rule(expression: str) -> tuple[int, bytes]:
    with request_scope("000000000000", "us-east-1"):
        eventbridge._ensure_default_bus()
        status, _, body = eventbridge._put_rule({"Name": "rule", "ScheduleExpression": expression})
    return status, body


@pytest.mark.parametrize(
    "expression",
    [
        *("cron(0 25 * * ? *)", "cron(60 * * * ? *)", "cron(0 0 1 13 ? *)", "cron(0 0 32 * ? *)", "cron(0 0 ? * 8 *)"),
        *("cron(0 0 0 * ? *)", "cron(0 0 * * ? 1969)", "cron(0 0 * * ? 2200)", "cron(0-99999999999 * * * ? *)"),
        *("cron(9_9 * * * ? *)", "cron(0/0 * * * ? *)", "cron(30-10 * * * ? *)", "cron(0 0 1 DEC-JAN ? *)"),
        *("cron(0 0 * * * *)", "cron(0 0 * * ?)", "cron(,)", "rate(0 minutes)", "rate(1 minutes)", "rate(5 minute)"),
        *("rate(-1 minutes)", "rate(5 seconds)", f"rate({'9' * 250} days)", "at(2030-01-01T00:00:00)", "daily"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(expression: str) -> None:
    status, body = put_rule(expression)
    assert (status, b"ValidationException" in body) == (400, True)
    assert b"Parameter ScheduleExpression is not valid." in body


@pytest.mark.parametrize(
    "expression",
    [
        *("rate(1 minute)", "rate(5 minutes)", "rate(12 hours)", "cron(0/5 8-17 ? * MON-FRI *)", "cron(0 0 L * ? *)"),
        *(
            "cron(0 9 ? * 6#3 *)",
            "cron(15 10 ? * 6L 2029-2035)",
            "cron(0 0 1W JAN,jul ? 2030/2)",
            "cron(*/10 * * * ? *)",
        ),
    ],
)
def test_a_rule_that_makes_sense_is_taken(expression: str) -> None:
    assert put_rule(expression)[0] == 200


_fields = st.sampled_from(
    [
        *("*", "?", "0", "1", "7", "12", "23", "31", "59", "2028", "2199", "0/5", "*/7", "1-5", "1,3", "30-10"),
        *("L", "LW", "15W", "31W", "2L", "2#5", "SUN-SAT", "MON", "JAN,DEC", "FEB", "2024-2199"),
    ]
)


@given(st.lists(_fields, min_size=6, max_size=6), st.integers(0, 4_000_000_000))
def test_what_is_taken_can_be_evaluated(fields: list[str], now: int) -> None:
    expression = f"cron({' '.join(fields)})"
    if put_rule(expression)[0] == 200:
        is_due(expression, 0, now, now + 60)


moments = st.floats(0, 5000)


@given(st.sampled_from([1, 2, 5]), st.floats(0, 100), st.lists(moments, min_size=2))
def test_a_rate_is_due_once_for_each_interval_that_ends(minutes: int, created: float, looks: list[float]) -> None:
    looks = sorted(created + look for look in looks)
    expression = "rate(1 minute)" if minutes == 1 else f"rate({minutes} minutes)"
    due = [is_due(expression, created, since, now) for since, now in pairwise(looks)]
    ended = [int((now - created) // (60 * minutes)) for now in looks]
    assert due == [after > before for before, after in pairwise(ended)]


@pytest.mark.parametrize(
    ("expression", "hour", "due"),
    [("cron(0 12 * * ? *)", 12, True), ("cron(0 12 * * ? *)", 13, False), ("cron(0 12 ? * SUN *)", 12, False)],
)
def test_cron_is_utc(expression: str, hour: int, due: bool) -> None:  # noqa: FBT001
    noon = datetime(2024, 1, 1, hour, tzinfo=UTC).timestamp()  # a Monday
    assert is_due(expression, 0, noon - 30, noon + 30) is due
