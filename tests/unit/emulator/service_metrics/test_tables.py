"""What is published about tables, and what a new one is ready for."""

from typing import Any

import pytest
from ministack.core.responses import get_account_id, request_scope
from ministack.services import dynamodb

from tests.unit.emulator.service_metrics.watching import Watching

OHIO = "us-east-2"
UNITS = "ConsumedWriteCapacityUnits"


@pytest.fixture
def watching(monkeypatch: pytest.MonkeyPatch) -> Watching:
    watching = Watching()
    stored: dict[str, Any] = {}
    monkeypatch.setattr(dynamodb, "_set_item", lambda *_: stored)
    monkeypatch.setattr(dynamodb, "_remove_item", lambda *_: stored)
    monkeypatch.setattr(dynamodb, "_table_description", lambda name: {"TableName": name, **stored})
    watching.stored = stored  # type: ignore[attr-defined]
    watching.metrics.tables.install()
    return watching


def write(item: dict[str, Any] | None) -> None:
    """Write an item, or remove one."""
    with request_scope(get_account_id(), OHIO):
        if item is None:
            dynamodb._remove_item({"TableName": "payments"}, "p", "")
        else:
            dynamodb._set_item({"TableName": "payments"}, "p", "", item)


def test_each_kilobyte_that_is_written_is_a_unit(watching: Watching) -> None:
    for item in ({"pk": {"S": "p"}}, {"pk": {"S": "x" * 3000}}, None):
        write(item)
    assert watching.minute()[UNITS] == {1: 2, 3: 1}
    (published,) = watching.published
    assert (published.series.region, published.series.dimensions) == (OHIO, (("TableName", "payments"),))


def test_minute_without_a_write_has_no_datapoint(watching: Watching) -> None:
    write(None)
    watching.minute()
    assert UNITS not in watching.minute()


def test_on_demand_table_is_warm_for_what_aws_gives_each(watching: Watching) -> None:
    """FACTS 1.15."""
    assert dynamodb._table_description("payments")["WarmThroughput"]["WriteUnitsPerSecond"] == 4_000


def test_what_was_raised_stays(watching: Watching) -> None:
    watching.stored["WarmThroughput"] = {"WriteUnitsPerSecond": 9_000}  # type: ignore[attr-defined]
    assert dynamodb._table_description("payments")["WarmThroughput"]["WriteUnitsPerSecond"] == 9_000
