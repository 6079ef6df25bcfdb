"""The dashboard: a valid body, nothing on top of anything else, and nothing left out."""

import json
from itertools import combinations
from typing import Any

import pytest

from dr_constructs.monitoring.widgets import GRID_COLUMNS
from tests.synth.constructs.monitoring_example import REGIONS, SUFFIX, metrics_of, synthesize

Widget = dict[str, Any]


def dashboard(*, domain: bool) -> dict[str, Any]:
    """Return the one synthesized dashboard."""
    (only,) = synthesize(domain=domain)["resource"]["aws_cloudwatch_dashboard"].values()
    assert isinstance(only, dict)
    return only


def widgets(*, domain: bool = True) -> list[Widget]:
    """Return the widgets of the dashboard's body."""
    found = json.loads(dashboard(domain=domain)["dashboard_body"])["widgets"]
    assert isinstance(found, list)
    return found


def titled(title: str) -> Widget:
    """Return the one widget with this title."""
    (found,) = [widget for widget in widgets() if widget["properties"].get("title") == title]
    return found


def cells(widget: Widget) -> set[tuple[int, int]]:
    """Return the grid cells that a widget covers."""
    return {
        (x, y)
        for x in range(widget["x"], widget["x"] + widget["width"])
        for y in range(widget["y"], widget["y"] + widget["height"])
    }


@pytest.mark.parametrize("domain", [True, False])
class TestBody:
    """Holds with and without a domain."""

    def test_name_carries_the_suffix(self, *, domain: bool) -> None:
        name = dashboard(domain=domain)["dashboard_name"]
        assert name == f"payments-dr-{SUFFIX}"

    def test_widgets_do_not_overlap(self, *, domain: bool) -> None:
        assert all(not cells(one) & cells(other) for one, other in combinations(widgets(domain=domain), 2))

    def test_widgets_stay_in_the_grid(self, *, domain: bool) -> None:
        assert all(one["x"] >= 0 and one["x"] + one["width"] <= GRID_COLUMNS for one in widgets(domain=domain))

    def test_every_row_uses_the_full_width(self, *, domain: bool) -> None:
        widths: dict[int, int] = {}
        for widget in widgets(domain=domain):
            widths[widget["y"]] = widths.get(widget["y"], 0) + widget["width"]
        assert set(widths.values()) == {GRID_COLUMNS}

    def test_shows_every_alarm_once(self, *, domain: bool) -> None:
        shown = [
            arn
            for widget in widgets(domain=domain)
            if widget["type"] == "alarm"
            for arn in widget["properties"]["alarms"]
        ]
        existing = synthesize(domain=domain)["resource"]["aws_cloudwatch_metric_alarm"]
        assert sorted(shown) == sorted(f"${{aws_cloudwatch_metric_alarm.{name}.arn}}" for name in existing)

    def test_starts_with_what_to_do(self, *, domain: bool) -> None:
        first = widgets(domain=domain)[0]
        assert (first["type"], first["y"]) == ("text", 0)
        assert "`./dr failover --environment test`" in first["properties"]["markdown"]

    def test_every_alarmed_metric_is_drawn(self, *, domain: bool) -> None:
        drawn = {
            tuple(line[:2])
            for widget in widgets(domain=domain)
            if widget["type"] == "metric"
            for line in widget["properties"]["metrics"]
        }
        alarmed = {
            (metric["namespace"], metric["metric_name"])
            for alarm in synthesize(domain=domain)["resource"]["aws_cloudwatch_metric_alarm"].values()
            for metric in metrics_of(alarm)
        }
        # Events and a countdown of months say nothing as a line over three hours; their alarms stand above.
        events = {"AutomaticTakeover", "ClosingUndone", "ReleaseUndone"}
        undrawn = {*events, "DaysToExpiry", "NumberOfNotificationsFailed", "OperationsFailedReplication"}
        assert {name for _, name in alarmed - drawn} <= undrawn


class TestGraphs:
    """What single graphs show."""

    def test_lag_is_drawn_in_both_directions_from_the_sending_region(self) -> None:
        lines = titled("Table replication lag")["properties"]["metrics"]
        assert {(line[-1]["region"], line[5]) for line in lines} == set(REGIONS.items())

    def test_lag_has_the_threshold_as_a_line(self) -> None:
        (line,) = titled("Table replication lag")["properties"]["annotations"]["horizontal"]
        assert line["value"] == 30_000

    def test_health_checks_are_read_where_route_53_publishes(self) -> None:
        lines = titled("Health checks (1 healthy, 0 not)")["properties"]["metrics"]
        assert [line[-1]["region"] for line in lines] == ["us-east-1"] * 3

    @pytest.mark.parametrize(("region", "role"), [("us-east-1", "primary"), ("us-east-2", "standby")])
    def test_payments_are_drawn_per_region(self, region: str, role: str) -> None:
        lines = titled(f"Payments in {region} ({role})")["properties"]["metrics"]
        assert [line[-1]["label"] for line in lines] == [
            "stored",
            "queued",
            "refused",
            "retried",
            "forwarded",
            "parked",
            "changed or deleted",
        ]
        assert {line[-1]["region"] for line in lines} == {region}

    @pytest.mark.parametrize("region", REGIONS)
    def test_the_writer_is_drawn_as_each_region_sees_it(self, region: str) -> None:
        lines = titled(f"The writer as {region} sees it (1 yes, 0 no)")["properties"]["metrics"]
        assert {tuple(line[2:6]) for line in lines} == {("service", "ticker", "Region", region)}

    def test_without_a_domain_no_dns_is_promised(self) -> None:
        assert "DNS" not in widgets(domain=False)[0]["properties"]["markdown"]
