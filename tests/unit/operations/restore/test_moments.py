"""Moments that can be restored, and what is said of the others."""

from typing import Any

import pytest

from operations.errors import UsageError
from operations.restore.moments import RestorableWindow, parse_moment, read_window, require_restorable
from tests.unit.operations.reconcile.world import NOW
from tests.unit.operations.restore.world import Tables, failure

WINDOW = RestorableWindow(NOW - 86_400, NOW - 300)
POSSIBLE = "2026-05-27 20:26:40 UTC to 2026-05-28 20:21:40 UTC"


@pytest.mark.parametrize("text", ["2026-01-31T12:00:00Z", "2026-01-31T13:00:00+01:00", "2026-01-31T12:00:00.7"])
def test_moments_are_whole_seconds_in_utc(text: str) -> None:
    assert parse_moment(text) == 1_769_860_800


@pytest.mark.parametrize("text", ["noon", "", "9999-99-99"])
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(UsageError, match=r"^--to must be a moment such as"):
        parse_moment(text)


def test_moment_within_the_window_is_fine() -> None:
    require_restorable(int(NOW) - 600, WINDOW, now=NOW)


@pytest.mark.parametrize(
    ("ago", "rule"),
    [(-60, "--to must be in the past"), (60, "--to must be restorable"), (90_000, "--to must be restorable")],
)
def test_the_others_are_refused_with_what_is_possible(ago: float, rule: str) -> None:
    with pytest.raises(UsageError) as refused:
        require_restorable(int(NOW - ago), WINDOW, now=NOW)
    assert str(refused.value).startswith(rule)
    assert POSSIBLE in str(refused.value)


def test_window_is_the_tables() -> None:
    assert read_window(Tables(), "payments-dev") == WINDOW


def test_table_that_is_gone_or_has_no_recovery_is_restored_from_exports() -> None:
    class Gone(Tables):
        def describe_continuous_backups(self, **_: Any) -> dict[str, Any]:
            raise failure("TableNotFoundException")

    class Off(Tables):
        def describe_continuous_backups(self, **_: Any) -> dict[str, Any]:
            return {"ContinuousBackupsDescription": {"ContinuousBackupsStatus": "ENABLED"}}

    for table, rule in ((Gone(), "must exist"), (Off(), "must be on")):
        with pytest.raises(UsageError, match=f"{rule}.*--from-export"):
            read_window(table, "payments-dev")
